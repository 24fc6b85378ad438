/* SPDX-License-Identifier: MIT
 *
 * What is the same for every command and program of a service: its words, its user, its environment, and where its output
 * goes. Thin.
 */
#ifndef FEEDDOG_ACTOR_LAUNCH_H
#define FEEDDOG_ACTOR_LAUNCH_H

#include "job_output.h"
#include "user_environment.h"

#include "config/flat.h"
#include "os/process/spawn.h"

struct launch {
	struct spawn spawn; /* points into the rest; do not copy */
	struct spawn_user who;
	int fds[3];
	char **argv;
};

/* Why its user cannot run anything, or NULL. */
const char *launch_objection(const struct identity *user);

/*
 * Makes `launch->spawn` for a command of `user` (name 0: ourselves); argc 0: the reboot that this system has. To be followed
 * by launch_end(), once it was started or not. 0 or -errno.
 */
__attribute__((warn_unused_result)) int launch_begin(struct launch *launch, const struct flat *flat,
        struct command command, const struct identity *user, const struct user_environment *environment,
        struct job_output *output, int64_t now_ms);

void launch_end(struct launch *launch);

#endif
