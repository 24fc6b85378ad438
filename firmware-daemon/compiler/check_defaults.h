/* SPDX-License-Identifier: MIT
 *
 * Where a check looks and what it may bring about, where the configuration does not say so.
 */
#ifndef FEEDDOG_CONFIG_CHECK_DEFAULTS_H
#define FEEDDOG_CONFIG_CHECK_DEFAULTS_H

#include "draft.h"

/*
 * Fills in `scope` and `on_failure` of one check, whose other keys have been read. A check of something that is not this
 * board is remote (promise P12). Where a default differs from that of version 0.1, a note says so.
 */
void check_defaults(struct draft *draft, const struct node *map, struct draft_check *check);

/*
 * True where `host` means this board: a loopback address, localhost, the board's own name, or an address that one of its
 * interfaces has now. Name servers are not asked.
 */
bool host_is_this_board(const char *host);

#endif
