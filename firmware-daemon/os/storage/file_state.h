/* SPDX-License-Identifier: MIT
 *
 * Thin: a file's size and age, and how full the file system of a path is. On a dead disk or server either may wait for ever:
 * never ask where others wait.
 */
#ifndef FEEDDOG_OS_FILE_STATE_H
#define FEEDDOG_OS_FILE_STATE_H

#include <stdbool.h>
#include <stdint.h>

struct file_state {
	int64_t size;
	int64_t changed_ns; /* mtime, by the wall clock: good for telling two writings apart */
	int64_t age_ms;     /* now less mtime, both by the wall clock: wrong where somebody set it in between */
};

/* 0 or -errno. Links are followed. */
__attribute__((warn_unused_result)) int file_state_read(const char *path, struct file_state *out);

struct file_system {
	uint64_t blocks_used, blocks_free; /* free for users: what is kept for root is in neither */
	uint64_t files_used, files_free;   /* both 0 where it does not count them */
	bool read_only;                    /* the file system itself, not only how we may see it */
	bool mounted;                      /* the path is where it is mounted, not a folder inside of it */
};

/* 0 or -errno. */
__attribute__((warn_unused_result)) int file_system_read(const char *path, struct file_system *out);

/*
 * True where a line of mountinfo(5) is about that mount and says that its file system takes no writing. `ro` among the
 * options of the mount alone says nothing: sandboxes of services do that to healthy file systems.
 */
bool mountinfo_is_read_only(const char *line, uint64_t mount_id);

#endif
