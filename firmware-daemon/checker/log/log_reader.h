/* SPDX-License-Identifier: MIT
 *
 * What a log check does in its worker: reads what has come since the last run, for a bounded time, counts the lines that
 * match, and keeps in RUN where it stopped and which matches still count, from where a checker that was started again goes
 * on. The reader belongs to the worker while that is busy, and to the loop otherwise.
 */
#ifndef FEEDDOG_CHECKER_LOG_READER_H
#define FEEDDOG_CHECKER_LOG_READER_H

#include "pattern/pattern.h"
#include "journal.h"
#include "log_file.h"
#include "match_window.h"
#include "checker/probe.h"

struct log_record;

struct log_reader {
	struct pattern *pattern;
	struct match_window window;
	bool is_journal;
	struct log_file file; /* unless is_journal */
	struct journal journal;
	struct lines lines;
	char record_path[PATH_MAX];
	struct log_record *record, *saved; /* the second is what is in RUN, where there is one */
	size_t record_room, saved_size;
};

/* The question and the answer of one run. */
struct log_run {
	struct log_reader *reader;
	int64_t until_ms; /* CLOCK_MONOTONIC: read no longer */
	uint32_t matches; /* too many within the window; 0: they are not */
	int error;        /* 0, or why nothing (more) can be read: an errno */
	bool given_up;    /* on some line, by the pattern */
	uint64_t behind;  /* bytes of the file that are not read yet */
};

/* NULL: no memory, or the pattern cannot be used. */
struct log_reader *log_reader_new(const struct probe *probe);

/* For worker_ask(): a struct log_run. */
void log_reader_run(void *block);

void log_reader_free(struct log_reader *reader);

#endif
