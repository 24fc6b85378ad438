/* SPDX-License-Identifier: MIT
 *
 * A journalctl and the pipe from it. The pipe is made as large as an ordinary user may: what is logged between two probes
 * has to find room in it, or waits.
 */
#include "journal.h"

#include "core/respawn.h"
#include "os/storage/boot_id.h"
#include "os/process/spawn.h"
#include "journal_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_SIZE = 1 << 20 };

/* The kernel writes it with dashes, the journal without. */
static void read_boot_id(char out[BOOT_ID_SIZE])
{
	char id[64];
	size_t length = 0;

	boot_id_read(false, id, sizeof(id));
	for (const char *c = id; *c && length + 1 < BOOT_ID_SIZE; c++)
		if (*c != '-')
			out[length++] = *c;
	out[length] = '\0';
}

void journal_begin(struct journal *journal, const char *unit, const struct journal_place *place, int64_t now_ms)
{
	*journal = (struct journal){.unit = unit, .fd = -1, .error = -EPIPE, .export.since_us = now_ms * 1000};
	read_boot_id(journal->export.boot_id);
	if (!place)
		return;
	journal->continues = true;
	journal->export.since_us = place->since_us;
	journal->export.last_us = place->last_us;
	memcpy(journal->export.cursor, place->cursor, CURSOR_SIZE);
	journal->export.cursor[CURSOR_SIZE - 1] = '\0';
}

void journal_store(const struct journal *journal, struct journal_place *place)
{
	*place = (struct journal_place){.since_us = journal->export.since_us, .last_us = journal->export.last_us};
	memcpy(place->cursor, journal->export.cursor, CURSOR_SIZE);
}

/*
 * From the cursor on; or from the unit's last entry, which is passed over and gives the first cursor; or, where an earlier
 * journalctl found no entry at all, all of this boot, of which what is too old is passed over.
 */
static pid_t spawn(struct journal *journal, int output)
{
	char cursor[CURSOR_SIZE + sizeof("--after-cursor=")];
	const char *first = "--lines=1";
	const char *second = "--quiet";

	if (journal->export.cursor[0]) {
		(void)snprintf(cursor, sizeof(cursor), "--after-cursor=%s", journal->export.cursor);
		first = cursor;
		second = "--no-tail";
	} else if (journal->continues) {
		first = "--boot";
		second = "--no-tail";
	}
	/* execve() promises not to write to them. */
	char *argv[] = {(char *)"journalctl", (char *)"--follow", (char *)"--output=export",
	        (char *)"--output-fields=MESSAGE", (char *)"--quiet", (char *)"--unit", (char *)journal->unit,
	        (char *)first, (char *)second, NULL};
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
	journal->raw_at = 0;
	journal->raw_length = 0;
	journal->is_started = false;
	journal_export_reset(&journal->export);
	journal->pid = spawn(journal, ends[1]);
	journal->continues = true;
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

/* It has closed its output, so it is ending. The lines of an entry that is not whole come again. */
static int take_end(struct journal *journal, struct lines *lines, int64_t now_ms)
{
	int status = reap(journal);
	bool missing = WIFEXITED(status) && WEXITSTATUS(status) == SPAWN_NOT_FOUND;

	*lines = (struct lines){.start = 0};
	/* A cursor that this journalctl does not take: go on by the time of the last entry. */
	if (!journal->is_started && journal->export.cursor[0] && WIFEXITED(status) && WEXITSTATUS(status) != 0) {
		journal->export.cursor[0] = '\0';
		if (journal->export.last_us > 0)
			journal->export.since_us = journal->export.last_us + 1;
	}
	journal->error = missing ? -ENOENT : -EPIPE;
	journal->delay_ms = respawn_delay_ms(journal->delay_ms, now_ms - journal->started_ms);
	journal->start_at_ms = now_ms + journal->delay_ms;
	return journal->error;
}

long journal_read(struct journal *journal, struct lines *lines, int64_t now_ms)
{
	if (journal->pid == 0)
		return journal->error;
	if (journal->raw_at == journal->raw_length) {
		ssize_t length = read(journal->fd, journal->raw, sizeof(journal->raw));

		if (length < 0 && (errno == EAGAIN || errno == EINTR))
			return journal->export.cursor[0] || journal->is_started ? 0
			                                                        : journal_source_check(journal->unit);
		if (length <= 0)
			return take_end(journal, lines, now_ms);
		journal->raw_at = 0;
		journal->raw_length = (size_t)length;
		journal->is_started = true;
	}
	journal->raw_at += journal_export_take(
	        &journal->export, journal->raw + journal->raw_at, journal->raw_length - journal->raw_at, lines);
	return 1;
}

void journal_end(struct journal *journal)
{
	if (journal->pid > 0)
		(void)reap(journal);
}
