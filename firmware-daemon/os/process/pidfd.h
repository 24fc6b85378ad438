/* SPDX-License-Identifier: MIT
 *
 * Thin: a descriptor for a process. It stands for that one process for ever, whoever gets its number later; it becomes
 * readable at the moment the process ends, also where its parent has not reaped it. It needs no rights over the process.
 */
#ifndef FEEDDOG_OS_PIDFD_H
#define FEEDDOG_OS_PIDFD_H

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor (close-on-exec) for the process that has this number now, or -errno: -ESRCH where there is none. */
__attribute__((warn_unused_result)) int pidfd_of(pid_t pid);

/* False once the process has ended. */
bool pidfd_is_alive(int fd);

#endif
