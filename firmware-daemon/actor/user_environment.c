/* SPDX-License-Identifier: MIT
 *
 * Borrows the strings of this process's environment, and owns those that differ.
 */
#include "user_environment.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *assignment(const char *name, const char *value)
{
	char *text = NULL;

	return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

/* "HOME=..." of the user, "/" where /etc/passwd does not know it. */
static char *home_of(uint32_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd entry = {0};
	struct passwd *found = NULL;
	char text[4096];

	while (file && fgetpwent_r(file, &entry, text, sizeof(text), &found) == 0)
		if (entry.pw_uid == uid)
			break;
	char *home = assignment("HOME", found && found->pw_dir && *found->pw_dir ? found->pw_dir : "/");
	if (file)
		(void)fclose(file);
	return home;
}

static int is_users_own(const char *variable)
{
	return strncmp(variable, "HOME=", 5) == 0 || strncmp(variable, "USER=", 5) == 0 ||
	        strncmp(variable, "LOGNAME=", 8) == 0;
}

/* Makes the strings of its own; false where there is no memory for one. */
static int make_own(struct user_environment *environment, const struct user_environment_facts *facts)
{
	char usec[24];

	if (facts->user) {
		environment->home = home_of(facts->uid);
		environment->user = assignment("USER", facts->user);
		environment->logname = assignment("LOGNAME", facts->user);
		if (!environment->home || !environment->user || !environment->logname)
			return 0;
	}
	if (facts->heartbeat) {
		(void)snprintf(usec, sizeof(usec), "%llu", facts->within_ms * 1000ULL);
		environment->socket = assignment("NOTIFY_SOCKET", facts->heartbeat);
		environment->watchdog = assignment("WATCHDOG_USEC", usec);
		if (!environment->socket || !environment->watchdog)
			return 0;
	}
	return 1;
}

int user_environment_make(struct user_environment *environment, const struct user_environment_facts *facts)
{
	size_t count = 0;
	size_t at = 0;

	*environment = (struct user_environment){0};
	if (!facts->user && !facts->heartbeat)
		return 0;
	while (environ && environ[count])
		count++;
	environment->variables = calloc(count + 6, sizeof(char *));
	if (!environment->variables || !make_own(environment, facts)) {
		user_environment_free(environment);
		return -ENOMEM;
	}
	char *const own[] = {
	        environment->home, environment->user, environment->logname, environment->socket, environment->watchdog};
	for (size_t i = 0; i < count; i++)
		if (!facts->user || !is_users_own(environ[i]))
			environment->variables[at++] = environ[i];
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (own[i])
			environment->variables[at++] = own[i];
	return 0;
}

void user_environment_free(struct user_environment *environment)
{
	free(environment->variables);
	free(environment->home);
	free(environment->user);
	free(environment->logname);
	free(environment->socket);
	free(environment->watchdog);
	*environment = (struct user_environment){0};
}
