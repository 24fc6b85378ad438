/* SPDX-License-Identifier: MIT
 *
 * Thin: whether anybody of a process group still lives.
 */
#ifndef FEEDDOG_OS_PROCESS_GROUP_H
#define FEEDDOG_OS_PROCESS_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * True where a member lives. One that has ended and that nobody has waited for does not: a container's first process may
 * never do so.
 */
bool process_group_is_alive(pid_t group);

#endif
