/* SPDX-License-Identifier: MIT
 *
 * One process as the checker watches it, through a pidfd, so that its end is known at once and a number that is used again is
 * not taken for it: the one that a pid file names, or the oldest of a name. What is seen is told by check_process.c. The struct
 * is the probe's `own`, from process_watch_init() on.
 */
#ifndef FEEDDOG_CHECKER_PROCESS_WATCH_H
#define FEEDDOG_CHECKER_PROCESS_WATCH_H

#include "checker/probe.h"

#include "os/process/pidfile.h"
#include "os/process/procfs.h"

struct process_watch {
	int pidfd;                   /* of the watched process, -1: none, or none could be had: then `ticks` tells */
	pid_t pid;                   /* of the watched one, or of the last that was */
	uint64_t ticks;              /* when it started; 0: none is watched */
	char comm[PROCFS_COMM_SIZE]; /* its name, which changes where it runs another program */
	int64_t asked_ms;            /* a look at /proc is waited for that began at this time or later; 0: none is */
	int tries;                   /* looks that found a process which ended meanwhile */
	bool ended;                  /* the watched one has ended; whether another is there is not known yet */
	int64_t seen_ms;             /* when the watched one, or the last that was, was first seen; 0: it never was */
	bool well;                   /* nothing bad has been seen since it was told good, or at all */
	struct pidfile dead;         /* the writing that named no living process; pid 0: none has */
	int64_t look_ms;             /* the wait before the next look while it is bad */
	int64_t word_ms; /* it has ended: it may be said until then that it was meant to; 0: that is not waited for */
	bool looked;     /* at the pid file, so that another writing of it is a program started since */
	struct pidfile file; /* the writing that named the watched one */
	struct pidfile kept; /* the writing of one that was well, as the next checker will know; pid 0: none */
	struct pidfile lost; /* the same of the last checker */
	char path[PATH_MAX]; /* of the pid file */
};

/* 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int process_watch_init(struct probe *probe);

/*
 * Looks at it, and watches it where it is alive: good, or why not. Where process_again_ms() is above 0 afterwards, the look at
 * /proc is not whole yet: ask again then.
 */
struct verdict process_see(struct probe *probe);
int64_t process_again_ms(const struct probe *probe);

/* The watched one is watched no longer. */
void process_unwatch(struct probe *probe);

/* The program is one that feeddog runs. */
bool process_is_ours(const struct probe *probe);

/* Until when it may be said that the program which has ended was meant to. */
int64_t process_word_until_ms(const struct probe *probe);

#endif
