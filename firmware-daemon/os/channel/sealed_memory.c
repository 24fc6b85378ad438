/* SPDX-License-Identifier: MIT
 *
 * memfd and its seals.
 */
#include "sealed_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

int memory_create(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? -errno : fd;
}

int memory_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0 ? -errno : 0;
}

int memory_publish(const char *name, size_t size, int *fd, void **address)
{
	int error;

	*fd = memory_create(name);
	if (*fd < 0)
		return *fd;
	if (ftruncate(*fd, (off_t)size) < 0) {
		error = -errno;
		goto close_fd;
	}
	*address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (*address == MAP_FAILED) {
		error = -errno;
		goto close_fd;
	}
	if (fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) < 0) {
		error = -errno;
		goto unmap;
	}
	return 0;

unmap:
	munmap(*address, size);
close_fd:
	close(*fd);
	return error;
}
