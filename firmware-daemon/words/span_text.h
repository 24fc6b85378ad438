/* SPDX-License-Identifier: MIT
 *
 * How long, for people: "0.4s", "45s", "12m 5s", "2h 13m", "3d 4h". Pure.
 */
#ifndef FEEDDOG_CONFIG_SPAN_TEXT_H
#define FEEDDOG_CONFIG_SPAN_TEXT_H

#include <stdint.h>

enum { SPAN_TEXT_SIZE = 48 };

/* Less than nothing reads as nothing. Returns text. */
char *span_text(char text[SPAN_TEXT_SIZE], int64_t ms);

/* The same, but below a second to the millisecond: "12ms". */
char *span_text_fine(char text[SPAN_TEXT_SIZE], int64_t ms);

#endif
