/* SPDX-License-Identifier: MIT
 *
 * Process 1, where that is systemd.
 */
#include "systemd.h"

#include "os/clock.h"
#include "os/spin_guard.h"
#include "systemd_message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEAD_SIZE = 16, TYPE_RETURN = 2, TYPE_ERROR = 3 };

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* All of it or nothing: the socket is new, so that it takes far more than we say. */
static int send_all(int fd, const void *bytes, size_t length)
{
	ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

	if (sent < 0)
		return -errno;
	return sent == (ssize_t)length ? 0 : -EPROTO;
}

int systemd_begin(struct systemd_call *call, const char *socket, enum systemd_verb verb, uint64_t usec)
{
	char greeting[SYSTEMD_GREETING_SIZE];
	size_t length = systemd_write_greeting((unsigned)geteuid(), greeting);
	int error;

	call->verb = verb;
	call->usec = usec;
	call->let_in = false;
	call->length = call->skip = 0;
	call->fd = connect_to(socket);
	if (call->fd < 0) {
		error = call->fd;
		call->fd = -1;
		return error;
	}
	error = send_all(call->fd, greeting, length);
	if (error)
		systemd_end(call);
	return error;
}

void systemd_end(struct systemd_call *call)
{
	if (call->fd >= 0)
		close(call->fd);
	call->fd = -1;
}

static void drop(struct systemd_call *call, size_t size)
{
	call->length -= size;
	memmove(call->bytes, call->bytes + size, call->length);
}

/*
 * "OK" and the server's name for itself, in one line. Only now comes the message: systemd looks no further at what it has
 * read together with the greeting.
 */
static int take_welcome(struct systemd_call *call)
{
	const uint8_t *end = memmem(call->bytes, call->length, "\r\n", 2);
	struct systemd_out message;
	int error;

	if (!end)
		return call->length < 256 ? -EAGAIN : -EPROTO;
	if (memcmp(call->bytes, "OK ", 3) != 0)
		return -EACCES;
	call->let_in = true;
	drop(call, (size_t)(end - call->bytes) + 2);
	systemd_write_call(&message, call->verb, call->usec);
	error = send_all(call->fd, message.bytes, message.length);
	return error ? error : 1;
}

static uint32_t number_at(const struct systemd_call *call, size_t at)
{
	uint32_t number;

	memcpy(&number, call->bytes + at, sizeof(number));
	return number;
}

/* A variant that holds a number of 64 bits: its signature, then the number where it is aligned. */
static int take_value(const uint8_t *body, size_t length, uint64_t *usec)
{
	if (length == 0)
		return 0;
	if (length != 16 || memcmp(body, "\1t", 3) != 0)
		return -EPROTO;
	memcpy(usec, body + 8, sizeof(*usec));
	return 0;
}

/* Our only call has one answer; systemd tells all that is connected its signals too, and those are passed over. */
static int take_message(struct systemd_call *call)
{
	uint64_t head, whole;
	uint8_t type;

	if (call->length < HEAD_SIZE)
		return -EAGAIN;
	type = call->bytes[1];
	head = HEAD_SIZE + (((uint64_t)number_at(call, 12) + 7) & ~UINT64_C(7));
	whole = head + number_at(call, 4);
	if (type != TYPE_RETURN && type != TYPE_ERROR) {
		size_t here = whole < call->length ? (size_t)whole : call->length;

		call->skip = (size_t)(whole - here);
		drop(call, here);
		return 1;
	}
	if (whole > sizeof(call->bytes))
		return -EPROTO;
	if (call->length < whole)
		return -EAGAIN;
	if (type == TYPE_ERROR)
		return memmem(call->bytes, (size_t)whole, "AccessDenied", 12) ? -EACCES : -EPROTO;
	return take_value(call->bytes + head, (size_t)(whole - head), &call->usec);
}

static int receive(struct systemd_call *call)
{
	ssize_t got = recv(call->fd, call->bytes + call->length, sizeof(call->bytes) - call->length, MSG_DONTWAIT);
	size_t passed;

	if (got < 0)
		return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (got == 0)
		return -EPROTO;
	call->length += (size_t)got;
	passed = call->skip < call->length ? call->skip : call->length;
	call->skip -= passed;
	drop(call, passed);
	return 1;
}

/* 0: that was the answer. 1: that was something else. */
static int take_next(struct systemd_call *call)
{
	if (call->skip > 0)
		return -EAGAIN;
	return call->let_in ? take_message(call) : take_welcome(call);
}

int systemd_take(struct systemd_call *call)
{
	int result;

	do {
		result = take_next(call);
		if (result == -EAGAIN)
			result = receive(call);
	} while (result > 0);
	if (result != -EAGAIN)
		systemd_end(call);
	return result;
}

int systemd_ask(const char *socket, enum systemd_verb verb, uint64_t *usec, int wait_ms)
{
	int64_t until_ms = clock_now_ms() + wait_ms;
	struct spin_guard spin = spin_guard_of_helper;
	struct systemd_call call;
	int error = systemd_begin(&call, socket, verb, *usec);

	if (error)
		return error;
	while ((error = systemd_take(&call)) == -EAGAIN) {
		struct pollfd answer = {.fd = call.fd, .events = POLLIN};
		int64_t now_ms = clock_now_ms();

		if (now_ms >= until_ms) {
			systemd_end(&call);
			return -ETIMEDOUT;
		}
		(void)poll(&answer, 1, (int)(until_ms - now_ms));
		spin_guard_rest(&spin, now_ms);
	}
	if (!error)
		*usec = call.usec;
	return error;
}

bool systemd_is_shutting_down(void)
{
	char name[32] = "";
	int fd = open("/proc/1/comm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	(void)!read(fd, name, sizeof(name) - 1);
	close(fd);
	/* As the kernel cuts it. */
	return strncmp(name, "systemd-shutdow", 15) == 0;
}
