/* SPDX-License-Identifier: MIT
 *
 * The record of a fire drill.
 */
#include "drill_record.h"

#include "cli/json/json_view.h"
#include "words/span_text.h"
#include "core/names.h"
#include "os/storage/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	RECORD_SIZE = 512,
	WORD_SIZE = 32,
	/* It was fed up to a second before, and the record is written each half second. */
	EARLIER_MS = 3000,
	/* Hardware that counts in its own way, and a reset that takes a moment. */
	LATER_MS = 5000,
};

static const char *const kinds[] = {[DRILL_STOP] = "stop", [DRILL_KILL] = "kill", [DRILL_HANG] = "hang"};
NAMES_FIT(kinds, DRILL_KIND_COUNT);
static const char *const verdicts[] = {[DRILL_OPEN] = "open", [DRILL_PASSED] = "passed", [DRILL_FAILED] = "failed"};
NAMES_FIT(verdicts, DRILL_VERDICT_COUNT);

const char *drill_kind_name(enum drill_kind kind)
{
	return kinds[kind];
}

static bool name_path(const char *state_dir, char path[1024])
{
	int length = snprintf(path, 1024, "%s/drill.json", state_dir);

	return length > 0 && length < 1024;
}

int drill_write(const char *state_dir, const struct drill_record *record)
{
	char path[1024], block[RECORD_SIZE + 1];
	int length;

	if (!name_path(state_dir, path))
		return -ENAMETOOLONG;
	length = snprintf(block, sizeof(block),
	        "{\"version\": 1, \"kind\": \"%s\", \"verdict\": \"%s\", \"expects_reset\": %s, \"timeout_ms\": %lld, "
	        "\"within_ms\": %lld, \"lived_ms\": %lld, \"boot\": \"%s\", \"says\": \"%s\"}",
	        kinds[record->kind], verdicts[record->verdict], record->expects_reset ? "true" : "false",
	        (long long)record->timeout_ms, (long long)record->within_ms, (long long)record->lived_ms,
	        record->boot_id, record->says);
	memset(block + length, ' ', (size_t)(RECORD_SIZE - length));
	block[RECORD_SIZE - 1] = '\n';
	return store_write_at(path, 0, block, RECORD_SIZE);
}

static bool read_root(struct fy_node *root, struct drill_record *record)
{
	char kind[WORD_SIZE], verdict[WORD_SIZE];

	(void)json_text_of(root, "kind", kind, sizeof(kind));
	(void)json_text_of(root, "verdict", verdict, sizeof(verdict));
	(void)json_text_of(root, "boot", record->boot_id, sizeof(record->boot_id));
	(void)json_text_of(root, "says", record->says, sizeof(record->says));
	record->expects_reset = json_is_true(root, "expects_reset");
	record->timeout_ms = json_number_of(root, "timeout_ms", -1);
	record->within_ms = json_number_of(root, "within_ms", -1);
	record->lived_ms = json_number_of(root, "lived_ms", -1);
	for (record->kind = DRILL_STOP; record->kind < DRILL_KIND_COUNT; record->kind++)
		if (strcmp(kind, kinds[record->kind]) == 0)
			break;
	for (record->verdict = DRILL_OPEN; record->verdict < DRILL_VERDICT_COUNT; record->verdict++)
		if (strcmp(verdict, verdicts[record->verdict]) == 0)
			break;
	return record->kind < DRILL_KIND_COUNT && record->verdict < DRILL_VERDICT_COUNT && record->timeout_ms >= 0 &&
	        record->within_ms >= 0 && record->lived_ms >= 0;
}

int drill_read(const char *state_dir, struct drill_record *record)
{
	char path[1024], block[RECORD_SIZE + 1];
	struct fy_document *document;
	long length;
	bool sound;

	if (!name_path(state_dir, path))
		return -ENAMETOOLONG;
	length = store_read(path, block, RECORD_SIZE);
	if (length <= 0)
		return length < 0 ? (int)length : -ENOENT;
	block[length] = '\0';
	document = json_open(block, (size_t)length);
	if (!document)
		return -EBADMSG;
	sound = read_root(json_root(document), record);
	json_close(document);
	return sound ? 0 : -EBADMSG;
}

__attribute__((format(printf, 3, 4))) static void say(
        struct drill_record *record, enum drill_verdict verdict, const char *format, ...)
{
	va_list arguments;

	record->verdict = verdict;
	va_start(arguments, format);
	(void)vsnprintf(record->says, sizeof(record->says), format, arguments);
	va_end(arguments);
}

void drill_judge(struct drill_record *record, const char *boot_id, const char *cause)
{
	bool was_reset = strcmp(record->boot_id, boot_id) != 0;
	char lived[SPAN_TEXT_SIZE], timeout[SPAN_TEXT_SIZE];

	if (record->verdict != DRILL_OPEN)
		return;
	(void)span_text(lived, record->lived_ms);
	(void)span_text(timeout, record->timeout_ms);
	if (!record->expects_reset)
		say(record, DRILL_FAILED, was_reset ? "the board was reset, and was not to be" : "it was broken off");
	else if (!was_reset)
		say(record, DRILL_FAILED, "there was no reset: this is the boot in which it began");
	else if (strcmp(cause, "drill") != 0 && strcmp(cause, "unexplained") != 0)
		say(record, DRILL_FAILED,
		        "there was a reset, but by another path: the last boot's end is told as %.40s", cause);
	else if (record->lived_ms < record->timeout_ms - EARLIER_MS || record->lived_ms > record->timeout_ms + LATER_MS)
		say(record, DRILL_FAILED, "the reset came after %s, and the hardware's timeout is %s", lived, timeout);
	else
		say(record, DRILL_PASSED, "the hardware reset the board after %s, and its timeout is %s", lived,
		        timeout);
}
