/* SPDX-License-Identifier: MIT
 *
 * Sequenced packets: each record arrives whole or not at all.
 *
 * Why not a pipe, which cannot carry a descriptor? The writer of a pipe copies its bytes while it holds the pipe's lock. A
 * sender whose bytes lie in a mapped file on a file system that hangs would hold the lock for ever, and the receiver with it.
 */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

/* Where the kernel can, it refuses to send descriptors at all. Elsewhere channel_receive() leaves them in the queue. */
static void refuse_descriptors(int fd)
{
	int no = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof(no));
}

int channel_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	refuse_descriptors(fds[0]);
	refuse_descriptors(fds[1]);
	return 0;
}

int channel_only_send(int fd)
{
	return shutdown(fd, SHUT_RD) < 0 ? -errno : 0;
}

void channel_end(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
}

int channel_discard(const int fds[2])
{
	int gate[2];
	char byte;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		/* The parent has closed its copies when the gate reads its end. What is closed by an exit does not linger. */
		(void)close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		_exit(0);
	}
	int error = pid < 0 ? -errno : 0;
	if (!error) {
		(void)close(fds[0]);
		(void)close(fds[1]);
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	return error;
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

static ssize_t receive(int fd, struct msghdr *message, int flags)
{
	ssize_t received;

	do
		received = recvmsg(fd, message, flags | MSG_DONTWAIT | MSG_TRUNC);
	while (received < 0 && errno == EINTR);
	return received < 0 ? -errno : received;
}

long channel_receive(int fd, void *record, size_t size)
{
	struct iovec bytes = {.iov_base = record, .iov_len = size};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
	/* There is no room for descriptors, which shows in the flags. Taking the record would close them here. */
	ssize_t peeked = receive(fd, &message, MSG_PEEK);

	if (peeked < 0)
		return peeked;
	if (message.msg_flags & MSG_CTRUNC)
		return -EBADMSG;
	/* An empty record looks like the end of the channel, and would stay in the queue. */
	message = (struct msghdr){.msg_iov = &bytes, .msg_iovlen = 1};
	return receive(fd, &message, 0);
}
