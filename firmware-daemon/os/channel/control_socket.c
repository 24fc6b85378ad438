/* SPDX-License-Identifier: MIT
 *
 * The control socket.
 */
#include "control_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(const char *path, struct sockaddr_un *address)
{
	int fd;

	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	strcpy(address->sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

int control_socket_bind(const char *path)
{
	struct sockaddr_un address;
	int fd = open_socket(path, &address);
	mode_t mask;
	int error = 0;

	if (fd < 0)
		return fd;
	unlink(path);
	/* Not world-writable for even a moment. */
	mask = umask(0177);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		error = -errno;
	umask(mask);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int control_socket_connect(const char *path)
{
	struct sockaddr_un address;
	int fd = open_socket(path, &address);

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}
