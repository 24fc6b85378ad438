/* SPDX-License-Identifier: MIT
 *
 * os/systemd/systemd: what is said to process 1, byte for byte where it counts, and what is made of its answers. The other side is
 * played by a child of this test, which answers as systemd 252 was seen to.
 */
#include "os/systemd/systemd.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 5000, TYPE_RETURN = 2, TYPE_ERROR = 3, TYPE_SIGNAL = 4 };

static char folder[64], path[96];

/* Serves one call: answers with `count` bytes after the greeting; leaves with 0 where the call held `wanted`. */
static pid_t serve(const char *wanted, size_t wanted_size, const void *answer, size_t count)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child;

	strcpy(address.sun_path, path);
	unlink(path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	child = fork();
	if (child == 0) {
		static const char welcome[] = "OK 0123456789abcdef\r\n";
		static char bytes[65536];
		int peer = accept(fd, NULL, NULL);
		ssize_t got = read(peer, bytes, sizeof(bytes));
		/* A NUL, then the greeting; who greets is root or whoever runs this. */
		bool greeted = got > 24 && memcmp(bytes, "\0AUTH EXTERNAL 3", 16) == 0 &&
		        memcmp(bytes + got - 7, "BEGIN\r\n", 7) == 0;

		(void)!write(peer, welcome, sizeof(welcome) - 1);
		got = read(peer, bytes, sizeof(bytes));
		/* In two pieces, as it may come. */
		(void)!write(peer, answer, count / 2);
		usleep(10000);
		(void)!write(peer, (const char *)answer + count / 2, count - count / 2);
		_exit(greeted && got > 0 && memmem(bytes, (size_t)got, wanted, wanted_size) ? 0 : 1);
	}
	close(fd);
	return child;
}

static void assert_served(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A message of this type with so many bytes of body, without fields. */
static size_t message(uint8_t *out, uint8_t type, const void *body, uint32_t length)
{
	static const uint16_t one = 1;
	const uint32_t numbers[] = {length, 7, 0};

	out[0] = *(const uint8_t *)&one ? 'l' : 'B';
	out[1] = type;
	out[2] = 1;
	out[3] = 1;
	memcpy(out + 4, numbers, sizeof(numbers));
	memcpy(out + 16, body, length);
	return 16 + length;
}

static size_t value(uint8_t *out, uint64_t usec)
{
	uint8_t body[16] = "\1t";

	memcpy(body + 8, &usec, sizeof(usec));
	return message(out, TYPE_RETURN, body, sizeof(body));
}

static void reads_the_property(void **state)
{
	uint8_t answer[64];
	uint64_t usec = 0;
	pid_t child = serve("RuntimeWatchdogUSec", 20, answer, value(answer, 60000000));

	(void)state;
	assert_int_equal(systemd_ask(path, SYSTEMD_GET_WATCHDOG, &usec, WAIT_MS), 0);
	assert_int_equal(usec, 60000000);
	assert_served(child);
}

static void sets_the_property(void **state)
{
	uint8_t answer[64];
	uint64_t usec = 0x0102030405060708;
	char wanted[16] = "\1t";
	pid_t child;

	(void)state;
	/* The variant, at a multiple of eight: after two texts of 36 and 24 bytes its signature ends at 63. */
	memcpy(wanted + 4, &usec, sizeof(usec));
	child = serve(wanted + 4, 8, answer, message(answer, TYPE_RETURN, "", 0));
	assert_int_equal(systemd_ask(path, SYSTEMD_SET_WATCHDOG, &usec, WAIT_MS), 0);
	assert_served(child);
}

/* It tells all who are connected of its jobs, also with more than we can hold. */
static void passes_signals_over(void **state)
{
	static uint8_t answer[3 * SYSTEMD_MESSAGE_LAST];
	static const uint8_t body[2 * SYSTEMD_MESSAGE_LAST];
	uint64_t usec = 0;
	size_t length = message(answer, TYPE_SIGNAL, body, sizeof(body));
	pid_t child;

	(void)state;
	length += message(answer + length, TYPE_SIGNAL, body, 8);
	length += value(answer + length, 15000000);
	child = serve("Reload", 7, answer, length);
	assert_int_equal(systemd_ask(path, SYSTEMD_RELOAD, &usec, WAIT_MS), 0);
	assert_served(child);
}

static void errors_are_told_apart(void **state)
{
	static const char denied[] = "org.freedesktop.DBus.Error.AccessDenied";
	uint8_t answer[128];
	uint64_t usec = 0;
	pid_t child = serve("Get", 4, answer, message(answer, TYPE_ERROR, denied, sizeof(denied)));

	(void)state;
	assert_int_equal(systemd_ask(path, SYSTEMD_GET_WATCHDOG, &usec, WAIT_MS), -EACCES);
	assert_served(child);
	child = serve("Get", 4, answer, message(answer, TYPE_ERROR, "other", 5));
	assert_int_equal(systemd_ask(path, SYSTEMD_GET_WATCHDOG, &usec, WAIT_MS), -EPROTO);
	assert_served(child);
	/* A value of another type, and one that hangs up. */
	child = serve("Get", 4, answer, message(answer, TYPE_RETURN, "\1s\0\0\0\0\0\0\1\0\0\0x", 13));
	assert_int_equal(systemd_ask(path, SYSTEMD_GET_WATCHDOG, &usec, WAIT_MS), -EPROTO);
	assert_served(child);
	child = serve("Get", 4, answer, 0);
	assert_int_equal(systemd_ask(path, SYSTEMD_GET_WATCHDOG, &usec, WAIT_MS), -EPROTO);
	assert_served(child);
	assert_int_equal(usec, 0);
}

static void another_process_1(void **state)
{
	uint64_t usec = 0;

	(void)state;
	assert_int_equal(systemd_ask("/nonexistent/private", SYSTEMD_GET_WATCHDOG, &usec, WAIT_MS), -ENOENT);
}

/* A process 1 that hangs is not waited for. */
static void silence(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct systemd_call call;
	uint64_t usec = 0;

	(void)state;
	strcpy(address.sun_path, path);
	unlink(path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(systemd_ask(path, SYSTEMD_GET_WATCHDOG, &usec, 50), -ETIMEDOUT);
	assert_int_equal(systemd_begin(&call, path, SYSTEMD_RELOAD, 0), 0);
	assert_int_equal(systemd_take(&call), -EAGAIN);
	systemd_end(&call);
	assert_int_equal(call.fd, -1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_the_property),
	        cmocka_unit_test(sets_the_property),
	        cmocka_unit_test(passes_signals_over),
	        cmocka_unit_test(errors_are_told_apart),
	        cmocka_unit_test(another_process_1),
	        cmocka_unit_test(silence),
	};
	int failed;

	snprintf(folder, sizeof(folder), "%s/systemd.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/private", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed;
}
