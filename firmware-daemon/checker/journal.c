/* SPDX-License-Identifier: MIT
 *
 * A journalctl and the pipe from it. The pipe is made as large as an ordinary user may: what is logged between two probes
 * has to find room in it, or waits.
 */
#include "journal.h"

#include "../core/respawn.h"
#include "../os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_SIZE = 1 << 20, EXIT_NOT_FOUND = 127 };

void journal_begin(struct journal *journal, const char *unit)
{
	*journal = (struct journal){.unit = unit, .fd = -1, .error = -EPIPE};
}

static pid_t spawn(const struct journal *journal, int output)
{
	/* execve() promises not to write to them. */
	char *argv[] = {(char *)"journalctl", (char *)"--follow", (char *)"--lines=0", (char *)"--output=cat",
	        (char *)"--quiet", (char *)"--unit", (char *)journal->unit, NULL};
	/* What it complains of is said once; it would be said again at each start. */
	const int fds[] = {-1, output, journal->delay_ms == 0 ? STDERR_FILENO : -1};
	const struct spawn spawn = {.path = argv[0], .argv = argv, .fds = fds, .fd_count = 3};

	return spawn_start(&spawn);
}

bool journal_start(struct journal *journal, int64_t now_ms)
{
	int ends[2];

	if (journal->pid > 0 || now_ms < journal->start_at_ms)
		return false;
	journal->started_ms = now_ms;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		journal->error = -errno;
		return false;
	}
	/* Ours does not block; its must, or what it cannot write is lost. */
	(void)fcntl(ends[1], F_SETFL, 0);
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	journal->pid = spawn(journal, ends[1]);
	close(ends[1]);
	if (journal->pid > 0) {
		journal->fd = ends[0];
		return true;
	}
	journal->error = journal->pid;
	journal->pid = 0;
	close(ends[0]);
	return false;
}

void journal_wait(const struct journal *journal, int for_ms)
{
	struct pollfd output = {.fd = journal->fd, .events = POLLIN};

	(void)poll(&output, 1, for_ms);
}

/* Ends it if it has not ended. Its exit status. */
static int reap(struct journal *journal)
{
	int status = 0;

	close(journal->fd);
	journal->fd = -1;
	(void)kill(journal->pid, SIGKILL);
	while (waitpid(journal->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	journal->pid = 0;
	return status;
}

long journal_read(struct journal *journal, struct lines *lines, int64_t now_ms)
{
	size_t size;
	char *room = lines_room(lines, &size);

	if (journal->pid == 0)
		return journal->error;
	ssize_t length = read(journal->fd, room, size);
	if (length > 0)
		lines_add(lines, (size_t)length);
	if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)))
		return length > 0 ? length : 0;
	/* It has closed its output, so it is ending. */
	lines_end(lines);
	int status = reap(journal);
	bool missing = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_FOUND;
	journal->error = missing ? -ENOENT : -EPIPE;
	journal->delay_ms = respawn_delay_ms(journal->delay_ms, now_ms - journal->started_ms);
	journal->start_at_ms = now_ms + journal->delay_ms;
	return journal->error;
}

void journal_end(struct journal *journal)
{
	if (journal->pid > 0)
		(void)reap(journal);
}
