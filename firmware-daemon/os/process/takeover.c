/* SPDX-License-Identifier: MIT
 *
 * A POSIX record lock tells its holder's pid as the kernel knows it, so no text in a file has to be
 * believed before a signal is sent.
 */
#include "takeover.h"

#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* 0 where the lock is ours now; otherwise the pid of who has it, or -errno. */
static pid_t try_lock(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno != EACCES && errno != EAGAIN)
		return -errno;
	if (fcntl(fd, F_GETLK, &lock) != 0)
		return -errno;
	/* It was given back in between: the next try has it. */
	if (lock.l_type == F_UNLCK)
		return -EAGAIN;
	/* A holder in another pid namespace has no pid here. */
	return lock.l_pid > 1 ? lock.l_pid : -EBUSY;
}

/* Sends `number` to whoever has the lock, once, and waits for the lock. -ETIMEDOUT: to no avail. */
static int wrest(int fd, int number, int within_ms)
{
	const struct timespec pause = {.tv_nsec = TAKEOVER_RETRY_MS * 1000000L};
	int64_t deadline_ms = clock_now_ms() + within_ms;
	pid_t asked = 0;

	while (clock_now_ms() < deadline_ms) {
		pid_t holder = try_lock(fd);
		if (holder == 0)
			return 0;
		if (holder < 0 && holder != -EAGAIN)
			return (int)holder;
		if (holder > 0 && holder != asked) {
			if (kill(holder, number) != 0 && errno != ESRCH)
				return -errno;
			asked = holder;
		}
		(void)nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

int takeover(const char *run_dir, const char *name)
{
	char path[512];

	int length = snprintf(path, sizeof(path), "%s/%s", run_dir, name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	/* Never closed: closing any descriptor of the file would give the lock back. */
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	int error = wrest(fd, SIGTERM, TAKEOVER_TERM_MS);
	if (error == -ETIMEDOUT)
		error = wrest(fd, SIGKILL, TAKEOVER_KILL_MS);
	return error;
}
