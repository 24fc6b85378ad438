/* SPDX-License-Identifier: MIT
 *
 * Following the journal of one unit, through a journalctl of our own whose standard output we read. Thin. It is started by
 * need, and when it ends it is started again, after a delay that grows; lines of the time between are not seen. It stays in
 * the checker's process group, so that nothing is left of it where the checker is killed.
 *
 * Clock: CLOCK_MONOTONIC in milliseconds.
 */
#ifndef FEEDDOG_CHECKER_JOURNAL_H
#define FEEDDOG_CHECKER_JOURNAL_H

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
};

/* The unit's name must stay valid. */
void journal_begin(struct journal *journal, const char *unit);

/* Starts journalctl, if none runs and it is time. True where one was started: give it a moment before journal_read(). */
bool journal_start(struct journal *journal, int64_t now_ms);

/* Waits until journalctl has said something or ended, but no longer than that. */
void journal_wait(const struct journal *journal, int for_ms);

/*
 * Puts more into `lines`, all lines of which were taken. How many bytes; 0: there is no more for now; -errno as in `error`
 * where journalctl does not run.
 */
__attribute__((warn_unused_result)) long journal_read(struct journal *journal, struct lines *lines, int64_t now_ms);

void journal_end(struct journal *journal);

#endif
