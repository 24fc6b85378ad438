/* SPDX-License-Identifier: MIT
 *
 * When a boot was, by what is known later: a board without an RTC boots in 1970 or at the time of its last shutdown, and the
 * clock is set some time after. The time since the start of a boot is exact, so the newest line of a boot dates all others.
 */
#ifndef FEEDDOG_CLI_HISTORY_CLOCK_H
#define FEEDDOG_CLI_HISTORY_CLOCK_H

#include "core/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct boot_clock {
	char boot[BOOT_ID_SIZE + 1];
	int64_t zero_s; /* the wall clock when the boot's own clock was 0, as its newest line has it */
};

/* Boots in the order of the history. */
struct history_clock {
	struct boot_clock *boots;
	size_t count, room;
};

/* Takes one line: in `boot`, at `at_ms` of its own clock, the wall clock was wall_s. Without memory the line is left out. */
void history_clock_take(struct history_clock *clock, const char *boot, int64_t at_ms, int64_t wall_s);

/* When it was at_ms in `boot`. False where it is not known: the clock had not been set by the boot's last line. */
bool history_clock_date(const struct history_clock *clock, const char *boot, int64_t at_ms, int64_t *wall_s);

void history_clock_end(struct history_clock *clock);

#endif
