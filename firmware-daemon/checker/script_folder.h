/* SPDX-License-Identifier: MIT
 *
 * The programs of a folder such as /etc/watchdog.d, in the order of their names. Reading the folder may block for ever, so a
 * worker does it; the struct is the block of bytes that is handed to it.
 */
#ifndef FEEDDOG_CHECKER_SCRIPT_FOLDER_H
#define FEEDDOG_CHECKER_SCRIPT_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_NAMES_SIZE = 16 * 1024 };

struct script_folder {
	const char *path;
	int error;                     /* 0 or an errno: it could not be read, or E2BIG: names do not fit */
	size_t length, next;           /* of names: used, and where the next one is */
	char names[SCRIPT_NAMES_SIZE]; /* each with a sign before it, and terminated */
};

/* Reads the folder at `path`; hidden files and what is no program are left out. For a worker. */
void script_folder_read(void *block);

/* The path of the next program, and whether we may run it: 0 or an errno. False: there is none. */
bool script_folder_next(struct script_folder *folder, char path[PATH_MAX], int *error);

#endif
