/* SPDX-License-Identifier: MIT
 *
 * Thin: which process has a watchdog open, by /proc.
 */
#ifndef FEEDDOG_OS_WATCHDOG_HOLDER_H
#define FEEDDOG_OS_WATCHDOG_HOLDER_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The pid of a process that has this very device open, by whichever path, and its name in name[size]. 0 where none can be
 * seen: without root only one's own processes can.
 */
pid_t watchdog_find_holder(const char *root, const char *device, char name[], size_t size);

#endif
