/* SPDX-License-Identifier: MIT
 *
 * The environment of the commands of a service: the actor's own. A service with `user:` gets HOME, SHELL, USER and LOGNAME of
 * that user, and XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS where the user's runtime directory exists. A supervised program
 * with a heartbeat check gets NOTIFY_SOCKET and WATCHDOG_USEC, see sd_notify(3). Thin: /etc/passwd is read directly, because
 * name services may need the network, which may be what is broken.
 */
#ifndef FEEDDOG_ACTOR_USER_ENVIRONMENT_H
#define FEEDDOG_ACTOR_USER_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

enum { USER_ENVIRONMENT_OWN_MAX = 9 };

struct user_environment {
	char **variables; /* NULL: the same as the actor's own */
	char *own[USER_ENVIRONMENT_OWN_MAX];
	size_t own_count;
};

struct user_environment_facts {
	const char *user; /* NULL: the same as ours */
	uint32_t uid;
	const char *runtime_dirs; /* NULL: /run/user */
	const char *heartbeat;    /* path of the socket, NULL: none */
	uint32_t within_ms;       /* a heartbeat is due at least so often */
};

/*
 * Makes it; nothing where no fact differs from ours. To be made anew for each command: a user's runtime directory comes and
 * goes. 0 or -ENOMEM.
 */
__attribute__((warn_unused_result)) int user_environment_make(
        struct user_environment *environment, const struct user_environment_facts *facts);

void user_environment_free(struct user_environment *environment);

#endif
