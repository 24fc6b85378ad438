/* SPDX-License-Identifier: MIT
 *
 * A full disk is no reason to end: it may have room again.
 */
#include "log_relay.h"

#include "helper_log.h"

#include "os/clock.h"
#include "os/spin_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What was copied of the log of feeddogd. */
struct own {
	unsigned long long lost; /* lines that the disk did not take, not said yet */
	bool cut;                /* a line was begun and not ended */
	struct spin_guard spin;
};

/* False where not all of it could be written; *cut: a line was begun and not ended. */
static bool write_whole(const char *bytes, size_t size, bool *cut)
{
	while (size > 0) {
		ssize_t written = write(STDERR_FILENO, bytes, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		*cut = bytes[written - 1] != '\n';
		bytes += written;
		size -= (size_t)written;
	}
	return true;
}

static unsigned long long lines_in(const char *bytes, size_t size)
{
	unsigned long long lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += bytes[i] == '\n';
	return lines;
}

/* Says how many were lost, in a line of its own. */
static bool say_lost(unsigned long long lost, bool *cut)
{
	char line[80];
	int length = snprintf(line, sizeof(line), "%s<4>event=dropped what=log lines=%llu\n", *cut ? "\n" : "", lost);

	return write_whole(line, (size_t)length, cut);
}

/* The log of feeddogd and the actor, as it comes. False at its end. */
static bool copy_own(struct own *own)
{
	char bytes[4096];
	ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (size <= 0)
		return false;
	if (own->lost > 0 && say_lost(own->lost, &own->cut))
		own->lost = 0;
	if (own->lost > 0 || !write_whole(bytes, (size_t)size, &own->cut))
		own->lost += lines_in(bytes, (size_t)size);
	return true;
}

/* Lines of helpers must not stand in the middle of a line of feeddogd. */
static void serve(struct own *own, struct helper_log logs[], size_t count, bool *ended)
{
	struct pollfd fds[1 + LOG_RELAY_HELPERS] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	int64_t now_ms = clock_now_ms();
	int64_t wait_ms = -1;

	for (size_t i = 0; i < count; i++) {
		int64_t rest_ms = helper_log_rest_ms(&logs[i], now_ms);
		int64_t step_ms = helper_log_wait_ms(&logs[i], now_ms);

		if (step_ms >= 0 && !own->cut && (wait_ms < 0 || step_ms < wait_ms))
			wait_ms = step_ms;
		fds[i + 1] = (struct pollfd){.fd = rest_ms > 0 || own->cut ? -1 : logs[i].fd, .events = POLLIN};
		if (rest_ms > 0 && (wait_ms < 0 || rest_ms < wait_ms))
			wait_ms = rest_ms;
	}
	int ready = poll(fds, 1 + count, (int)wait_ms);
	spin_guard_rest(&own->spin, now_ms);
	/* Where the wait fails, only reading shows whether feeddogd has ended. */
	for (size_t i = 0; ready < 0 && i < 1 + count; i++)
		fds[i].revents = fds[i].fd < 0 ? 0 : POLLIN;
	if (fds[0].revents)
		*ended = !copy_own(own);
	for (size_t i = 0; i < count && !own->cut; i++) {
		if (fds[i + 1].revents)
			helper_log_read(&logs[i], clock_now_ms());
		helper_log_step(&logs[i], clock_now_ms());
	}
}

void log_relay(void)
{
	static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ};
	static struct helper_log logs[LOG_RELAY_HELPERS];
	struct own own = {.spin = spin_guard_of_helper};
	bool ended = false;

	/* The last words come after the signal that ends all. */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	helper_log_begin(&logs[0], LOG_RELAY_CHECKER, "checker", clock_now_ms());
	helper_log_begin(&logs[1], LOG_RELAY_LED, "led", clock_now_ms());
	while (!ended)
		serve(&own, logs, LOG_RELAY_HELPERS, &ended);
	for (size_t i = 0; i < LOG_RELAY_HELPERS; i++)
		helper_log_end(&logs[i], clock_now_ms());
}
