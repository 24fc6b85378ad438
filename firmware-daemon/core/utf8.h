/* SPDX-License-Identifier: MIT
 *
 * Which bytes of a foreign text can be shown on a terminal. Pure.
 */
#ifndef FEEDDOG_CORE_UTF8_H
#define FEEDDOG_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many of `length` bytes are the first character in UTF-8; 0: they are none. */
size_t utf8_character(const char *bytes, size_t length);

/*
 * The same of a character that is harmless on a terminal; 0 where it is not UTF-8, a control character (U+0000 to U+001F, U+007F to
 * U+009F), ends a line (U+2028, U+2029) or changes the direction of the text around it.
 */
size_t utf8_harmless(const char *bytes, size_t length);

#endif
