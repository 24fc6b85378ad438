/* SPDX-License-Identifier: MIT
 *
 * When so many matching lines within so long are too many. Pure: time is passed in, in milliseconds of CLOCK_MONOTONIC, and
 * is that of a line's arrival as the probe sees it.
 *
 * An alarm is an episode: matches that have raised it are used up by it, and it lasts while new ones keep coming, however
 * few. Otherwise what a server wrote before it was restarted would hold against it until it has aged.
 */
#ifndef FEEDDOG_CHECKER_MATCH_WINDOW_H
#define FEEDDOG_CHECKER_MATCH_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct match_window {
	int64_t *times_ms; /* of the last matches: a ring of `count` */
	uint32_t count;    /* so many are too many */
	uint32_t next;     /* the place in the ring for the next one */
	uint32_t filled;
	uint32_t more; /* that fell into the window too, but out of the ring */
	int64_t within_ms;
	bool raised;
};

/* 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int match_window_open(
        struct match_window *window, uint32_t count, uint32_t within_ms);
void match_window_close(struct match_window *window);

void match_window_add(struct match_window *window, int64_t now_ms);

/* How many matching lines are too many now; 0: they are not. */
uint32_t match_window_judge(struct match_window *window, int64_t now_ms);

/* A window as it is kept in a file, before its `filled` last matches, the oldest first. */
struct match_record {
	uint32_t filled, more, raised, unused;
};

/* `times_ms` has room for `count`. */
void match_window_store(const struct match_window *window, struct match_record *record, int64_t *times_ms);

/* A record of at most `count` matches; the clock must be the same, so it must be of this boot. */
void match_window_restore(struct match_window *window, const struct match_record *record, const int64_t *times_ms);

#endif
