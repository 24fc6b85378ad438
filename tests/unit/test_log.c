/* SPDX-License-Identifier: MIT
 *
 * os/log: wherever the log goes, nobody waits for whoever does not take it.
 */
#include "os/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 20000, WAITS_S = 20, FAILED = 1 };

ssize_t __real_sendto(
        int fd, const void *bytes, size_t size, int flags, const struct sockaddr *address, socklen_t address_size);
ssize_t __wrap_sendto(
        int fd, const void *bytes, size_t size, int flags, const struct sockaddr *address, socklen_t address_size);

/* What listens at /dev/log in this test; the machine's own is left alone. */
static struct sockaddr_un listener;

ssize_t __wrap_sendto(
        int fd, const void *bytes, size_t size, int flags, const struct sockaddr *address, socklen_t address_size)
{
	const struct sockaddr_un *to = (const struct sockaddr_un *)(const void *)address;

	if (strcmp(to->sun_path, "/dev/log") != 0 || !(flags & MSG_DONTWAIT)) {
		errno = EINVAL;
		return -1;
	}
	return __real_sendto(fd, bytes, size, flags, (const struct sockaddr *)&listener, address_size);
}

/* Runs `body` in a process of its own, whose standard error is its to replace; a wait for anybody ends it. */
static void apart(bool (*body)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(WAITS_S);
		_exit(body() ? EXIT_SUCCESS : FAILED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status)); /* and not by the alarm */
	assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
}

/* As long as this is so, nothing can be opened. */
static void allow_descriptors(bool allowed)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = allowed ? limit.rlim_max : 0;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void write_many(void)
{
	for (int i = 0; i < MANY; i++)
		log_line(LOG_PRIORITY_NOTICE, "event=state number=%d", i);
}

static bool is_nonblocking(int fd)
{
	return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

/* Standard error becomes a terminal that nobody reads. */
static bool have_terminal(int *master)
{
	int terminal;

	if (openpty(master, &terminal, NULL, NULL, NULL) != 0)
		return false;
	return dup2(terminal, STDERR_FILENO) == STDERR_FILENO;
}

static bool on_terminal(void)
{
	int master;

	if (!have_terminal(&master))
		return false;
	log_open("test");
	write_many();
	return log_lost() > 0 && log_lost() < MANY && !is_nonblocking(STDERR_FILENO);
}

/* As it is for somebody else's: it cannot be opened again, for a description of our own. */
static bool without_another_description(void)
{
	allow_descriptors(false);
	log_open("test");
	allow_descriptors(true);
	write_many();
	return log_lost() > 0 && log_lost() < MANY;
}

static bool on_terminal_of_others(void)
{
	int master;

	return have_terminal(&master) && without_another_description();
}

static bool on_pipe_of_others(void)
{
	int fds[2];

	return pipe(fds) == 0 && dup2(fds[1], STDERR_FILENO) >= 0 && without_another_description();
}

/* P15 */
static void full_terminal_is_not_waited_for(void **state)
{
	(void)state;
	apart(on_terminal);
}

/* P15 */
static void full_terminal_of_others_is_not_waited_for(void **state)
{
	(void)state;
	apart(on_terminal_of_others);
	apart(on_pipe_of_others);
}

static int listen_at_a_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	listener.sun_family = AF_UNIX;
	(void)snprintf(listener.sun_path, sizeof(listener.sun_path), "log-%d", (int)getpid());
	unlink(listener.sun_path);
	return bind(fd, (const struct sockaddr *)&listener, sizeof(listener)) == 0 ? fd : -1;
}

/* Reads all that waits; whether one of the lines is `wanted`. */
static bool hears(int fd, const char *wanted)
{
	char line[LOG_LINE_SIZE];
	bool heard = false;
	ssize_t length;

	while ((length = recv(fd, line, sizeof(line) - 1, 0)) > 0) {
		line[length] = '\0';
		heard = heard || strcmp(line, wanted) == 0;
	}
	return heard;
}

