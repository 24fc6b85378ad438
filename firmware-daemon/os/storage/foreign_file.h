/* SPDX-License-Identifier: MIT
 *
 * Thin: replacing a file in a folder that may be somebody else's. Whoever can change the folder, or where its path leads,
 * may put a FIFO, a link or a dead file system there. So the file is written by a child process, which may hang, and with
 * the privileges of the least trusted user who can do that, so that it can write nothing that this user could not.
 */
#ifndef FEEDDOG_OS_FOREIGN_FILE_H
#define FEEDDOG_OS_FOREIGN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct foreign_user {
	uint32_t uid, gid;
};

/*
 * With whose privileges to write `path` (absolute): those of the first folder or link on the way to it that is not root's;
 * where others may write to a folder that is root's, those of `nobody` with the folder's group.
 */
struct foreign_user foreign_user_of(const char *path, uint32_t nobody);

/* Starts to replace the file (mode 0644). The child's pid, or -errno. Where we are not root it is written as we are. */
__attribute__((warn_unused_result)) pid_t foreign_file_begin(
        const char *path, const void *bytes, size_t size, uint32_t nobody);

/* How that ended: -EAGAIN: not yet. 0: replaced, and *in_memory says whether to a tmpfs. Otherwise -errno. */
__attribute__((warn_unused_result)) int foreign_file_end(pid_t pid, bool *in_memory);

#endif
