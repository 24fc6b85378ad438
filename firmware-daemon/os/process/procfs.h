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
	char state; /* 'R', 'S', ... 'Z': ended, and its parent has not looked; of `thread` */
	bool kernel_thread;
	pid_t thread;          /* one that lives: the main thread, or another where the main thread has ended */
	uint32_t thread_count; /* field 20, with an ended main thread */
	pid_t parent;
	uint64_t started_ticks;      /* since boot: field 22 */
	uint64_t own_ticks;          /* of CPU used by itself: fields 14 and 15 */
	uint64_t waited_ticks;       /* used by its ended children that it has waited for, and by theirs: 16 and 17 */
	uint64_t resident_bytes;     /* field 24 */
	char comm[PROCFS_COMM_SIZE]; /* its name, cut at 15 bytes */
	uint64_t argv0_hash;         /* of the last part of argv[0]; 0: not read, or there is none */
	uint64_t whole_hash;         /* of its whole name where comm is cut; 0: not read, or not known */
};

/* 0, or -errno: -ENOENT or -ESRCH where there is none (or none that we may see). */
__attribute__((warn_unused_result)) int procfs_read(pid_t pid, struct procfs_process *out);

/* The text of /proc/PID/stat taken apart. 0 or -EINVAL. */
__attribute__((warn_unused_result)) int procfs_parse(const char *text, struct procfs_process *out);

/* False where all its threads have ended. */
bool procfs_is_alive(const struct procfs_process *process);

/* Reads argv[0] and so on, for procfs_is_named(). It may wait for the memory of that process. */
void procfs_read_name(struct procfs_process *process);

/* True where the process goes by this name: the whole of it, or the last part of its argv[0]. */
bool procfs_is_named(const struct procfs_process *process, const char *name);

/* True for a process of a pid namespace below ours. */
bool procfs_is_in_container(pid_t pid);

/* The pid that an entry of /proc is about, 0 where it is about something else. */
pid_t procfs_pid_of(const char *name);

/* Reads the beginning of a file and terminates it. Its length or -errno. */
__attribute__((warn_unused_result)) long procfs_read_file(const char *path, char text[], size_t size);

#endif
