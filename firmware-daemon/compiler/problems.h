/* SPDX-License-Identifier: MIT
 *
 * What is wrong with a configuration: collected while it is read, printed in the order of the lines.
 *
 *   FILE:LINE:COLUMN: error: what is wrong (what to write instead)
 *   the line itself
 *        ^~~~
 *
 * Lines and columns count from 1, columns in characters. Bytes that could drive a terminal are never printed.
 */
#ifndef FEEDDOG_CONFIG_PROBLEMS_H
#define FEEDDOG_CONFIG_PROBLEMS_H

#include "arena.h"

#include <stdbool.h>
#include <stdio.h>

/* The text of a configuration and the name it goes by in messages. */
struct source {
	const char *name;
	const char *text; /* not NUL-terminated */
	size_t length;
};

/* A stretch of the text, in bytes from its start. */
struct place {
	uint32_t at, length;
};

struct problems {
	struct arena *arena;
	struct list list; /* of struct problem */
	uint32_t errors;  /* all of them, also those too many to keep */
	bool wants_notes; /* problem_note() counts */
};

void problems_begin(struct problems *problems, struct arena *arena);

__attribute__((format(printf, 3, 4))) void problem_error(
        struct problems *problems, struct place place, const char *format, ...);
__attribute__((format(printf, 3, 4))) void problem_warning(
        struct problems *problems, struct place place, const char *format, ...);

/* Worth knowing, but nothing is wrong; printed only where notes are wanted. */
__attribute__((format(printf, 3, 4))) void problem_note(
        struct problems *problems, struct place place, const char *format, ...);

/* There are so many already that no more work should be spent on a helpful remark. */
bool problems_are_many(const struct problems *problems);

void problems_print(struct problems *problems, const struct source *source, FILE *out);

#endif
