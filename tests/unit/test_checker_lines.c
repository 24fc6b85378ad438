/* SPDX-License-Identifier: MIT
 *
 * Lines out of bytes, however they come and whatever they are.
 */
#include "checker/log/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Puts at most `piece` bytes in at a time, and gives what came out: each line followed by a '|'. */
static char *all_lines(struct lines *lines, const char *bytes, size_t length, size_t piece, bool end)
{
	char *out = calloc(length + 3, 2);
	size_t room;
	const char *line;

	for (size_t done = 0; done < length;) {
		char *to = lines_room(lines, &room);
		size_t n = piece < room ? piece : room;

		assert_true(room >= LINE_SIZE);
		n = n < length - done ? n : length - done;
		memcpy(to, bytes + done, n);
		lines_add(lines, n);
		done += n;
		while ((line = lines_next(lines))) {
			strcat(out, line);
			strcat(out, "|");
		}
	}
	if (end)
		lines_end(lines);
	while ((line = lines_next(lines))) {
		strcat(out, line);
		strcat(out, "|");
	}
	return out;
}

#define CASE(bytes, lines)                                                                                             \
	{                                                                                                              \
		bytes, sizeof(bytes) - 1, lines                                                                        \
	}

static void lines_of_all_kinds(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *lines;
	} cases[] = {
	        CASE("", ""),
	        CASE("\n", "|"),
	        CASE("one\n", "one|"),
	        CASE("one\ntwo\n\nthree", "one|two||"),
	        CASE("\xff\xfe\xc3(\n\x80", "\xff\xfe\xc3(|"),
	        CASE("a\0b\0\0c\0\nd\n", "a b  c |d|"),
	        CASE("\0\0\0\0a\n\0\n\0b\n", "a||b|"),
	        CASE("crlf\r\n", "crlf\r|"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t piece = 1; piece < 8; piece++) {
			struct lines *lines = calloc(1, sizeof(*lines));
			char *out = all_lines(lines, cases[i].bytes, cases[i].length, piece, false);

			assert_string_equal(out, cases[i].lines);
			free(out);
			free(lines);
		}
	}
}

static void the_last_line_at_the_end(void **state)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	(void)state;
	char *out = all_lines(lines, "one\ntwo", 7, 3, true);
	assert_string_equal(out, "one|two|");
	assert_int_equal(lines_held(lines), 0);
	free(out);
	out = all_lines(lines, "three\n", 6, 3, true);
	assert_string_equal(out, "three|");
	free(out);
	free(lines);
}

/* Of every length around the limit, with every size of piece that matters: the first LINE_SIZE bytes, once, and the next line. */
static void long_lines_are_cut(void **state)
{
	static const size_t pieces[] = {1000, LINE_SIZE - 1, LINE_SIZE, LINE_SIZE + 1, 2 * LINE_SIZE, 100000};
	static const size_t lengths[] = {LINE_SIZE - 1, LINE_SIZE, LINE_SIZE + 1, 2 * LINE_SIZE - 1, 2 * LINE_SIZE,
	        2 * LINE_SIZE + 1, 5 * LINE_SIZE + 17};

	(void)state;
	for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
		for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
			struct lines *lines = calloc(1, sizeof(*lines));
			size_t kept = lengths[l] < LINE_SIZE ? lengths[l] : LINE_SIZE;
			char *bytes = malloc(lengths[l] + 6);

			memset(bytes, 'x', lengths[l]);
			memcpy(bytes + lengths[l], "\nnext\n", 6);
			char *out = all_lines(lines, bytes, lengths[l] + 6, pieces[p], false);
			assert_int_equal(strspn(out, "x"), kept);
			assert_string_equal(out + kept, "|next|");
			assert_false(lines->skipping);
			free(out);
			free(bytes);
			free(lines);
		}
	}
}

static void a_long_line_that_never_ends(void **state)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	char *bytes = malloc(20 * LINE_SIZE);

	(void)state;
	memset(bytes, 'x', 20 * LINE_SIZE);
	char *out = all_lines(lines, bytes, 20 * LINE_SIZE, 4096, false);
	assert_int_equal(strlen(out), LINE_SIZE + 1);
	assert_true(lines->skipping);
	assert_int_equal(lines_held(lines), 0);
	free(out);
	free(bytes);
	free(lines);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(lines_of_all_kinds),
	        cmocka_unit_test(the_last_line_at_the_end),
	        cmocka_unit_test(long_lines_are_cut),
	        cmocka_unit_test(a_long_line_that_never_ends),
	};

	return cmocka_run_group_tests_name("checker/log/lines", tests, NULL, NULL);
}
