/* SPDX-License-Identifier: MIT
 *
 * Process 1, where that is systemd.
 */
#include "systemd.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	HEAD_SIZE = 16,
	TYPE_CALL = 1,
	TYPE_RETURN = 2,
	TYPE_ERROR = 3,
	FIELD_PATH = 1,
	FIELD_INTERFACE = 2,
	FIELD_MEMBER = 3,
	FIELD_DESTINATION = 6,
	FIELD_SIGNATURE = 8,
	OUT_SIZE = 512,
};

/* A message being written; all of ours are known to fit. */
struct out {
	size_t length;
	uint8_t bytes[OUT_SIZE];
};

static void put(struct out *out, const void *bytes, size_t size)
{
	if (size <= sizeof(out->bytes) - out->length) {
		memcpy(out->bytes + out->length, bytes, size);
		out->length += size;
	}
}

static void put_byte(struct out *out, uint8_t byte)
{
	put(out, &byte, 1);
}

static void align(struct out *out, size_t to)
{
	while (out->length % to != 0)
		put_byte(out, 0);
}

static void put_number(struct out *out, uint32_t number)
{
	align(out, sizeof(number));
	put(out, &number, sizeof(number));
}

static void put_text(struct out *out, const char *text)
{
	put_number(out, (uint32_t)strlen(text));
	put(out, text, strlen(text) + 1);
}

static void put_signature(struct out *out, const char *text)
{
	put_byte(out, (uint8_t)strlen(text));
	put(out, text, strlen(text) + 1);
}

static void put_field(struct out *out, uint8_t field, const char *type, const char *value)
{
	align(out, 8);
	put_byte(out, field);
	put_signature(out, type);
	if (*type == 'g')
		put_signature(out, value);
	else
		put_text(out, value);
}

static void write_fields(struct out *fields, enum systemd_verb verb)
{
	static const char *const members[] = {"Get", "Set", "Reload"};
	static const char *const signatures[] = {"ss", "ssv", ""};

	put_field(fields, FIELD_PATH, "o", "/org/freedesktop/systemd1");
	put_field(fields, FIELD_INTERFACE, "s",
	        verb == SYSTEMD_RELOAD ? "org.freedesktop.systemd1.Manager" : "org.freedesktop.DBus.Properties");
	put_field(fields, FIELD_MEMBER, "s", members[verb]);
	put_field(fields, FIELD_DESTINATION, "s", "org.freedesktop.systemd1");
	if (*signatures[verb])
		put_field(fields, FIELD_SIGNATURE, "g", signatures[verb]);
}

/* In the byte order of this machine, which process 1 shares. */
static void write_call(struct out *message, enum systemd_verb verb, uint64_t usec)
{
	static const uint16_t one = 1;
	struct out fields = {.length = 0};
	struct out body = {.length = 0};

	write_fields(&fields, verb);
	if (verb != SYSTEMD_RELOAD) {
		put_text(&body, "org.freedesktop.systemd1.Manager");
		put_text(&body, "RuntimeWatchdogUSec");
	}
	if (verb == SYSTEMD_SET_WATCHDOG) {
		put_signature(&body, "t");
		align(&body, sizeof(usec));
		put(&body, &usec, sizeof(usec));
	}
	*message = (struct out){.length = 0};
	put_byte(message, *(const uint8_t *)&one ? 'l' : 'B');
	put_byte(message, TYPE_CALL);
	put_byte(message, 0);
	put_byte(message, 1);
	put_number(message, (uint32_t)body.length);
	put_number(message, 1);
	put_number(message, (uint32_t)fields.length);
	put(message, fields.bytes, fields.length);
	align(message, 8);
	put(message, body.bytes, body.length);
}

/* Who we are, as the digits of the user's number, each in hexadecimal; the kernel vouches for it. */
static size_t write_greeting(char greeting[64])
{
	char uid[16];
	size_t length = 1;
	int digits = snprintf(uid, sizeof(uid), "%u", (unsigned)geteuid());

	greeting[0] = '\0';
	length += (size_t)snprintf(greeting + length, 64 - length, "AUTH EXTERNAL ");
	for (int i = 0; i < digits; i++)
		length += (size_t)snprintf(greeting + length, 64 - length, "%02x", (unsigned)uid[i]);
	return length + (size_t)snprintf(greeting + length, 64 - length, "\r\nBEGIN\r\n");
}

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
	char greeting[64];
	size_t length = write_greeting(greeting);
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
	struct out message;
	int error;

	if (!end)
		return call->length < 256 ? -EAGAIN : -EPROTO;
	if (memcmp(call->bytes, "OK ", 3) != 0)
		return -EACCES;
	call->let_in = true;
	drop(call, (size_t)(end - call->bytes) + 2);
	write_call(&message, call->verb, call->usec);
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
	struct systemd_call call;
	int error = systemd_begin(&call, socket, verb, *usec);

	if (error)
		return error;
	while ((error = systemd_take(&call)) == -EAGAIN) {
		struct pollfd answer = {.fd = call.fd, .events = POLLIN};
		int64_t left_ms = until_ms - clock_now_ms();

		if (left_ms <= 0) {
			systemd_end(&call);
			return -ETIMEDOUT;
		}
		poll(&answer, 1, (int)left_ms);
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
