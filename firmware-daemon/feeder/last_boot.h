/* SPDX-License-Identifier: MIT
 *
 * What the ledger knows before arming: how many reboots are not yet forgotten, and why the last boot ended.
 */
#ifndef FEEDDOG_FEEDER_LAST_BOOT_H
#define FEEDDOG_FEEDER_LAST_BOOT_H

#include "core/ledger.h"

struct last_boot {
	struct ledger ledger; /* opened for this boot */
	bool is_new;          /* this is the first start in this boot */
};

/*
 * Reads STATE/ledger and opens it for this boot. `simulated`: the environment's FEEDDOG_BOOT_ID stands in for the
 * kernel's. A ledger that cannot be read is said in the log and counts as spent.
 */
void last_boot_read(const char *state_dir, bool simulated, uint16_t limit, struct last_boot *last);

#endif
