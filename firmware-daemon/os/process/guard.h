/* SPDX-License-Identifier: MIT
 *
 * Thin: a guard, a small process beside this one that kills the commands that this one has started: each at its deadline
 * where this process is stopped or hangs, and all of them when this process ends, however it ends. Only the guard sees a
 * SIGKILL of this process, because it holds the other end of a pipe.
 *
 * A command is its process group (struct spawn: own_group). The kernel does not give a group's number to anybody else while
 * its leader is not waited for, so: guard_watch() after spawn_start(), guard_forget() before the wait.
 */
#ifndef FEEDDOG_OS_GUARD_H
#define FEEDDOG_OS_GUARD_H

#include <stdint.h>
#include <sys/types.h>

struct guard {
	int fd; /* the writing end; -1: there is no guard */
	pid_t pid;
};

/*
 * Starts the guard, a fork of this process that shows as feeddog-guard; before any thread is started. 0 or -errno; without
 * a guard the other calls do nothing.
 */
__attribute__((warn_unused_result)) int guard_open(struct guard *guard);

/* From now on the group is killed after for_ms, and when this process ends. Never blocks. */
void guard_watch(const struct guard *guard, pid_t group, uint32_t for_ms);

/* No longer: its leader has ended and is about to be waited for. */
void guard_forget(const struct guard *guard, pid_t group);

/* Ends the guard, which kills what it still watches. */
void guard_close(struct guard *guard);

#endif
