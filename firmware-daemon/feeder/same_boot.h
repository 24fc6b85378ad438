/* SPDX-License-Identifier: MIT
 *
 * A feeder that is not the first of its boot goes on where the one before it was: in maintenance, in an outage with what is
 * left of that rung's budget (promise P2), or in a shutdown.
 */
#ifndef FEEDDOG_FEEDER_SAME_BOOT_H
#define FEEDDOG_FEEDER_SAME_BOOT_H

#include "feeder.h"
#include "last_boot.h"

/* After board_begin(). */
void same_boot_continue(struct feeder *feeder, const struct last_boot *last, int64_t now_ms);

#endif
