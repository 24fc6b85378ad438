/* SPDX-License-Identifier: MIT
 *
 * A process that leads a process group: what is the same for a command (job.h) and for a program that feeddog supervises
 * (child.h). How it is started, taken over by the next actor, asked and made to end, and how its end is seen. Thin: when to
 * do any of that is up to those two.
 *
 * As long as it is not reaped its number is nobody else's, and so is the group's.
 */
#ifndef FEEDDOG_ACTOR_LEADER_H
#define FEEDDOG_ACTOR_LEADER_H

#include "core/result.h"
#include "os/process/spawn.h"

#include <stdbool.h>

struct leader {
	pid_t pid;      /* of the group too */
	uint64_t ticks; /* when it started, by the kernel's count: with the pid it names one process; 0: not known */
	bool reaped;    /* its number may be another's */
	bool adopted;   /* it is not our child, but an earlier actor's: its exit code is told to nobody */
	int pidfd;      /* of an adopted one, where the kernel has such; -1 */
};

/* How one ended. */
struct leader_end {
	enum cause cause; /* EXIT_CODE (detail: the code, also 0), SIGNAL (detail: its number); NONE: not known */
	int32_t detail;
};

/* Starts it; `spawn->own_group` must be set. 0 or -errno. */
__attribute__((warn_unused_result)) int leader_start(struct leader *leader, const struct spawn *spawn);

/* Takes over the process `pid` that started at `ticks`; false where it is not there any more. To be released. */
bool leader_adopt(struct leader *leader, pid_t pid, uint64_t ticks);

/* True where it has ended. It is not reaped yet: its group can still be ended. */
bool leader_has_ended(const struct leader *leader, struct leader_end *end);

/* After its end: gives its number back. */
void leader_reap(struct leader *leader);

/* Asks its group to end, or ends it; nobody else's, also where its number is another's by now. */
void leader_ask_group(const struct leader *leader);
void leader_end_group(const struct leader *leader);

/* Lets go of one that was adopted; it lives on. */
void leader_release(struct leader *leader);

#endif
