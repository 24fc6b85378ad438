/* SPDX-License-Identifier: MIT
 *
 * "Did you mean ...?" Pure.
 */
#ifndef FEEDDOG_CONFIG_SUGGEST_H
#define FEEDDOG_CONFIG_SUGGEST_H

#include <stddef.h>

/*
 * How many letters to change, add, drop or swap with their neighbour to make one word of the other. SIZE_MAX where one is
 * longer than any name.
 */
size_t word_distance(const char *a, const char *b);

/* Whether `word` may well be a slip of the finger for `meant`. */
int word_is_near(const char *word, const char *meant);

#endif
