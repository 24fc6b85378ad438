/* SPDX-License-Identifier: MIT
 *
 * Thin: small files of a whole system, that of this machine ("") or one whose root is mounted elsewhere.
 */
#ifndef FEEDDOG_OS_ROOT_FILE_H
#define FEEDDOG_OS_ROOT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROOT_PATH_SIZE = 1024 };

/*
 * Reads a file below a root as text: at most size - 1 bytes, always terminated, without a newline at its end. False where it
 * cannot be read; text is then "".
 */
bool root_read(const char *root, const char *path, char text[], size_t size);

/* The same as bytes, at most `size`; how many, 0 where it cannot be read. */
size_t root_read_bytes(const char *root, const char *path, char bytes[], size_t size);

/* A file that holds one number. */
bool root_read_number(const char *root, const char *path, int64_t *number);

bool root_exists(const char *root, const char *path);

/* Root and path as one, cut where that is too long. Returns `whole`. */
char *root_path(const char *root, const char *path, char whole[ROOT_PATH_SIZE]);

#endif
