/* SPDX-License-Identifier: MIT
 *
 * The other end of NOTIFY_SOCKET. Descriptors that come with a message are not taken, so the kernel closes them: which is
 * what a sender waits for who wants to know that it was read (sd_notify_barrier).
 */
#include "heartbeat_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What is left of one who died refuses connections; 0 where it was removed. */
static int remove_stale(int fd, const struct sockaddr_un *address)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return -EADDRINUSE;
	if (errno == ENOENT)
		return 0;
	if (errno != ECONNREFUSED)
		return -errno;
	return unlink(address->sun_path) < 0 ? -errno : 0;
}

static bool address_of(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return false;
	memcpy(address->sun_path, path, strlen(path));
	return true;
}

int heartbeat_socket_bind(const char *path)
{
	struct sockaddr_un address;

	if (!address_of(path, &address))
		return -ENAMETOOLONG;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int error = remove_stale(fd, &address);
	if (error == 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		error = -errno;
	if (error == 0 && chmod(path, 0666) < 0)
		error = -errno;
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

long heartbeat_socket_receive(int fd, char text[], size_t size)
{
	ssize_t length;

	do
		length = recv(fd, text, size - 1, 0);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	return length;
}

void heartbeat_socket_say(const char *path, const char *text)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (address_of(path, &address))
		(void)!sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address,
		        sizeof(address));
	close(fd);
}
