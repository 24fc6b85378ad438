/* SPDX-License-Identifier: MIT
 *
 * Extended regular expressions (POSIX, as `grep -E` reads them) with a bounded price. The time is linear in the text and the
 * memory is at most PATTERN_CACHE_SIZE per pattern, whatever the text is: who writes a log line or an answer can neither
 * stop the checker nor fill its memory, as with a backtracking matcher or with regexec(3).
 *
 * Only whether a text matches is asked, never where. ^ and $ are the ends of a line, and `.` and [^x] do not match a
 * newline. Of GNU's additions \w \W \s \S \b \B \< \> \` \' are known. Bytes, not characters: the locale is "C".
 * No back references. Pure but for memory. A pattern belongs to one thread at a time.
 */
#ifndef FEEDDOG_CONFIG_PATTERN_H
#define FEEDDOG_CONFIG_PATTERN_H

#include <stddef.h>
#include <stdint.h>

enum {
	PATTERN_TEXT_MAX = 1000,
	PATTERN_STATES_MAX = 4000,
	PATTERN_CACHE_SIZE = 256 * 1024,
};

/* GIVEN_UP: the work or the memory would have been more than allowed, so it is not known. */
enum pattern_answer { PATTERN_NO, PATTERN_YES, PATTERN_GIVEN_UP };

struct pattern;

/* NULL: *error says what is wrong with the text. */
struct pattern *pattern_compile(const char *text, const char **error);
void pattern_free(struct pattern *pattern);

/*
 * A text in pieces: begin, add each piece, end. Any answer but NO is final; NO of pattern_add() means "not so far".
 * `work` bounds the time: 1000000 are some milliseconds. A line of n bytes needs n * PATTERN_STATES_MAX at most, and as good
 * as nothing where the text is not made to be difficult.
 */
void pattern_begin(struct pattern *pattern, int64_t work);
enum pattern_answer pattern_add(struct pattern *pattern, const char *bytes, size_t length);
enum pattern_answer pattern_end(struct pattern *pattern);

/* A whole text. */
enum pattern_answer pattern_matches(struct pattern *pattern, const char *bytes, size_t length, int64_t work);

#endif
