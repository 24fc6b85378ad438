/* SPDX-License-Identifier: MIT
 *
 * "Did you mean ...?" of a whole list. Pure.
 */
#ifndef FEEDDOG_CLI_NEAR_MISS_H
#define FEEDDOG_CLI_NEAR_MISS_H

#include <stddef.h>

/*
 * The word of names[count] that a person may have meant by `word`, or NULL. Entries are `stride` bytes apart, so that a
 * member of a table of structs serves too.
 */
const char *near_miss(const char *word, const char *const *names, size_t count, size_t stride);

#endif
