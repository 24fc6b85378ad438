/* SPDX-License-Identifier: MIT
 *
 * pidfd_open(2), by its number: not every C library of today has it.
 */
#include "pidfd.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

int pidfd_of(pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0U);

	if (fd >= 0)
		return (int)fd;
	/* The number of a thread that leads no process: kernels have two ways to say so. */
	return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
}

bool pidfd_is_alive(int fd)
{
	struct pollfd end = {.fd = fd, .events = POLLIN};

	return poll(&end, 1, 0) == 0;
}
