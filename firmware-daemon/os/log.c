/* SPDX-License-Identifier: MIT
 *
 * Where the log goes is found out once; after that each line is one system call that cannot block.
 */
#include "log.h"

#include "core/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum sink { SINK_STDERR, SINK_SOCKET, SINK_SYSLOG };

enum { SYSLOG_DAEMON = 3 << 3 };

/* One log for each process, as standard error is one for each process. */
static struct {
	const char *program;
	uint64_t lost;
	uint64_t untold; /* lost since it was last said */
	int fd;
	enum sink sink;
} the_log = {.program = "feeddog", .fd = STDERR_FILENO};

static void open_syslog(void)
{
	the_log.sink = SINK_SYSLOG;
	the_log.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool is_null_device(void)
{
	struct stat error, null;

	return fstat(STDERR_FILENO, &error) < 0 ||
	        (S_ISCHR(error.st_mode) && stat("/dev/null", &null) == 0 && error.st_rdev == null.st_rdev);
}

/* An init script keeps standard error for what is said before the start is over. */
static bool is_wanted_in_syslog(void)
{
	const char *wanted = getenv("FEEDDOG_LOG");

	return wanted && strcmp(wanted, "syslog") == 0;
}

/* Whatever is opened next would take the place of one that is closed, and get what is meant for it: even the dog. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

/*
 * A description of our own, so that O_NONBLOCK does not change it for those who share it. A terminal with room for half
 * a line says that it is ready, and then waits for room for the other half. Where there is none to be had, those who share
 * it have to bear with it: rather they than the dog.
 */
static bool open_without_waiting(void)
{
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0) {
		the_log.fd = fd;
		return true;
	}
	int flags = fcntl(STDERR_FILENO, F_GETFL);
	return flags >= 0 && fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK) == 0;
}

void log_open(const char *program)
{
	struct stat status;

	log_close();
	the_log.program = program;
	the_log.fd = STDERR_FILENO;
	the_log.sink = SINK_STDERR;
	fill_standard_descriptors();
	if (is_null_device() || is_wanted_in_syslog())
		open_syslog();
	else if (fstat(STDERR_FILENO, &status) == 0 && S_ISSOCK(status.st_mode))
		the_log.sink = SINK_SOCKET;
	else if ((S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) && !open_without_waiting())
		open_syslog();
}

void log_close(void)
{
	if (the_log.fd > STDERR_FILENO)
		(void)close(the_log.fd);
	the_log.fd = -1;
}

static bool syslog_send(const char *text, size_t length)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

	/* The socket is connected for each line: whoever listens there may have been restarted. */
	return sendto(the_log.fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address,
	               sizeof(address)) == (ssize_t)length;
}

static bool stderr_write(const char *text, size_t length)
{
	struct pollfd ready = {.fd = the_log.fd, .events = POLLOUT};

	/* A terminal that is stopped, or a pipe that is shared and full, must not stop us. */
	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
		return false;
	return write(the_log.fd, text, length) == (ssize_t)length;
}

bool log_has_room(void)
{
	socklen_t size = sizeof(int);
	int queued = 0, room = -1;

	/* What is neither a pipe nor a stream refuses one of the calls, and has no room that could be used up. */
	if (the_log.sink == SINK_STDERR) {
		room = fcntl(the_log.fd, F_GETPIPE_SZ);
		if (room < 0 || ioctl(the_log.fd, FIONREAD, &queued) < 0)
			return true;
	} else if (the_log.sink != SINK_SOCKET || ioctl(STDERR_FILENO, SIOCOUTQ, &queued) < 0 ||
	        getsockopt(STDERR_FILENO, SOL_SOCKET, SO_SNDBUF, &room, &size) < 0) {
		return true;
	}
	return queued <= room / 2;
}

static bool emit(enum log_priority priority, const char *text)
{
	char line[LOG_LINE_SIZE + 64];
	int length;

	if (the_log.sink == SINK_SYSLOG)
		length = snprintf(line, sizeof(line), "<%d>%s[%d]: %s", SYSLOG_DAEMON | (int)priority, the_log.program,
		        (int)getpid(), text);
	else
		length = snprintf(line, sizeof(line), "<%d>%s\n", (int)priority, text);
	if (length < 0)
		return false;
	if ((size_t)length >= sizeof(line))
		length = (int)sizeof(line) - 1;
	switch (the_log.sink) {
	case SINK_STDERR:
		return stderr_write(line, (size_t)length);
	case SINK_SOCKET:
		return send(STDERR_FILENO, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) == length;
	case SINK_SYSLOG:
		return syslog_send(line, (size_t)length);
	}
	return false;
}

void log_tell_lost(void)
{
	char lost[80];

	if (the_log.untold == 0)
		return;
	snprintf(lost, sizeof(lost), "event=dropped what=log lines=%llu", (unsigned long long)the_log.untold);
	if (emit(LOG_PRIORITY_WARNING, lost))
		the_log.untold = 0;
}

void log_line(enum log_priority priority, const char *format, ...)
{
	char text[LOG_LINE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_tell_lost();
	if (!emit(priority, text)) {
		the_log.lost++;
		the_log.untold++;
	}
}

static bool is_plain(const char *value)
{
	size_t left = strlen(value);

	if (left == 0)
		return false;
	while (left > 0) {
		size_t size = utf8_harmless(value, left);

		if (size == 0 || (size == 1 && (*value == ' ' || strchr("\"=\\", *value))))
			return false;
		value += size;
		left -= size;
	}
	return true;
}

static size_t append(char line[], size_t size, size_t length, const char *bytes, size_t count)
{
	if (length + count >= size)
		return length;
	memcpy(line + length, bytes, count);
	line[length + count] = '\0';
	return length + count;
}

size_t log_append_text(char line[], size_t size, size_t length, const char *key, const char *value)
{
	length = append(line, size, length, " ", 1);
	length = append(line, size, length, key, strlen(key));
	length = append(line, size, length, "=", 1);
	if (is_plain(value))
		return append(line, size, length, value, strlen(value));
	length = append(line, size, length, "\"", 1);
	for (size_t left = strlen(value), step; left > 0 && length + 6 < size; value += step, left -= step) {
		char escaped[8];

		step = utf8_harmless(value, left);
		if (step == 0) {
			int count = snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned)(unsigned char)*value);

			length = append(line, size, length, escaped, (size_t)count);
			step = 1;
			continue;
		}
		if (*value == '"' || *value == '\\')
			length = append(line, size, length, "\\", 1);
		length = append(line, size, length, value, step);
	}
	return append(line, size, length, "\"", 1);
}

uint64_t log_lost(void)
{
	return the_log.lost;
}
