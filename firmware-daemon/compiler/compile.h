/* SPDX-License-Identifier: MIT
 *
 * YAML in, flat configuration or errors out. All errors of a file are reported in one run, each as
 * `FILE:LINE:COLUMN: error: what is wrong (what to write instead)` with the line and a caret under it.
 */
#ifndef FEEDDOG_CONFIG_COMPILE_H
#define FEEDDOG_CONFIG_COMPILE_H

#include "config/flat.h"

#include <stdio.h>

/*
 * Reads and compiles the file `path`. Errors and warnings go to `messages`. Returns the block (malloc; flat->size bytes;
 * the caller frees it), or NULL where there was an error: then at least one sentence was written.
 */
struct flat *compile_file(const char *path, FILE *messages);

/* The same, and also what is worth knowing though nothing is wrong: defaults that differ from those of version 0.1. */
struct flat *compile_file_with_notes(const char *path, FILE *messages);

/* The same for the board whose root is mounted there. */
struct flat *compile_file_below(const char *system_root, const char *path, FILE *messages);

struct board_places;

/* The same from memory; `name` stands for the file in messages. `places`: where boards are known, NULL: none is. */
struct flat *compile_for(
        const struct board_places *places, const char *name, const char *yaml, size_t length, FILE *messages);

/* The same, of no board, for tests and fuzzers. */
struct flat *compile_text(const char *name, const char *yaml, size_t length, FILE *messages);

#endif
