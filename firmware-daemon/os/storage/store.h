/* SPDX-License-Identifier: MIT
 *
 * Thin: files that must be whole. All functions return 0 or -errno.
 */
#ifndef FEEDDOG_OS_STORE_H
#define FEEDDOG_OS_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes a directory and what leads to it; an existing one is fine. */
__attribute__((warn_unused_result)) int store_make_dir(const char *path, mode_t mode);

/* The same for one folder that belongs to `uid` and `gid`; an existing one is given to them. */
__attribute__((warn_unused_result)) int store_make_dir_for(const char *path, mode_t mode, uint32_t uid, uint32_t gid);

/*
 * Reads at most `size` bytes of a file. Its length; 0 also where there is no such file; -errno. A file longer than `size`
 * is read up to it.
 */
__attribute__((warn_unused_result)) long store_read(const char *path, void *bytes, size_t size);

/*
 * The same for a file that says what to do to processes: -EPERM where it is not a regular file of this process's own user that
 * only that user can write; -ELOOP for a link.
 */
__attribute__((warn_unused_result)) long store_read_own(const char *path, void *bytes, size_t size);

/* Writes `size` bytes at `offset` of a file (created 0600) and waits until they are on stable storage. */
__attribute__((warn_unused_result)) int store_write_at(const char *path, size_t offset, const void *bytes, size_t size);

/* Replaces a file at once: readers see the old or the new one, whole. Not synced: for files that need not survive. */
__attribute__((warn_unused_result)) int store_replace(const char *path, const void *bytes, size_t size, mode_t mode);

/* Writes a file that is there in its place, with the room that it has: for where store_replace() finds no more (-ENOSPC). */
__attribute__((warn_unused_result)) int store_overwrite(const char *path, const void *bytes, size_t size);

/*
 * Appends one line to a file (created 0640) and syncs it; `line` may hold several, which then share the sync. When the file would grow beyond `cap` bytes its older half is
 * dropped first, at a line's end, by replacing the file (synced). A last line that was cut short by a power loss is ended
 * with a newline first, so that it spoils nothing but itself. -EFBIG where the line alone is beyond `cap`.
 */
__attribute__((warn_unused_result)) int store_append_line(const char *path, const char *line, size_t cap);

/*
 * Takes an exclusive lock on a file (created 0600) for the life of the descriptor, which is returned (close-on-exec).
 * -EWOULDBLOCK where another process holds it: `holder` is then its pid, or 0 where that cannot be told.
 */
__attribute__((warn_unused_result)) int store_lock(const char *path, pid_t *holder);

/* The same for a folder, which needs no room on its file system. */
__attribute__((warn_unused_result)) int store_lock_folder(const char *path);

#endif
