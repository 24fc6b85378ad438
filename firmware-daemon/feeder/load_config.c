/* SPDX-License-Identifier: MIT
 *
 * Runs the compiler before arming; from then on the configuration is fixed.
 */
#include "load_config.h"

#include "os/clock.h"
#include "os/process/pidfd.h"
#include "os/channel/sealed_memory.h"
#include "os/process/spawn.h"
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A configuration of the largest size takes a second on the slowest board; nothing may keep the board from its dog. */
enum { COMPILE_WITHIN_MS = 60000, LOOK_EVERY_MS = 20 };

/* Waits for the end of the compiler, or ends it at its deadline. Its wait status, or -errno. */
static int wait_for_compiler(pid_t pid)
{
	struct pollfd end = {.fd = pidfd_of(pid), .events = POLLIN};
	int64_t until_ms = clock_now_ms() + COMPILE_WITHIN_MS;
	int status = 0;
	pid_t ended = 0;

	/* A pidfd tells at once; where there is none to be had, we look now and then. */
	for (int64_t left_ms = COMPILE_WITHIN_MS; ended == 0 && left_ms > 0; left_ms = until_ms - clock_now_ms()) {
		if (poll(&end, 1, end.fd >= 0 ? (int)left_ms : LOOK_EVERY_MS) < 0)
			(void)usleep(LOOK_EVERY_MS * 1000);
		ended = waitpid(pid, &status, WNOHANG);
		if (ended < 0 && errno == EINTR)
			ended = 0;
	}
	if (end.fd >= 0)
		close(end.fd);
	if (ended > 0)
		return status;
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return -ETIMEDOUT;
}

/* Runs the compiler to its end with its output in `fd`. Its wait status, or -errno. */
static int run_compiler(const char *file, int fd)
{
	char path[PATH_MAX], name[PATH_MAX];
	char compile[] = "compile", end_of_options[] = "--";
	char *argv[] = {path, compile, end_of_options, name, NULL};
	int fds[] = {-1, fd, STDERR_FILENO};
	struct spawn spawn = {.path = path, .argv = argv, .fds = fds, .fd_count = 3, .directory = "."};
	int error = spawn_find_sister("feeddog", path, sizeof(path));
	pid_t pid;

	if (error)
		return error;
	if (snprintf(name, sizeof(name), "%s", file) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	pid = spawn_start(&spawn);
	return pid < 0 ? (int)pid : wait_for_compiler(pid);
}

int load_config(const char *file, const struct flat **flat, int *fd)
{
	const char *why = "";
	int status, error;

	*fd = memory_create("feeddog-config");
	if (*fd < 0) {
		fprintf(stderr, "feeddogd: no memory for the configuration: %s\n", strerror(-*fd));
		return EXIT_SYSTEM;
	}
	status = run_compiler(file, *fd);
	if (status < 0) {
		fprintf(stderr, "feeddogd: `feeddog compile` cannot be run: %s (install feeddog beside feeddogd)\n",
		        strerror(-status));
		return EXIT_SYSTEM;
	}
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "feeddogd: `feeddog compile` was ended by signal %d (run `feeddog check -c %s`)\n",
		        WTERMSIG(status), file);
		return EXIT_SYSTEM;
	}
	/* The compiler has said what is wrong. */
	if (WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status) == EXIT_CONFIG ? EXIT_CONFIG : EXIT_SYSTEM;
	error = memory_seal(*fd);
	if (error) {
		fprintf(stderr, "feeddogd: the configuration cannot be sealed: %s (feeddogd needs Linux 5.9)\n",
		        strerror(-error));
		return EXIT_SYSTEM;
	}
	*flat = flat_map(*fd, &why);
	if (!*flat) {
		fprintf(stderr,
		        "feeddogd: `feeddog compile` left no usable configuration: %s (install feeddog and feeddogd "
		        "of the same version)\n",
		        why);
		return EXIT_SYSTEM;
	}
	return EXIT_OK;
}
