/* SPDX-License-Identifier: MIT
 *
 * Bytes in, lines out, in bounded memory whatever comes. Pure. A line is what ends with a newline; of a long one the first
 * LINE_SIZE bytes are looked at, and the rest is passed over. A NUL would hide what follows from a pattern: it reads as a
 * space, and a run of them at the beginning of a line, as a writer leaves it that was not told of a truncation, is dropped.
 * Nothing is said about the other bytes: they need not be UTF-8.
 */
#ifndef FEEDDOG_CHECKER_LINES_H
#define FEEDDOG_CHECKER_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_SIZE = 8192 };

/* Begins as zeros. */
struct lines {
	char bytes[2 * LINE_SIZE + 1];
	size_t start, end; /* of what was not handed out yet */
	bool skipping;     /* the beginning of this line was handed out: the rest, up to its end, is passed over */
};

/* Where more bytes can be put, and how many: LINE_SIZE at least when every line was taken before. */
char *lines_room(struct lines *lines, size_t *size);

/* So many bytes were put there. */
void lines_add(struct lines *lines, size_t length);

/* The next line, without its newline, good until the next call; NULL: there is no whole one. */
const char *lines_next(struct lines *lines);

/* No more comes, so what is there is the last line, if anything is. */
void lines_end(struct lines *lines);

/* The bytes that wait for the end of their line. */
size_t lines_held(const struct lines *lines);

#endif
