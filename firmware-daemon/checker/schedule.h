/* SPDX-License-Identifier: MIT
 *
 * When things are due: a heap of deadlines, the earliest on top. Setting, moving and cancelling one costs the logarithm of
 * their number, so that thousands of checks share one loop. Pure but for the one allocation at the start; the timers are
 * their owners', the schedule only points to them.
 *
 * Clock: CLOCK_MONOTONIC in milliseconds, passed in.
 */
#ifndef FEEDDOG_CHECKER_SCHEDULE_H
#define FEEDDOG_CHECKER_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at_ms;
	size_t place;   /* in the heap, counted from 1; 0: not set */
	uint32_t owner; /* whose it is; the schedule does not look at it */
};

struct schedule {
	struct timer **heap;
	size_t count, room;
};

/* Makes an empty schedule with room for that many timers. 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int schedule_open(struct schedule *schedule, size_t room);
void schedule_close(struct schedule *schedule);

/* Sets a timer, or moves one that is set. */
void schedule_set(struct schedule *schedule, struct timer *timer, int64_t at_ms);

/* A timer that is not set may be cancelled too. */
void schedule_cancel(struct schedule *schedule, struct timer *timer);

/* When the earliest is due; FOREVER_MS: there is none. */
int64_t schedule_next_ms(const struct schedule *schedule);

/* Takes the earliest timer out if it is due at now_ms; otherwise NULL. */
struct timer *schedule_take_due(struct schedule *schedule, int64_t now_ms);

#endif
