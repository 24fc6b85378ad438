/* SPDX-License-Identifier: MIT
 *
 * Tables of words for enums. The table and its enum are tied by NAMES_FIT, so they cannot drift apart. Pure.
 */
#ifndef FEEDDOG_CORE_NAMES_H
#define FEEDDOG_CORE_NAMES_H

#define NAMES_FIT(names, count)                                                                                        \
	_Static_assert(sizeof(names) / sizeof((names)[0]) == (count), "a word for every value, a value for every word")

/* What stands for a value that is out of range: such a value came from outside, and was let through by mistake. */
#define NAME_INVALID "invalid"

#define NAME_OF(names, value)                                                                                          \
	((unsigned)(value) < sizeof(names) / sizeof((names)[0]) && (names)[value] ? (names)[value] : NAME_INVALID)

#endif
