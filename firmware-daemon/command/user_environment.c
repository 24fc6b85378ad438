/* SPDX-License-Identifier: MIT
 *
 * Borrows the strings of this process's environment, and owns those that differ.
 */
#include "user_environment.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Variables that describe a login. Those of the actor's own user must not reach the commands of another one. */
static const char *const login_variables[] = {
        "HOME", "USER", "LOGNAME", "SHELL", "MAIL", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"};

static int is_login_variable(const char *assignment)
{
	for (size_t i = 0; i < sizeof(login_variables) / sizeof(login_variables[0]); i++) {
		size_t length = strlen(login_variables[i]);
		if (strncmp(assignment, login_variables[i], length) == 0 && assignment[length] == '=')
			return 1;
	}
	return 0;
}

/* Adds "NAME=value" to the strings of its own. */
__attribute__((format(printf, 2, 3))) static int add(struct user_environment *environment, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	environment->own[environment->own_count++] = text;
	return 0;
}

/* HOME and SHELL as /etc/passwd has them: "/" and /bin/sh where it does not. */
static int add_passwd_entry(struct user_environment *environment, uint32_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd entry = {0};
	struct passwd *found = NULL;
	char text[4096];

	while (file && fgetpwent_r(file, &entry, text, sizeof(text), &found) == 0)
		if (entry.pw_uid == uid)
			break;
	int error = add(environment, "HOME=%s", found && found->pw_dir && *found->pw_dir ? found->pw_dir : "/");
	if (!error)
		error = add(environment, "SHELL=%s",
		        found && found->pw_shell && *found->pw_shell ? found->pw_shell : "/bin/sh");
	if (file)
		(void)fclose(file);
	return error;
}

/* `systemctl --user` and podman need the runtime directory, which exists while the user is logged in or lingers. */
static int add_runtime_dir(struct user_environment *environment, const char *runtime_dirs, uint32_t uid)
{
	struct stat stat_now;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%u", runtime_dirs, uid);
	if (stat(path, &stat_now) < 0 || !S_ISDIR(stat_now.st_mode) || stat_now.st_uid != uid)
		return 0;
	int error = add(environment, "XDG_RUNTIME_DIR=%s", path);
	(void)snprintf(path, sizeof(path), "%s/%u/bus", runtime_dirs, uid);
	if (!error && stat(path, &stat_now) == 0 && S_ISSOCK(stat_now.st_mode))
		error = add(environment, "DBUS_SESSION_BUS_ADDRESS=unix:path=%s", path);
	return error;
}

static int add_login(struct user_environment *environment, const struct user_environment_facts *facts)
{
	int error = add_passwd_entry(environment, facts->uid);

	if (!error)
		error = add(environment, "USER=%s", facts->user);
	if (!error)
		error = add(environment, "LOGNAME=%s", facts->user);
	if (!error && !getenv("PATH"))
		error = add(environment, "PATH=%s", DEFAULT_PATH);
	if (!error)
		error = add_runtime_dir(
		        environment, facts->runtime_dirs ? facts->runtime_dirs : "/run/user", facts->uid);
	return error;
}

static int add_heartbeat(struct user_environment *environment, const struct user_environment_facts *facts)
{
	int error = add(environment, "NOTIFY_SOCKET=%s", facts->heartbeat);

	return error ? error : add(environment, "WATCHDOG_USEC=%llu", facts->within_ms * 1000ULL);
}

/* The borrowed strings, then its own. */
static int join(struct user_environment *environment, int drop_login)
{
	static char *none[] = {NULL};
	char **inherited = environ ? environ : none;
	size_t count = 0;
	size_t at = 0;

	while (inherited[count])
		count++;
	environment->variables = calloc(count + environment->own_count + 1, sizeof(char *));
	if (!environment->variables)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (!drop_login || !is_login_variable(inherited[i]))
			environment->variables[at++] = inherited[i];
	for (size_t i = 0; i < environment->own_count; i++)
		environment->variables[at++] = environment->own[i];
	return 0;
}

int user_environment_make(struct user_environment *environment, const struct user_environment_facts *facts)
{
	int error = 0;

	*environment = (struct user_environment){0};
	if (!facts->user && !facts->heartbeat)
		return 0;
	if (facts->user)
		error = add_login(environment, facts);
	if (!error && facts->heartbeat)
		error = add_heartbeat(environment, facts);
	if (!error)
		error = join(environment, facts->user != NULL);
	if (error)
		user_environment_free(environment);
	return error;
}

void user_environment_free(struct user_environment *environment)
{
	free(environment->variables);
	for (size_t i = 0; i < environment->own_count; i++)
		free(environment->own[i]);
	*environment = (struct user_environment){0};
}
