/* SPDX-License-Identifier: MIT
 *
 * Makes a schedule that breaks a promise as short as it can be while it still breaks the same one.
 */
#include "sim.h"

#include <string.h>

struct shrinking {
	struct scenario *scenario;
	const struct flat *flat;
	char promise[256];
	unsigned plays;
};

/* Enough for a schedule of a month; one that is not the very shortest is good too. */
enum { PLAYS_LAST = 600 };

/* The promise's number is what has to stay; the words after it may change. */
static bool still_breaks(struct shrinking *shrinking)
{
	char promise[256];
	size_t length = strcspn(shrinking->promise, ":");

	return shrinking->plays++ < PLAYS_LAST &&
	        !scenario_play(shrinking->scenario, shrinking->flat, NULL, NULL, promise) &&
	        strncmp(promise, shrinking->promise, length + 1) == 0;
}

static bool leave_out(struct shrinking *shrinking, uint16_t first, uint16_t count)
{
	struct schedule *schedule = &shrinking->scenario->schedule;
	struct schedule before = *schedule;

	memmove(&schedule->faults[first], &schedule->faults[first + count],
	        (size_t)(schedule->count - first - count) * sizeof(struct fault));
	schedule->count = (uint16_t)(schedule->count - count);
	if (still_breaks(shrinking))
		return true;
	*schedule = before;
	return false;
}

static bool leave_some_out(struct shrinking *shrinking)
{
	const struct schedule *schedule = &shrinking->scenario->schedule;
	bool shorter = false;

	for (uint16_t count = schedule->count / 2; count > 0; count /= 2)
		for (uint16_t first = 0; first + count <= schedule->count;)
			if (leave_out(shrinking, first, count))
				shorter = true;
			else
				first = (uint16_t)(first + count);
	return shorter;
}

static bool try_number(struct shrinking *shrinking, int64_t *number, int64_t less)
{
	int64_t before = *number;

	if (less >= before || less < 1)
		return false;
	*number = less;
	if (still_breaks(shrinking))
		return true;
	*number = before;
	return false;
}

/* Everything from fault `first` on comes so much earlier. */
static bool try_earlier(struct shrinking *shrinking, uint16_t first, int64_t ms)
{
	struct schedule *schedule = &shrinking->scenario->schedule;
	struct schedule before = *schedule;

	if (ms <= 0)
		return false;
	for (uint16_t i = first; i < schedule->count; i++)
		schedule->faults[i].at_ms -= ms;
	if (still_breaks(shrinking))
		return true;
	*schedule = before;
	return false;
}

/* All that is left comes earlier, lasts less long, and is rounder. */
static bool shorten(struct shrinking *shrinking)
{
	struct schedule *schedule = &shrinking->scenario->schedule;
	bool shorter = false;

	for (uint16_t i = 0; i < schedule->count; i++) {
		int64_t gap_ms = schedule->faults[i].at_ms - (i > 0 ? schedule->faults[i - 1].at_ms : 0);
		int64_t for_ms = schedule->faults[i].for_ms;

		shorter = try_earlier(shrinking, i, gap_ms - 2 * MINUTE_MS) || try_earlier(shrinking, i, gap_ms / 2) ||
		        try_earlier(shrinking, i, gap_ms % 1000) || shorter;
		shorter = try_number(shrinking, &schedule->faults[i].for_ms, for_ms / 2) ||
		        try_number(shrinking, &schedule->faults[i].for_ms, for_ms - for_ms % 1000) || shorter;
	}
	return try_number(shrinking, &schedule->end_ms, schedule->end_ms - schedule->end_ms / 4) || shorter;
}

void shrink(struct scenario *scenario, const struct flat *flat)
{
	struct shrinking shrinking = {.scenario = scenario, .flat = flat};

	if (scenario_play(scenario, flat, NULL, NULL, shrinking.promise))
		return;
	(void)snprintf(scenario->title, sizeof(scenario->title), "%.200s", shrinking.promise);
	(void)snprintf(scenario->promises, sizeof(scenario->promises), "%.*s", (int)strcspn(shrinking.promise, ":"),
	        shrinking.promise);
	while (try_number(&shrinking, &scenario->schedule.end_ms, scenario->schedule.end_ms / 2))
		;
	while (shrinking.plays < PLAYS_LAST) {
		bool shorter = leave_some_out(&shrinking);

		if (!shorten(&shrinking) && !shorter)
			return;
	}
}
