/* SPDX-License-Identifier: MIT
 *
 * Who can write a configuration, and who can read its secrets. Whoever can write the file that root runs is root.
 */
#ifndef FEEDDOG_CONFIG_TRUST_H
#define FEEDDOG_CONFIG_TRUST_H

#include "config/flat.h"

enum { TRUST_TEXT_SIZE = 512 };

/*
 * True where only `owner` (a user id) and root can change the file at `path`, and its folder. Otherwise `text` says who else can,
 * and what to do. A file that is not there is nobody's.
 */
bool trust_only_owner_writes(const char *path, uint32_t owner, char text[TRUST_TEXT_SIZE]);

/*
 * False where the file at `path` can be read by everybody and the configuration that it holds has a text that is usually a secret:
 * the address of an alert, or a header that logs in. `text` then says so.
 */
bool trust_keeps_secrets(const char *path, const struct flat *flat, char text[TRUST_TEXT_SIZE]);

#endif
