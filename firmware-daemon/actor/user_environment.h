/* SPDX-License-Identifier: MIT
 *
 * The environment of what runs for a service: this process's own, with HOME, USER and LOGNAME of the service's user, and
 * with what a supervised program needs for its heartbeat, in the words of sd_notify(3). Thin: /etc/passwd is read directly, because name services may need the network, which may be what is broken.
 */
#ifndef FEEDDOG_ACTOR_USER_ENVIRONMENT_H
#define FEEDDOG_ACTOR_USER_ENVIRONMENT_H

#include <stdint.h>

struct user_environment {
	char **variables; /* NULL: not made */
	char *home, *user, *logname, *socket, *watchdog;
};

struct user_environment_facts {
	const char *user; /* NULL: the same as ours */
	uint32_t uid;
	const char *heartbeat; /* path of the socket, NULL: none */
	uint32_t within_ms;    /* a heartbeat is due at least so often */
};

/* Makes it; where no fact differs from ours, nothing. 0 or -errno. */
__attribute__((warn_unused_result)) int user_environment_make(
        struct user_environment *environment, const struct user_environment_facts *facts);

void user_environment_free(struct user_environment *environment);

#endif
