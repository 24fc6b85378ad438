/* SPDX-License-Identifier: MIT
 *
 * One look at /proc for all checks that need one: a board may have hundreds of such checks and thousands of processes. It is
 * taken in slices, so that the other checks go on, and takes a bounded share of the processor. Clock: CLOCK_MONOTONIC in
 * milliseconds.
 */
#ifndef FEEDDOG_CHECKER_PROCESS_TABLE_H
#define FEEDDOG_CHECKER_PROCESS_TABLE_H

#include "os/process/procfs_list.h"

struct checker;

/* A start or restart command that runs. */
struct running_command {
	pid_t pid;
	uint64_t ticks;
};

struct process_table {
	struct procfs_look look; /* that is under way */
	int64_t began_ms;        /* of that look */
	struct procfs_list list; /* of the last whole look */
	int64_t list_began_ms;   /* of that one; 0: there was none */
	int64_t next_ms;         /* no other slice or look before */
	struct running_command *commands;
	size_t command_count;
};

/*
 * The processes as they were at not_before_ms or later. NULL: *error is -EAGAIN: ask again at `next_ms` of the table; or
 * another -errno.
 */
const struct procfs_list *process_table_ask(struct checker *checker, int64_t not_before_ms, int *error);

/* The same at once. */
const struct procfs_list *process_table_read(struct checker *checker, int64_t not_before_ms, int *error);

/*
 * The process of that name that started first, or NULL; of several that belong together it is the parent as a rule. Processes
 * of containers do not count, nor do those that feeddog started for a check, start or restart and that still run: an init
 * script often has the name of its daemon.
 */
const struct procfs_process *process_table_find(const struct checker *checker, const char *name);

void process_table_close(struct checker *checker);

#endif
