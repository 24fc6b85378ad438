/* SPDX-License-Identifier: MIT
 *
 * What RUN/run/ says of a supervised program, for the checker, for the next actor and for people. Thin. Not synced: a reset
 * ends the program too.
 *
 *   NAME.pid   "PID\nSTARTTICKS\n" from its start on, whether it lives or not; "stopping PID STARTTICKS\n" while it is
 *              being stopped; "done 0\n" where it has ended in order and is
 *              not to be started again; absent where feeddog has stopped it or has never started it
 *   NAME.exit  how the last one ended
 */
#ifndef FEEDDOG_ACTOR_CHILD_FILE_H
#define FEEDDOG_ACTOR_CHILD_FILE_H

#include "child.h"

/* The last end of a service's program. */
struct last_exit {
	bool known; /* there was one */
	struct child_end end;
	int64_t at_ms;
	pid_t pid;
	uint64_t ticks;
};

/* Each 0 or -errno; `path` is that of NAME.pid, or NAME.exit. */
__attribute__((warn_unused_result)) int child_file_write(const char *path, const struct child *child);
__attribute__((warn_unused_result)) int child_file_write_stopping(const char *path, const struct child *child);
__attribute__((warn_unused_result)) int child_file_write_done(const char *path);
__attribute__((warn_unused_result)) int child_file_write_exit(const char *path, const struct last_exit *last);
void child_file_remove(const char *path);

enum child_file_reading { CHILD_FILE_ABSENT, CHILD_FILE_PROCESS, CHILD_FILE_STOPPING, CHILD_FILE_DONE };

enum child_file_reading child_file_read(const char *path, pid_t *pid, uint64_t *ticks);

/* Leaves `known` false where there is none. */
void child_file_read_exit(const char *path, struct last_exit *last);

#endif
