/* SPDX-License-Identifier: MIT
 *
 * P4: messages and cursors out of journal entries in the export format, in whatever pieces they come.
 */
#include "checker/log/journal_export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char boot[] = "0123456789abcdef0123456789abcdef";

/* Takes at most `piece` bytes at a time; gives all lines, each followed by a '|'. */
static void take_all(struct journal_export *export, const char *bytes, size_t length, size_t piece, char *out)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	const char *line;

	*out = '\0';
	while (length > 0) {
		size_t taken = journal_export_take(export, bytes, piece < length ? piece : length, lines);

		assert_true(taken > 0);
		bytes += taken;
		length -= taken;
		while ((line = lines_next(lines)))
			strcat(strcat(out, line), "|");
	}
	free(lines);
}

#define HEAD(cursor, us, boot)                                                                                         \
	"__CURSOR=" cursor "\n__REALTIME_TIMESTAMP=7\n__MONOTONIC_TIMESTAMP=" us "\n__SEQNUM=3\n_BOOT_ID=" boot "\n"
#define THIS_BOOT "0123456789abcdef0123456789abcdef"

static const char entries[] = HEAD("old", "99", THIS_BOOT) "MESSAGE=too old\n\n" HEAD("other", "200",
        "ffffffffffffffffffffffffffffffff") "MESSAGE=of another boot\n\n" HEAD("one", "100", THIS_BOOT) //
        "MESSAGE=first=1\n_PID=1\n\n" HEAD("two", "150", THIS_BOOT)                                     //
        "BLOB\n\x03\0\0\0\0\0\0\0\n\n\n\nMESSAGE\n\x05\0\0\0\0\0\0\0a\n\nb=\n\n" HEAD("three", "160",
                THIS_BOOT) "MESSAGE\n\0\0\0\0\0\0\0\0\n\n" HEAD("unfinished", "170", THIS_BOOT) "MESSAGE=half";

static void entries_in_pieces(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < sizeof(entries); piece++) {
		struct journal_export export = {.since_us = 100};
		char out[200];

		memcpy(export.boot_id, boot, sizeof(boot));
		take_all(&export, entries, sizeof(entries) - 1, piece, out);
		assert_string_equal(out, "first=1|a||b=||");
		assert_string_equal(export.cursor, "three");
		assert_int_equal(export.last_us, 160);
	}
}

/* The journalctl ended in the middle of an entry: the next one gives it again, whole. */
static void an_unfinished_entry_is_forgotten(void **state)
{
	struct journal_export export = {.since_us = 100};
	static const char again[] = HEAD("unfinished", "170", THIS_BOOT) "MESSAGE=half and half\n\n";
	char out[200];

	(void)state;
	take_all(&export, entries, sizeof(entries) - 1, 7, out);
	journal_export_reset(&export);
	take_all(&export, again, sizeof(again) - 1, 7, out);
	assert_string_equal(out, "half and half|");
	assert_string_equal(export.cursor, "unfinished");
}

/* P18: neither a long field nor a huge length makes it keep more than it has room for. */
static void rubbish_is_bounded(void **state)
{
	struct journal_export export = {.since_us = 0};
	char bytes[4096], out[3 * sizeof(bytes) + 1];

	(void)state;
	srand(1);
	for (int i = 0; i < 500; i++) {
		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = "=\n\xff\0MESSAGE_CURSOR"[rand() % 18];
		take_all(&export, bytes, sizeof(bytes), 1 + (size_t)rand() % 3000, out);
		assert_true(strlen(export.cursor) < CURSOR_SIZE);
		if (i % 10 == 0)
			journal_export_reset(&export);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(entries_in_pieces),
	        cmocka_unit_test(an_unfinished_entry_is_forgotten),
	        cmocka_unit_test(rubbish_is_bounded),
	};

	return cmocka_run_group_tests_name("checker/log/journal_export", tests, NULL, NULL);
}