/* Lines arrive; those that nobody takes are lost, and their number is said; so are those that nobody listens for. */
static bool reaches_syslog(void)
{
	char wanted[128];
	int fd = listen_at_a_socket();

	if (fd < 0)
		return false;
	log_line(LOG_PRIORITY_NOTICE, "event=armed");
	(void)snprintf(wanted, sizeof(wanted), "<29>test[%d]: event=armed", (int)getpid());
	if (!hears(fd, wanted))
		return false;
	write_many();
	unsigned long long lost = log_lost();
	hears(fd, "");
	/* Also where no line follows. */
	log_tell_lost();
	(void)snprintf(wanted, sizeof(wanted), "<28>test[%d]: event=dropped what=log lines=%llu", (int)getpid(), lost);
	if (lost == 0 || lost >= MANY || !hears(fd, wanted))
		return false;
	/* It is restarted meanwhile. */
	close(fd);
	unlink(listener.sun_path);
	write_many();
	if (log_lost() != lost + MANY)
		return false;
	fd = listen_at_a_socket();
	log_line(LOG_PRIORITY_NOTICE, "event=state");
	(void)snprintf(wanted, sizeof(wanted), "<29>test[%d]: event=state", (int)getpid());
	bool heard = hears(fd, wanted);
	unlink(listener.sun_path);
	return heard;
}

static bool with_null_device(void)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDERR_FILENO);
	log_open("test");
	return reaches_syslog();
}

static bool with_nothing(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	log_open("test");
	/* What is opened from here on is not taken for standard error. */
	int fd = open("/dev/zero", O_RDONLY);
	return fd > STDERR_FILENO && fcntl(STDERR_FILENO, F_GETFD) >= 0 && reaches_syslog();
}

/* P15: as a script of SysV init starts it, with its standard error at /dev/null. */
static void without_standard_error_lines_go_to_syslog(void **state)
{
	(void)state;
	apart(with_null_device);
	apart(with_nothing);
}

/* Lines until there is no more room for those of others; then those of our own still find some. Read, there is room again. */
static bool keeps_room(int reader)
{
	char bytes[LOG_LINE_SIZE];
	int others = 0, own = 0;

	log_open("test");
	for (; log_has_room(); others++)
		log_line(LOG_PRIORITY_INFO, "event=output service=noisy text=%0100d", others);
	for (; log_lost() == 0; own++)
		log_line(LOG_PRIORITY_INFO, "event=restart service=web attempt=%0100d", own);
	if (others == 0 || own < others / 4 || log_has_room())
		return false;
	while (!log_has_room())
		if (read(reader, bytes, sizeof(bytes)) <= 0)
			return false;
	return true;
}

static bool room_in_a_pipe(void)
{
	int fds[2];

	return pipe(fds) == 0 && dup2(fds[1], STDERR_FILENO) >= 0 && keeps_room(fds[0]);
}

static bool room_in_a_stream(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 && dup2(fds[1], STDERR_FILENO) >= 0 && keeps_room(fds[0]);
}

static bool room_elsewhere(void)
{
	int null = open("/dev/null", O_RDWR);
	FILE *file = tmpfile();
	bool everywhere;

	if (!file || dup2(fileno(file), STDERR_FILENO) < 0)
		return false;
	log_open("test");
	write_many();
	everywhere = log_has_room();
	dup2(null, STDERR_FILENO);
	log_open("test");
	return everywhere && log_has_room();
}

/* P18: what others print leaves room for feeddog's own lines while nobody reads the log. */
static void others_leave_room(void **state)
{
	(void)state;
	apart(room_in_a_pipe);
	apart(room_in_a_stream);
	apart(room_elsewhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(full_terminal_is_not_waited_for),
	        cmocka_unit_test(full_terminal_of_others_is_not_waited_for),
	        cmocka_unit_test(without_standard_error_lines_go_to_syslog),
	        cmocka_unit_test(others_leave_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
