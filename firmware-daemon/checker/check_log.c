/* SPDX-License-Identifier: MIT
 *
 * log: counts the lines of a log that match a pattern, and is bad when `count` of them came within `within_ms`. That needs no
 * retries: the threshold is the patience. See match_window.h for when it is over, log_file.h for what becomes of a file that
 * is rotated, journal.h for the journal.
 *
 * What comes is read once per interval, in slices between which others have their turn, and up to a limit; the rest is for
 * the next run, so that a server that floods its log cannot stall the other checks. The place in a file is kept in RUN, from
 * where a checker that was started again goes on; the first checker of a feeddogd begins at the end of the file.
 *
 * A file or journal that cannot be read is unknown, with the reason; one that is missing for a moment is being rotated.
 */
#include "loop.h"

#include "../config/pattern.h"
#include "../os/clock.h"
#include "../os/store.h"
#include "journal.h"
#include "log_file.h"
#include "match_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLICE_SIZE = 64 * 1024,
	RUN_SIZE = 4 * 1024 * 1024,
	PATTERN_WORK = 40000000, /* a line needs no more: LINE_SIZE * PATTERN_STATES_MAX */
	JOURNAL_SETTLE_MS = 500, /* a journalctl that cannot run has ended by then */
};

struct log_watch {
	struct pattern *pattern;
	struct match_window window;
	struct log_file file; /* where spec->path, else */
	struct journal journal;
	struct lines lines;
	struct log_place saved; /* what is in RUN */
	bool missing;           /* the file was, in the last run */
	long left;              /* bytes that this run may read */
};

static void begin_file(struct probe *probe, struct log_watch *watch)
{
	const char *path = flat_text(probe->flat, probe->spec->path);
	struct log_place place;
	char record[PATH_MAX];

	probe_record_path(probe, record);
	bool known = probe->checker->generation > 1 && store_read(record, &place, sizeof(place)) == sizeof(place) &&
	        place.tail_length <= LOG_TAIL_SIZE && place.tail_length <= place.offset;
	log_file_begin(&watch->file, path, known ? &place : NULL);
}

static int log_init(struct probe *probe)
{
	struct log_watch *watch = calloc(1, sizeof(*watch));
	const char *reason;

	if (!watch)
		return -ENOMEM;
	if (match_window_open(&watch->window, probe->spec->count, probe->spec->within_ms) < 0) {
		free(watch);
		return -ENOMEM;
	}
	watch->pattern = pattern_compile(flat_text(probe->flat, probe->spec->pattern), &reason);
	if (!watch->pattern) {
		match_window_close(&watch->window);
		free(watch);
		return -EINVAL;
	}
	if (probe->spec->unit)
		journal_begin(&watch->journal, flat_text(probe->flat, probe->spec->unit));
	else
		begin_file(probe, watch);
	probe->own = watch;
	return 0;
}

/* Not worth a word where it fails: then a new checker begins at the end of the file. */
static void save_place(const struct probe *probe, struct log_watch *watch)
{
	char record[PATH_MAX];

	if (memcmp(&watch->saved, &watch->file.place, sizeof(watch->saved)) == 0)
		return;
	watch->saved = watch->file.place;
	probe_record_path(probe, record);
	(void)!store_replace(record, &watch->saved, sizeof(watch->saved), 0600);
}

static struct verdict judge(struct log_watch *watch, long error)
{
	uint32_t matches = match_window_judge(&watch->window, clock_now_ms());

	if (matches > 0)
		return (struct verdict){.outcome = OUTCOME_BAD,
		        .cause = CAUSE_PATTERN,
		        .detail = (int32_t)matches,
		        .conclusive = CONCLUSIVE_YES};
	if (error == -ENOENT)
		return (struct verdict){.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_ABSENT, .detail = ENOENT};
	return error < 0 ? cannot_probe((int)-error) : (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK};
}

/* All is read, or enough for this time, or no more can be. */
static void finish(struct probe *probe, long error)
{
	struct log_watch *watch = probe->own;
	bool missing = error == -ENOENT;

	if (probe->spec->path && watch->file.fd >= 0) {
		log_file_pause(&watch->file, &watch->lines);
		save_place(probe, watch);
		/* Between its last look and the next a file may be moved away before it is made anew. */
		if (missing && !watch->missing)
			error = 0;
	}
	watch->missing = missing;
	probe_end(probe, judge(watch, error));
}

static long read_more(struct probe *probe)
{
	struct log_watch *watch = probe->own;

	return probe->spec->unit ? journal_read(&watch->journal, &watch->lines, clock_now_ms())
	                         : log_file_read(&watch->file, &watch->lines);
}

static void match_lines(struct log_watch *watch)
{
	int64_t now_ms = clock_now_ms();
	const char *line;

	while ((line = lines_next(&watch->lines)))
		if (pattern_matches(watch->pattern, line, strlen(line), PATTERN_WORK) == PATTERN_YES)
			match_window_add(&watch->window, now_ms);
}

/* Reads a slice; where that was not all, the others have their turn first. */
static void read_slice(struct probe *probe)
{
	struct log_watch *watch = probe->own;
	int64_t until_ms = probe->started_ms + probe->rule->timeout_ms;
	long length = 1;

	for (long slice = 0; slice < SLICE_SIZE && length > 0; slice += length) {
		length = read_more(probe);
		match_lines(watch);
		watch->left -= length;
	}
	if (length > 0 && watch->left > 0 && clock_now_ms() < until_ms)
		schedule_set(&probe->checker->schedule, &probe->timer, clock_now_ms() + 1);
	else
		finish(probe, length < 0 ? length : 0);
}

static void log_start(struct probe *probe)
{
	struct log_watch *watch = probe->own;
	int64_t now_ms = clock_now_ms();
	int64_t settle_ms = probe->rule->timeout_ms / 2;

	watch->left = RUN_SIZE;
	if (probe->spec->unit) {
		settle_ms = settle_ms < JOURNAL_SETTLE_MS ? settle_ms : JOURNAL_SETTLE_MS;
		if (journal_start(&watch->journal, now_ms))
			schedule_set(&probe->checker->schedule, &probe->timer, now_ms + settle_ms);
		else
			read_slice(probe);
		return;
	}
	int error = log_file_resume(&watch->file, &watch->lines);
	if (error < 0)
		finish(probe, error);
	else
		read_slice(probe);
}

static void log_cleanup(struct probe *probe)
{
	struct log_watch *watch = probe->own;

	if (probe->spec->unit)
		journal_end(&watch->journal);
	else
		log_file_close(&watch->file);
	pattern_free(watch->pattern);
	match_window_close(&watch->window);
	free(watch);
	probe->own = NULL;
}

const struct probe_kind check_log = {
        .init = log_init,
        .start = log_start,
        /* Its timer is that of the next slice. */
        .timeout = read_slice,
        .cleanup = log_cleanup,
};
