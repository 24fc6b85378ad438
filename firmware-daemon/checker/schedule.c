/* SPDX-License-Identifier: MIT
 *
 * A binary heap. Places count from 1, so that the parent of place n is n / 2 and 0 can mean "not in it".
 */
#include "schedule.h"

#include "core/rules.h"

#include <errno.h>
#include <stdlib.h>

int schedule_open(struct schedule *schedule, size_t room)
{
	*schedule = (struct schedule){.heap = calloc(room + 1, sizeof(struct timer *)), .room = room};
	return schedule->heap ? 0 : -ENOMEM;
}

void schedule_close(struct schedule *schedule)
{
	free(schedule->heap);
	*schedule = (struct schedule){.heap = NULL};
}

static void put(struct schedule *schedule, struct timer *timer, size_t place)
{
	schedule->heap[place] = timer;
	timer->place = place;
}

/* Moves a timer towards the top until what is above it is not later. */
static void rise(struct schedule *schedule, struct timer *timer)
{
	size_t place = timer->place;

	while (place > 1 && schedule->heap[place / 2]->at_ms > timer->at_ms) {
		put(schedule, schedule->heap[place / 2], place);
		place /= 2;
	}
	put(schedule, timer, place);
}

/* Moves a timer away from the top until what is below it is not earlier. */
static void sink(struct schedule *schedule, struct timer *timer)
{
	size_t place = timer->place;

	while (place * 2 <= schedule->count) {
		size_t below = place * 2;

		if (below < schedule->count && schedule->heap[below + 1]->at_ms < schedule->heap[below]->at_ms)
			below++;
		if (schedule->heap[below]->at_ms >= timer->at_ms)
			break;
		put(schedule, schedule->heap[below], place);
		place = below;
	}
	put(schedule, timer, place);
}

void schedule_set(struct schedule *schedule, struct timer *timer, int64_t at_ms)
{
	/* The room was counted at the start: one place for each timer there is. */
	if (timer->place == 0 && schedule->count == schedule->room)
		abort();
	if (timer->place == 0)
		put(schedule, timer, ++schedule->count);
	timer->at_ms = at_ms;
	rise(schedule, timer);
	sink(schedule, timer);
}

void schedule_cancel(struct schedule *schedule, struct timer *timer)
{
	size_t place = timer->place;

	if (place == 0)
		return;
	timer->place = 0;
	struct timer *last = schedule->heap[schedule->count--];
	if (last == timer)
		return;
	put(schedule, last, place);
	rise(schedule, last);
	sink(schedule, last);
}

int64_t schedule_next_ms(const struct schedule *schedule)
{
	return schedule->count > 0 ? schedule->heap[1]->at_ms : FOREVER_MS;
}

struct timer *schedule_take_due(struct schedule *schedule, int64_t now_ms)
{
	if (schedule_next_ms(schedule) > now_ms || schedule->count == 0)
		return NULL;
	struct timer *timer = schedule->heap[1];
	schedule_cancel(schedule, timer);
	return timer;
}
