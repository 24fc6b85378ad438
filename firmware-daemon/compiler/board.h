/* SPDX-License-Identifier: MIT
 *
 * What is known of a board: its file in boards/, one for each board, read by the schema like the configuration. The board is
 * named by the configuration, or found by what the device tree says it is compatible with.
 */
#ifndef FEEDDOG_CONFIG_BOARD_H
#define FEEDDOG_CONFIG_BOARD_H

#include "draft.h"

#include <limits.h>
#include <stdio.h>

/* Where to look: the root of the system ("" for this one), and the folder of the boards' files. */
struct board_places {
	const char *root;
	const char *folder;
};

/* The folder beside this program, or else where it is installed. Returns path. */
const char *board_folder(char path[PATH_MAX]);

/*
 * Reads one board's file into the `board` and the `head.led` of a draft, which was begun. False where it has errors: they were
 * said to `messages`.
 */
bool board_read(struct draft *draft, const char *path, FILE *messages);

/*
 * Gives a configuration what its board knows: its name, its LED where none is configured, and the limit of its watchdog, which
 * `root`, the map of the configuration, must keep to.
 */
void board_apply(struct draft *draft, const struct node *root, const struct board_places *places);

#endif
