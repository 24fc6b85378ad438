/* SPDX-License-Identifier: MIT
 *
 * One run: begin, slices of reading and matching up to the time that it has, end.
 */
#include "log_reader.h"

#include "os/clock.h"
#include "os/storage/store.h"
#include "checker/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATTERN_WORK = 40000000, /* a line needs no more: LINE_SIZE * PATTERN_STATES_MAX */
	JOURNAL_SETTLE_MS = 500, /* a journalctl that cannot run has ended by then */
};

/* What is in RUN. Fixed layout, but it never outlives a boot. */
struct log_record {
	struct log_place place;       /* of a file */
	struct journal_place journal; /* or of a journal */
	struct match_record window;
	int64_t times_ms[]; /* window.filled of them */
};

static size_t record_size(const struct log_record *record)
{
	return sizeof(*record) + record->window.filled * sizeof(record->times_ms[0]);
}

/* What the last checker of this feeddogd has left. False: nothing that can be used. */
static bool read_record(struct log_reader *reader)
{
	struct log_record *record = reader->record;
	long length = store_read(reader->record_path, record, reader->record_room);

	if (length < (long)sizeof(*record))
		return false;
	return record->window.filled <= reader->window.count && (size_t)length == record_size(record) &&
	        record->place.tail_length <= LOG_TAIL_SIZE && record->place.tail_length <= record->place.offset;
}

static void begin(struct log_reader *reader, const struct probe *probe)
{
	bool known;

	probe_record_path(probe, reader->record_path);
	known = probe->checker->generation > 1 && read_record(reader);
	if (known)
		match_window_restore(&reader->window, &reader->record->window, reader->record->times_ms);
	reader->is_journal = probe->spec->unit != 0;
	if (reader->is_journal)
		journal_begin(&reader->journal, flat_text(probe->flat, probe->spec->unit),
		        known ? &reader->record->journal : NULL, clock_now_ms());
	else
		log_file_begin(&reader->file, flat_text(probe->flat, probe->spec->path),
		        known ? &reader->record->place : NULL);
}

struct log_reader *log_reader_new(const struct probe *probe)
{
	struct log_reader *reader = calloc(1, sizeof(*reader));
	uint32_t count = probe->spec->count;
	const char *reason;

	if (!reader)
		return NULL;
	reader->file.fd = -1;
	reader->journal.fd = -1;
	reader->record_room = sizeof(struct log_record) + count * sizeof(int64_t);
	reader->record = calloc(1, reader->record_room);
	reader->saved = calloc(1, reader->record_room);
	reader->pattern = pattern_compile(flat_text(probe->flat, probe->spec->pattern), &reason);
	if (!reader->record || !reader->saved || !reader->pattern ||
	        match_window_open(&reader->window, count, probe->spec->within_ms) < 0) {
		log_reader_free(reader);
		return NULL;
	}
	begin(reader, probe);
	return reader;
}

void log_reader_free(struct log_reader *reader)
{
	if (reader->is_journal)
		journal_end(&reader->journal);
	else
		log_file_close(&reader->file);
	pattern_free(reader->pattern);
	match_window_close(&reader->window);
	free(reader->record);
	free(reader->saved);
	free(reader);
}

/* Where RUN cannot be written, the next checker begins at the end of the file; there is no more to do about it. */
static void save_record(struct log_reader *reader)
{
	size_t size;

	if (reader->is_journal)
		journal_store(&reader->journal, &reader->record->journal);
	else
		reader->record->place = reader->file.place;
	match_window_store(&reader->window, &reader->record->window, reader->record->times_ms);
	size = record_size(reader->record);
	if (size == reader->saved_size && memcmp(reader->record, reader->saved, size) == 0)
		return;
	memcpy(reader->saved, reader->record, size);
	reader->saved_size = size;
	(void)!store_replace(reader->record_path, reader->record, size, 0600);
}

static void match_lines(struct log_run *run)
{
	struct log_reader *reader = run->reader;
	int64_t now_ms = clock_now_ms();
	const char *line;

	while ((line = lines_next(&reader->lines))) {
		enum pattern_answer answer = pattern_matches(reader->pattern, line, strlen(line), PATTERN_WORK);

		if (answer == PATTERN_YES)
			match_window_add(&reader->window, now_ms);
		run->given_up = run->given_up || answer == PATTERN_GIVEN_UP;
	}
}

/* How many bytes; 0: there is no more for now; -errno. */
static long read_more(struct log_reader *reader)
{
	return reader->is_journal ? journal_read(&reader->journal, &reader->lines, clock_now_ms())
	                          : log_file_read(&reader->file, &reader->lines);
}

static int resume(struct log_reader *reader, int64_t until_ms)
{
	int64_t left_ms = until_ms - clock_now_ms();

	if (!reader->is_journal)
		return log_file_resume(&reader->file, &reader->lines);
	if (journal_start(&reader->journal, clock_now_ms()) && left_ms > 0)
		journal_wait(&reader->journal, left_ms < JOURNAL_SETTLE_MS ? (int)left_ms : JOURNAL_SETTLE_MS);
	return 0;
}

void log_reader_run(void *block)
{
	struct log_run *run = block;
	struct log_reader *reader = run->reader;
	long length = resume(reader, run->until_ms);

	if (length == 0) {
		do {
			length = read_more(reader);
			match_lines(run);
		} while (length > 0 && clock_now_ms() < run->until_ms);
	}
	run->error = length < 0 ? (int)-length : 0;
	if (!reader->is_journal && reader->file.fd >= 0) {
		log_file_pause(&reader->file, &reader->lines);
		run->behind = length > 0 ? log_file_behind(&reader->file) : 0;
	}
	run->matches = match_window_judge(&reader->window, clock_now_ms());
	if (reader->is_journal || reader->file.place.inode != 0)
		save_record(reader);
}
