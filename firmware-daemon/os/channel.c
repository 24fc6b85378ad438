/* SPDX-License-Identifier: MIT
 *
 * Sequenced packets: each record arrives whole or not at all.
 */
#include "channel.h"

#include <errno.h>
#include <sys/socket.h>

int channel_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0 ? -errno : 0;
}

int channel_send(int fd, const void *record, size_t size)
{
	ssize_t sent;

	do
		sent = send(fd, record, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EMSGSIZE;
}

long channel_receive(int fd, void *record, size_t size)
{
	ssize_t received;

	do
		received = recv(fd, record, size, MSG_DONTWAIT | MSG_TRUNC);
	while (received < 0 && errno == EINTR);
	return received < 0 ? -errno : received;
}
