/* SPDX-License-Identifier: MIT
 *
 * Thin: all processes of the board, as /proc shows them.
 */
#ifndef FEEDDOG_OS_PROCFS_LIST_H
#define FEEDDOG_OS_PROCFS_LIST_H

#include "procfs.h"

#include <dirent.h>

/* Every process that we may see, kernel threads too, in the order of their pids. */
struct procfs_list {
	struct procfs_process *processes;
	size_t count, room;
};

/*
 * Reads all of them into a list that begins as zeros and is used again; free() its `processes` in the end. 0, -EACCES where
 * others' processes are hidden from us (hidepid), or another -errno.
 */
__attribute__((warn_unused_result)) int procfs_list(struct procfs_list *list);

/* A look that is taken in steps, because /proc may hold thousands of processes. Begins as zeros. */
struct procfs_look {
	DIR *proc; /* NULL: none is under way */
	struct procfs_list list;
};

/* Reads `most` processes more. 1: the list is whole; 0: call again; or -errno as of procfs_list(), which ends the look. */
__attribute__((warn_unused_result)) int procfs_look_step(struct procfs_look *look, size_t most);

void procfs_look_free(struct procfs_look *look);

/* Keeps only the process `root` and its descendants: none where there is no root. 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int procfs_list_keep_tree(struct procfs_list *list, pid_t root);

/* True for the process `root` and its descendants. */
bool procfs_list_descends(const struct procfs_list *list, const struct procfs_process *process, pid_t root);

/* The process of that pid, or NULL. */
const struct procfs_process *procfs_list_find(const struct procfs_list *list, pid_t pid);

#endif
