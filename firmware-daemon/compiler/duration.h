/* SPDX-License-Identifier: MIT
 *
 * Durations as people write them: `500ms 5s 2m 1h 1d`. Pure.
 */
#ifndef FEEDDOG_CONFIG_DURATION_H
#define FEEDDOG_CONFIG_DURATION_H

#include <stddef.h>
#include <stdint.h>

enum duration_error {
	DURATION_OK,
	DURATION_NO_NUMBER, /* does not start with a digit */
	DURATION_NO_UNIT,   /* ends after the number */
	DURATION_BAD_UNIT,  /* something else than ms, s, m, h or d follows the number */
	DURATION_TOO_LONG,  /* more than MAX_DURATION_S */
};

enum duration_error duration_parse(const char *text, uint32_t *ms);

enum { DURATION_TEXT_SIZE = 16 };

/* The same the other way round, exactly, in the largest unit that fits: 90000 is "90s". Returns text. */
char *duration_text(char text[DURATION_TEXT_SIZE], uint32_t ms);

#endif
