/* SPDX-License-Identifier: MIT
 *
 * Thin: starting programs. A child gets exactly the descriptors it is given, default signal handling, an ordinary
 * scheduling class, and none of the parent's memory locks (fork does not inherit them).
 */
#ifndef FEEDDOG_OS_SPAWN_H
#define FEEDDOG_OS_SPAWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct spawn_user {
	uint32_t uid, gid;
	size_t group_count;
	const uint32_t *groups;
};

struct spawn {
	const char *path;  /* absolute, or searched for in PATH */
	int program_fd;    /* of spawn_open_sister(), run in place of what `path` leads to by now; 0: none */
	char *const *argv; /* ends with NULL */
	char *const *envp; /* NULL: this process's own */
	const int *fds;    /* fds[i] becomes descriptor i of the child; -1: /dev/null */
	size_t fd_count;   /* every descriptor from fd_count on is closed */
	const struct spawn_user *user; /* NULL: stay who we are */
	const char *directory;         /* NULL: "/" */
	int own_group;                 /* the child leads a session and process group of its own, without a terminal */
	int dies_with_parent; /* the kernel kills it when the thread that started it ends; its children live on */
	const int *gate;      /* of spawn_gate_make(): the child waits at it; NULL: it begins at once */
};

/*
 * A gate at which a child waits until it is opened, as for its pid to be written down: it then begins. Where its parent is
 * killed before, it ends without having run. Makes gate[2]; 0 or -errno.
 */
__attribute__((warn_unused_result)) int spawn_gate_make(int gate[2]);

/* Lets the child go that was started with it, and ends the gate. */
void spawn_gate_open(const int gate[2]);

/* The exit codes of a child that could not execute its program; shells use the same. */
enum { SPAWN_NOT_EXECUTABLE = 126, SPAWN_NOT_FOUND = 127 };

/*
 * Starts a program. Its pid, or -errno of fork. Where it could not be executed, the child writes a line to its standard error
 * and exits with one of the codes above. The parent is never blocked by the child's exec. A group of its own exists a moment
 * later: whoever kills the group kills the pid, too.
 */
__attribute__((warn_unused_result)) pid_t spawn_start(const struct spawn *spawn);

/*
 * Finds a sister program, which lies beside this one's own executable (not beside a link to it). Writes its path to
 * path[size]. 0 or -ENOENT, -ENAMETOOLONG, or another -errno.
 */
__attribute__((warn_unused_result)) int spawn_find_sister(const char *name, char path[], size_t size);

/*
 * The same, and keeps the file open, so that it can be run although an upgrade has put a newer one in its place: a
 * descriptor for spawn.program_fd (close-on-exec), or -errno.
 */
__attribute__((warn_unused_result)) int spawn_open_sister(const char *name, char path[], size_t size);

/* A program that was run from a descriptor has the descriptor's number for its name in /proc/PID/comm: sets it. */
void spawn_name_self(const char *name);

#endif
