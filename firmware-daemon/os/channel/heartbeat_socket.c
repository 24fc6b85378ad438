/* SPDX-License-Identifier: MIT
 *
 * The other end of NOTIFY_SOCKET. Descriptors that come with a message are not taken, so the kernel closes them, which is what
 * the sender of a barrier waits for (sd_notify_barrier).
 *
 * The last close() of a TCP socket blocks for as long as its owner has asked for (SO_LINGER), unless a signal is pending. So
 * a timer sends one every millisecond while descriptors may be closed.
 */
#include "heartbeat_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { INTERRUPT_EVERY_US = 1000 };

/* What is left of one who died refuses connections; 0 where it was removed. */
static int remove_stale(int fd, const struct sockaddr_un *address)
{
	struct stat status;

	/* What is no socket was put there by somebody of our user, or by accident. */
	if (lstat(address->sun_path, &status) == 0 && !S_ISSOCK(status.st_mode))
		return (S_ISDIR(status.st_mode) ? rmdir(address->sun_path) : unlink(address->sun_path)) < 0 ? -errno
		                                                                                            : 0;
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
	int yes = 1;
	int error = remove_stale(fd, &address);
	/* Not before the connect() in it, which would give the socket another address. */
	if (error == 0 && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0)
		error = -errno;
	if (error == 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		error = -errno;
	if (error == 0 && chmod(path, 0666) < 0)
		error = -errno;
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

static void interrupt(int signal_number)
{
	(void)signal_number;
}

static void set_interrupts(suseconds_t every_us)
{
	struct sigaction action = {.sa_handler = interrupt};
	struct itimerval timer = {.it_interval.tv_usec = every_us, .it_value.tv_usec = every_us};

	if (every_us > 0)
		(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

union credentials {
	char bytes[CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr header;
};

/* Looks at the first message without taking it, so that nothing is closed. 0 or -errno. */
static int peek(int fd, struct heartbeat_sender *sender, bool *has_descriptors)
{
	char byte;
	struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
	union credentials control;
	struct msghdr message = {
	        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct ucred credentials;

	if (recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT) < 0)
		return -errno;
	/* There is no room for more than the credentials. */
	*has_descriptors = (message.msg_flags & MSG_CTRUNC) != 0;
	*sender = (struct heartbeat_sender){.uid = (uid_t)-1};
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
		*sender = (struct heartbeat_sender){.pid = credentials.pid, .uid = credentials.uid};
	}
	return 0;
}

long heartbeat_socket_receive(int fd, char text[], size_t size, struct heartbeat_sender *sender)
{
	bool has_descriptors = false;
	int error = peek(fd, sender, &has_descriptors);

	if (error < 0)
		return error;
	if (has_descriptors)
		set_interrupts(INTERRUPT_EVERY_US);
	ssize_t length = recv(fd, text, size - 1, MSG_DONTWAIT);
	error = length < 0 ? -errno : 0;
	if (has_descriptors)
		set_interrupts(0);
	if (error < 0)
		return error;
	text[length] = '\0';
	return length;
}

void heartbeat_socket_close(int fd)
{
	set_interrupts(INTERRUPT_EVERY_US);
	(void)close(fd);
	set_interrupts(0);
}

/*
 * The folder belongs to another user, who could put a link there and so make root write to any socket. Open the socket without
 * following links, and address it by the descriptor.
 */
static int open_socket(const char *path, struct sockaddr_un *address)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || !S_ISSOCK(status.st_mode)) {
		(void)close(fd);
		return -ENOTSOCK;
	}
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	(void)snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d", fd);
	return fd;
}

void heartbeat_socket_say(const char *path, const char *text)
{
	struct sockaddr_un address;
	int place = open_socket(path, &address);

	if (place < 0)
		return;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		(void)!sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address,
		        sizeof(address));
		(void)close(fd);
	}
	(void)close(place);
}
