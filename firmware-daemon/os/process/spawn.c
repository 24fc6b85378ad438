/* SPDX-License-Identifier: MIT
 *
 * fork and exec. Not vfork: a parent that waits for its child's exec waits for the disk.
 */
#include "spawn.h"

#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_FREE_FD = 64 /* above those of every child */ };

static void reset_signals(void)
{
	sigset_t none;

	/* Signals that cannot be reset (KILL, STOP, the C library's own) say so, which is of no consequence. */
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Puts fds[i] at descriptor i, and the program, if there is one, at *program_fd behind them, closed by exec. They are first
 * moved out of each other's way.
 */
static int place_descriptors(const int fds[], size_t count, int *program_fd)
{
	int moved[16];
	int program = *program_fd > 0 ? fcntl(*program_fd, F_DUPFD, FIRST_FREE_FD) : -1;

	if (count > sizeof(moved) / sizeof(moved[0]))
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		int fd = fds[i] >= 0 ? fds[i] : open("/dev/null", O_RDWR);

		moved[i] = fcntl(fd, F_DUPFD, FIRST_FREE_FD);
		if (moved[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < count; i++)
		if (dup2(moved[i], (int)i) < 0)
			return -errno;
	*program_fd = program >= 0 ? dup3(program, (int)count, O_CLOEXEC) : -1;
	return syscall(SYS_close_range, (unsigned)count + (*program_fd >= 0), ~0U, 0U) < 0 ? -errno : 0;
}

/* Returns only where the program cannot be run: -errno. */
static int run(const struct spawn *spawn, int program_fd)
{
	char *const *envp = spawn->envp ? spawn->envp : environ;

	if (program_fd >= 0)
		(void)syscall(SYS_execveat, program_fd, "", spawn->argv, envp, AT_EMPTY_PATH);
	/* ENOENT: a script, whose interpreter cannot open a descriptor that exec closes. */
	if (program_fd < 0 || errno == ENOENT || errno == ENOSYS)
		execvpe(spawn->path, spawn->argv, envp);
	return -errno;
}

/* Whoever opens it has written a byte; whoever was killed has closed it, once our own end is closed too. */
static void wait_at(const int gate[2])
{
	char byte;

	(void)close(gate[1]);
	if (read(gate[0], &byte, 1) != 1)
		_exit(SPAWN_NOT_EXECUTABLE);
}

/* 0 or -errno; does not return where the parent is gone already. */
static int die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	if (getppid() != parent)
		_exit(SPAWN_NOT_EXECUTABLE);
	return 0;
}

/* In the child: never returns. */
static void child(const struct spawn *spawn, pid_t parent)
{
	int program_fd = spawn->program_fd;
	int error;

	if (spawn->own_group)
		(void)setsid();
	reset_signals();
	if (spawn->gate)
		wait_at(spawn->gate);
	privileges_ordinary(0);
	error = place_descriptors(spawn->fds, spawn->fd_count, &program_fd);
	if (!error && chdir(spawn->directory ? spawn->directory : "/") < 0)
		error = -errno;
	if (!error && spawn->user)
		error = privileges_become(
		        spawn->user->uid, spawn->user->gid, spawn->user->groups, spawn->user->group_count);
	/* After the change of user, which would clear it. */
	if (!error && spawn->dies_with_parent)
		error = die_with_parent(parent);
	if (!error)
		error = run(spawn, program_fd);
	dprintf(STDERR_FILENO, "%s: cannot be run: %s\n", spawn->path, strerror(-error));
	_exit(error == -ENOENT ? SPAWN_NOT_FOUND : SPAWN_NOT_EXECUTABLE);
}

pid_t spawn_start(const struct spawn *spawn)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(spawn, parent);
	return pid;
}

int spawn_gate_make(int gate[2])
{
	return pipe2(gate, O_CLOEXEC) < 0 ? -errno : 0;
}

void spawn_gate_open(const int gate[2])
{
	/* Where that fails its child ends, which is noticed. */
	(void)!write(gate[1], "", 1);
	(void)close(gate[0]);
	(void)close(gate[1]);
}

int spawn_find_sister(const char *name, char path[], size_t size)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	int written;

	if (length <= 0)
		return length < 0 ? -errno : -ENOENT;
	self[length] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	written = snprintf(path, size, "%s/%s", self, name);
	if (written < 0 || (size_t)written >= size)
		return -ENAMETOOLONG;
	return access(path, X_OK) == 0 ? 0 : -errno;
}

int spawn_open_sister(const char *name, char path[], size_t size)
{
	int error = spawn_find_sister(name, path, size);
	int fd = error ? error : open(path, O_PATH | O_CLOEXEC);

	return !error && fd < 0 ? -errno : fd;
}

void spawn_name_self(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}
