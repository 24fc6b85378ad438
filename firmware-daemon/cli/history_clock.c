/* SPDX-License-Identifier: MIT
 *
 * The newest line of each boot is kept.
 */
#include "history_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 2025: no feeddog is older, so a clock that shows less was not set. */
enum { CLOCK_IS_SET_S = 1735689600 };

static struct boot_clock *add_boot(struct history_clock *clock, const char *boot)
{
	if (clock->count == clock->room) {
		size_t room = clock->room > 0 ? 2 * clock->room : 16;
		struct boot_clock *boots = realloc(clock->boots, room * sizeof(boots[0]));

		if (!boots)
			return NULL;
		clock->boots = boots;
		clock->room = room;
	}
	struct boot_clock *added = &clock->boots[clock->count++];
	(void)snprintf(added->boot, sizeof(added->boot), "%s", boot);
	return added;
}

void history_clock_take(struct history_clock *clock, const char *boot, int64_t at_ms, int64_t wall_s)
{
	struct boot_clock *last = clock->count > 0 ? &clock->boots[clock->count - 1] : NULL;

	if (!last || strcmp(last->boot, boot) != 0)
		last = add_boot(clock, boot);
	if (last)
		last->zero_s = wall_s - at_ms / 1000;
}

bool history_clock_date(const struct history_clock *clock, const char *boot, int64_t at_ms, int64_t *wall_s)
{
	/* A boot without an id may occur several times: the newest is as good as any. */
	for (size_t i = clock->count; i-- > 0;) {
		if (strcmp(clock->boots[i].boot, boot) != 0)
			continue;
		*wall_s = clock->boots[i].zero_s + at_ms / 1000;
		return *wall_s >= CLOCK_IS_SET_S;
	}
	return false;
}

void history_clock_end(struct history_clock *clock)
{
	free(clock->boots);
	*clock = (struct history_clock){0};
}
