/* SPDX-License-Identifier: MIT
 *
 * Thin: processes as /proc shows them. A pid alone names no process for long, for numbers are used again: with its start
 * time it does.
 */
#ifndef FEEDDOG_OS_PROCFS_H
#define FEEDDOG_OS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCFS_COMM_SIZE = 16 };

struct procfs_process {
	pid_t pid;
	char state; /* 'R', 'S', ... 'Z': ended, and its parent has not looked */
	bool kernel_thread;
	pid_t parent;
	uint64_t started_ticks;      /* since boot: field 22 */
	uint64_t own_ticks;          /* of CPU used by itself: fields 14 and 15 */
	uint64_t waited_ticks;       /* used by its ended children that it has waited for, and by theirs: 16 and 17 */
	uint64_t resident_bytes;     /* field 24 */
	char comm[PROCFS_COMM_SIZE]; /* its name, cut at 15 bytes */
};

/* 0, or -errno: -ENOENT or -ESRCH where there is none (or none that we may see). */
__attribute__((warn_unused_result)) int procfs_read(pid_t pid, struct procfs_process *out);

/* The text of /proc/PID/stat taken apart. 0 or -EINVAL. */
__attribute__((warn_unused_result)) int procfs_parse(const char *text, struct procfs_process *out);

/* True where the process goes by this name: its comm (its first 15 bytes), or the last part of its argv[0]. */
bool procfs_is_named(const struct procfs_process *process, const char *name);

/*
 * Finds the living process of that name that started first, this one aside; of several that belong together it is the
 * parent as a rule. 0, -ENOENT where there is none, -EACCES where others' processes are hidden from us (hidepid).
 */
__attribute__((warn_unused_result)) int procfs_find(const char *name, struct procfs_process *out);

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

/* Keeps only the process `root` and its descendants: none where there is no root. 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int procfs_list_keep_tree(struct procfs_list *list, pid_t root);

/* The process of that pid, or NULL. */
const struct procfs_process *procfs_list_find(const struct procfs_list *list, pid_t pid);

#endif
