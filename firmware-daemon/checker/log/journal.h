/* SPDX-License-Identifier: MIT
 *
 * Following the journal of one unit, through a journalctl of our own whose standard output we read. Thin. It is started by
 * need, and when it ends it is started again, after a delay that grows, from the cursor of the last entry that was read: so no
 * line of the time between is lost, nor of the time between two checkers. It stays in the checker's process group, so that
 * nothing is left of it where the checker is killed.
 *
 * Clock: CLOCK_MONOTONIC in milliseconds.
 */
#ifndef FEEDDOG_CHECKER_JOURNAL_H
#define FEEDDOG_CHECKER_JOURNAL_H

#include "journal_export.h"
#include "lines.h"

#include <stdint.h>
#include <sys/types.h>

struct journal {
	const char *unit;
	pid_t pid; /* 0: none runs */
	int fd;    /* its output */
	int error; /* why none runs: -ENOENT, there is no journalctl; -EPIPE, it ended; another -errno */
	uint32_t delay_ms;
	int64_t started_ms, start_at_ms;
	bool continues;  /* entries from before this journalctl count, back to export.since_us */
	bool is_started; /* it has given an entry; then there is a journal with this unit */
	struct journal_export export;
	char raw[8192]; /* read from it, and not taken yet from `raw_at` on */
	size_t raw_at, raw_length;
};

/* Where reading goes on. Fixed layout: it is kept in a file by the checker. */
struct journal_place {
	int64_t since_us, last_us;
	char cursor[CURSOR_SIZE];
};

/* The unit's name must stay valid. `place`: where the last checker of this boot has stopped; NULL: from now on. */
void journal_begin(struct journal *journal, const char *unit, const struct journal_place *place, int64_t now_ms);

/* What the next checker needs. */
void journal_store(const struct journal *journal, struct journal_place *place);

/* Starts journalctl, if none runs and it is time. True where one was started: give it a moment before journal_read(). */
bool journal_start(struct journal *journal, int64_t now_ms);

/* Waits until journalctl has said something or ended, but no longer than that. */
void journal_wait(const struct journal *journal, int for_ms);

/*
 * Puts more into `lines`, all lines of which were taken. More than 0: there may be more; 0: there is no more for now; -errno
 * as in `error` where journalctl does not run, or of journal_source_check() where it has nothing to follow.
 */
__attribute__((warn_unused_result)) long journal_read(struct journal *journal, struct lines *lines, int64_t now_ms);

void journal_end(struct journal *journal);

#endif
