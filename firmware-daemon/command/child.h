/* SPDX-License-Identifier: MIT
 *
 * One program that feeddog runs itself: a service's `run:`. Its process group, its end, and how it is stopped. Thin: when
 * it is started and restarted is decided by the core. The clock is CLOCK_MONOTONIC in milliseconds, and is passed in.
 *
 * It leads a process group. When it ends by itself, what it leaves behind in its group is killed: that may hold its port.
 * When it is stopped the whole group is asked to end, and made to when its time is over.
 *
 * It outlives the actor. RUN/run/NAME.pid (see child_file.h) tells the next one which process it is; how such an adopted
 * one ends is not known, for its exit code is told to the parent alone.
 */
#ifndef FEEDDOG_ACTOR_CHILD_H
#define FEEDDOG_ACTOR_CHILD_H

#include "leader.h"

enum {
	CHILD_LOOK_MS = 20,      /* how often to look for what is left of a group that is being stopped */
	CHILD_GIVE_UP_MS = 2000, /* what is still there so long after a KILL hangs in the kernel */
};

enum child_phase {
	CHILD_NONE,
	CHILD_RUNS,
	CHILD_ASKED, /* TERM was sent; KILL follows at the deadline */
	CHILD_KILLED,
};

struct child {
	enum child_phase phase;
	struct leader leader;
	bool ended;      /* it has ended; others of its group may not have */
	bool keep_group; /* an end with exit code 0 leaves its group alone: it may be a daemon that detached itself */
	int64_t started_ms;
	int64_t deadline_ms; /* of the phase */
	int64_t look_at_ms;
};

/* How one ended. */
struct child_end {
	enum cause cause; /* as leader_end has them */
	int32_t detail;
	int64_t ran_ms;
	bool ordered; /* it was told to end */
};

/* Starts it; `spawn->own_group` must be set. 0 or -errno. */
__attribute__((warn_unused_result)) int child_start(struct child *child, const struct spawn *spawn, int64_t now_ms);

/* Takes over the process `pid` that started at `ticks`; false where it is not there any more. */
bool child_adopt(struct child *child, pid_t pid, uint64_t ticks);

/* Asks it to end, and makes it after timeout_ms. */
void child_stop(struct child *child, uint32_t timeout_ms, int64_t now_ms);

/* True once, when it has ended. `phase` is NONE when its whole group is gone. */
bool child_step(struct child *child, int64_t now_ms, struct child_end *end);

/* True where it was killed long ago and is still there. */
bool child_hangs(const struct child *child, int64_t now_ms);

/* When to look again though nothing was heard; FOREVER_MS. */
int64_t child_deadline_ms(const struct child *child);

/* Lets go of it; it lives on. */
void child_release(struct child *child);

#endif
