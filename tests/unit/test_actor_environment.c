/* SPDX-License-Identifier: MIT
 *
 * command/user_environment: what the commands of a service with `user:` find in their environment.
 */
#include "command/user_environment.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* The value of a variable, which must be there only once: a shell takes the last of two, getenv() the first. */
static const char *only(const struct user_environment *environment, const char *name)
{
	const char *value = NULL;
	size_t length = strlen(name);

	for (char **variable = environment->variables; *variable; variable++)
		if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=') {
			assert_null(value);
			value = *variable + length + 1;
		}
	return value;
}

/* As feeddogd finds it on a board: root's own login. */
static void be_root(void)
{
	assert_int_equal(setenv("HOME", "/root", 1), 0);
	assert_int_equal(setenv("USER", "root", 1), 0);
	assert_int_equal(setenv("LOGNAME", "root", 1), 0);
	assert_int_equal(setenv("SHELL", "/bin/root-shell", 1), 0);
	assert_int_equal(setenv("MAIL", "/var/mail/root", 1), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/0", 1), 0);
	assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/0/bus", 1), 0);
	assert_int_equal(setenv("KEPT", "yes", 1), 0);
}

/* P11: nothing of root's login reaches the commands of another user, and that user's is complete. */
static void login_is_the_users(void **state)
{
	const struct passwd *entry = getpwnam("daemon");
	struct user_environment environment;

	(void)state;
	be_root();
	assert_non_null(entry);
	assert_int_equal(user_environment_make(&environment,
	                         &(struct user_environment_facts){
	                                 .user = "daemon", .uid = entry->pw_uid, .runtime_dirs = "/nowhere"}),
	        0);
	assert_string_equal(only(&environment, "HOME"), entry->pw_dir);
	assert_string_equal(only(&environment, "SHELL"), entry->pw_shell);
	assert_string_equal(only(&environment, "USER"), "daemon");
	assert_string_equal(only(&environment, "LOGNAME"), "daemon");
	assert_string_equal(only(&environment, "PATH"), getenv("PATH"));
	assert_string_equal(only(&environment, "KEPT"), "yes");
	assert_null(only(&environment, "MAIL"));
	assert_null(only(&environment, "XDG_RUNTIME_DIR"));
	assert_null(only(&environment, "DBUS_SESSION_BUS_ADDRESS"));
	user_environment_free(&environment);
}

/* A service manager may give no PATH, and /etc/passwd may not know the user. */
static void what_is_not_known_has_a_default(void **state)
{
	struct user_environment environment;
	char *path = strdup(getenv("PATH"));

	(void)state;
	be_root();
	assert_int_equal(unsetenv("PATH"), 0);
	assert_int_equal(user_environment_make(
	                         &environment, &(struct user_environment_facts){.user = "ghost", .uid = 4000000000}),
	        0);
	assert_string_equal(only(&environment, "HOME"), "/");
	assert_string_equal(only(&environment, "SHELL"), "/bin/sh");
	assert_non_null(strstr(only(&environment, "PATH"), "/usr/sbin:/usr/bin"));
	user_environment_free(&environment);
	assert_int_equal(setenv("PATH", path, 1), 0);
	free(path);
}

/* `systemctl --user` finds the user's manager where the user has a runtime directory of its own. */
static void runtime_directory_is_given(void **state)
{
	char dirs[] = "/tmp/feeddog-runtime.XXXXXX";
	char path[64];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct user_environment environment;
	struct user_environment_facts facts = {.user = "me", .uid = getuid(), .runtime_dirs = dirs};

	(void)state;
	be_root();
	assert_non_null(mkdtemp(dirs));
	(void)snprintf(path, sizeof(path), "%s/%u", dirs, getuid());
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(user_environment_make(&environment, &facts), 0);
	assert_string_equal(only(&environment, "XDG_RUNTIME_DIR"), path);
	assert_null(only(&environment, "DBUS_SESSION_BUS_ADDRESS"));
	user_environment_free(&environment);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/bus", path);
	int bus = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(bus, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(user_environment_make(&environment, &facts), 0);
	assert_string_equal(only(&environment, "DBUS_SESSION_BUS_ADDRESS") + strlen("unix:path="), address.sun_path);
	user_environment_free(&environment);
	close(bus);
	/* Somebody else's directory is not the user's. */
	facts.uid = getuid() + 1;
	(void)snprintf(path, sizeof(path), "%s/%u", dirs, facts.uid);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(user_environment_make(&environment, &facts), 0);
	assert_null(only(&environment, "XDG_RUNTIME_DIR"));
	user_environment_free(&environment);
	(void)unlink(address.sun_path);
	(void)rmdir(path);
	*strrchr(address.sun_path, '/') = '\0';
	(void)rmdir(address.sun_path);
	(void)rmdir(dirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(login_is_the_users),
	        cmocka_unit_test(what_is_not_known_has_a_default),
	        cmocka_unit_test(runtime_directory_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
