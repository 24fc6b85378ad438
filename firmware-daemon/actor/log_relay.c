/* SPDX-License-Identifier: MIT
 *
 * A full disk is no reason to end: it may have room again.
 */
#include "log_relay.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

void log_relay(void)
{
	static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ};
	char bytes[4096];
	unsigned long long lost = 0;
	bool cut = false;
	ssize_t size;

	/* The last words come after the signal that ends all. */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	while ((size = read(STDIN_FILENO, bytes, sizeof(bytes))) != 0) {
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return;
		if (lost > 0 && say_lost(lost, &cut))
			lost = 0;
		if (lost > 0 || !write_whole(bytes, (size_t)size, &cut))
			lost += lines_in(bytes, (size_t)size);
	}
}
