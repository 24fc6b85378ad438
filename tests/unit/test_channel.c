/* SPDX-License-Identifier: MIT
 *
 * Channels carry bytes, never descriptors.
 */
#include "os/channel/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINGER_S = 4, MUCH_EARLIER_MS = 1500 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A connected TCP socket with unsent bytes whose last close() blocks for LINGER_S seconds. */
static int lingering_socket(void)
{
	static char junk[65536];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	struct linger linger = {1, LINGER_S};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, length), 0);
	assert_true(accept(listener, NULL, NULL) >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 2; i++, usleep(50000))
		while (write(fd, junk, sizeof(junk)) > 0)
			;
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	return fd;
}

/* 0 or errno. The descriptor is ours no more. */
static int pass(int channel, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	char record[8] = "record";
	struct iovec bytes = {record, sizeof(record)};
	struct msghdr message = {
	        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	int error = sendmsg(channel, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
	if (!error)
		close(fd);
	return error;
}

/* P18: a record with a descriptor is not taken, whose close() would block the receiver; nor is the queue closed here. */
static void test_descriptors_stay_where_they_are(void **state)
{
	int fds[2];
	char record[8];
	(void)state;

	/* As on a kernel that cannot refuse to send them. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	int fd = lingering_socket();
	assert_int_equal(channel_send(fds[1], "before", 7), 0);
	assert_int_equal(pass(fds[1], fd), 0);
	int64_t begun_ms = now_ms();
	assert_int_equal(channel_receive(fds[0], record, sizeof(record)), 7);
	for (int i = 0; i < 3; i++)
		assert_int_equal(channel_receive(fds[0], record, sizeof(record)), -EBADMSG);
	assert_int_equal(channel_discard(fds), 0);
	assert_true(now_ms() - begun_ms < MUCH_EARLIER_MS);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	assert_int_equal(fcntl(fds[1], F_GETFD), -1);
	/* The process that closes them does not stay either. */
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_true(now_ms() - begun_ms < MUCH_EARLIER_MS);
}

/* P18: in a channel of ours a descriptor is refused when it is sent, or it is not taken. */
static void test_a_channel_takes_no_descriptors(void **state)
{
	int fds[2];
	char record[8];
	(void)state;

	assert_int_equal(channel_pair(fds), 0);
	for (int i = 0; i < 2; i++) {
		int fd = dup(STDIN_FILENO);
		int error = pass(fds[i], fd);
		if (error)
			assert_int_equal(error, EPERM);
		assert_int_equal(channel_receive(fds[!i], record, sizeof(record)), error ? -EAGAIN : -EBADMSG);
		if (error)
			close(fd);
	}
	assert_int_equal(channel_discard(fds), 0);
	assert_true(waitpid(-1, NULL, 0) > 0);
}

/* P18: who has only to listen can put nothing into the queue of the one who speaks. */
static void test_a_channel_of_one_direction(void **state)
{
	int fds[2];
	char record[8];
	(void)state;

	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(channel_only_send(fds[0]), 0);
	assert_int_equal(channel_send(fds[1], "record", 7), -EPIPE);
	assert_int_equal(channel_send(fds[0], "record", 7), 0);
	assert_int_equal(channel_receive(fds[1], record, sizeof(record)), 7);
	channel_end(fds[0]);
	assert_int_equal(channel_receive(fds[1], record, sizeof(record)), 0);
	close(fds[0]);
	close(fds[1]);
}

/* P15: records keep their bounds, and nothing waits. */
static void test_records_arrive_whole(void **state)
{
	int fds[2], sent = 0;
	char record[8];
	(void)state;

	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(channel_receive(fds[0], record, sizeof(record)), -EAGAIN);
	assert_int_equal(channel_send(fds[1], "longer than its room", 20), 0);
	assert_int_equal(channel_send(fds[1], "short", 6), 0);
	assert_int_equal(channel_receive(fds[0], record, sizeof(record)), 20);
	assert_int_equal(channel_receive(fds[0], record, sizeof(record)), 6);
	while (channel_send(fds[1], "short", 6) == 0)
		sent++;
	assert_int_equal(channel_send(fds[1], "short", 6), -EAGAIN);
	assert_true(sent > 100);
	close(fds[0]);
	close(fds[1]);
}

/* P18: an empty record is taken like any other one, and does not hold up what comes behind it. */
static void test_an_empty_record_holds_up_nothing(void **state)
{
	int fds[2];
	char record[8];
	(void)state;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(channel_send(fds[1], "", 0), 0);
	assert_int_equal(channel_send(fds[1], "short", 6), 0);
	assert_int_equal(channel_receive(fds[0], record, sizeof(record)), 0);
	assert_int_equal(channel_receive(fds[0], record, sizeof(record)), 6);
	assert_int_equal(channel_receive(fds[0], record, sizeof(record)), -EAGAIN);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_descriptors_stay_where_they_are),
	        cmocka_unit_test(test_a_channel_takes_no_descriptors),
	        cmocka_unit_test(test_a_channel_of_one_direction),
	        cmocka_unit_test(test_records_arrive_whole),
	        cmocka_unit_test(test_an_empty_record_holds_up_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
