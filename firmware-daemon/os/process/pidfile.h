/* SPDX-License-Identifier: MIT
 *
 * Thin: a pid file, and which writing of it this is.
 */
#ifndef FEEDDOG_OS_PIDFILE_H
#define FEEDDOG_OS_PIDFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pidfile {
	pid_t pid; /* its first word */
	dev_t device;
	ino_t inode;
	int64_t written_ns; /* by the wall clock: only good for telling two writings apart */
};

/* 0, -EINVAL where the file does not begin with a pid or is not a file, or another -errno. Never waits. */
__attribute__((warn_unused_result)) int pidfile_read(const char *path, struct pidfile *out);

/*
 * True where the file says `done 0` in place of a pid: the program that feeddog itself ran has ended well, and is meant to
 * stay so.
 */
bool pidfile_says_done(const char *path);

/* True where nothing was written between the two readings. */
bool pidfile_same(const struct pidfile *one, const struct pidfile *other);

#endif
