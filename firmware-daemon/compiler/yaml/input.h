/* SPDX-License-Identifier: MIT
 *
 * Thin: reading a configuration file that may be anything: missing, a directory, a device, far too large.
 */
#ifndef FEEDDOG_CONFIG_INPUT_H
#define FEEDDOG_CONFIG_INPUT_H

#include <stddef.h>

enum { INPUT_SIZE_LAST = 1024 * 1024 };

/*
 * Reads a regular file of at most INPUT_SIZE_LAST bytes whole, without ever waiting. NULL: *text (malloc; the caller frees
 * it) holds *length bytes. Otherwise what is wrong and what to do, and *text is NULL.
 */
const char *input_read(const char *path, char **text, size_t *length);

#endif
