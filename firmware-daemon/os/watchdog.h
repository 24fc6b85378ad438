/* SPDX-License-Identifier: MIT
 *
 * Thin: the watchdog device, by the kernel's interface (Documentation/watchdog/watchdog-api.rst). All functions return 0
 * or -errno.
 *
 * Feeding is a write of one NUL byte, not the ioctl: after a hand-over from a process that closed with the magic 'V' the
 * kernel still remembers it, and a dog fed by ioctl alone is silently disarmed when the feeder is killed. A byte that is
 * not 'V' clears that.
 */
#ifndef FEEDDOG_OS_WATCHDOG_H
#define FEEDDOG_OS_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens a device, which arms it. The descriptor (close-on-exec), or -errno; -EBUSY: another process holds it. */
__attribute__((warn_unused_result)) int watchdog_open(const char *path);

/* Whether there is such a device; what cannot be told is taken for yes. */
bool watchdog_is_there(const char *path);

/* Opens what stands in for a device: a FIFO, or a file that is made if need be. */
__attribute__((warn_unused_result)) int watchdog_open_simulated(const char *path);

/* The driver's name for itself. */
__attribute__((warn_unused_result)) int watchdog_identity(int fd, char identity[], size_t size);

/* Asks for a timeout; *seconds becomes what the driver says it took. */
__attribute__((warn_unused_result)) int watchdog_set_timeout(int fd, int *seconds);
__attribute__((warn_unused_result)) int watchdog_get_timeout(int fd, int *seconds);

/* What is left of the timeout; -EOPNOTSUPP where the driver does not tell. */
__attribute__((warn_unused_result)) int watchdog_get_time_left(int fd, int *seconds);

__attribute__((warn_unused_result)) int watchdog_feed(int fd);

/* Closes; `disarm`: with the magic 'V' before. -errno where the 'V' could not be written. */
int watchdog_close(int fd, bool disarm);

/*
 * Finds a process that has the device, or any other watchdog, open. Its pid, with its name in name[size]; 0 where none can
 * be seen (without root only one's own processes are).
 */
pid_t watchdog_find_holder(char name[], size_t size);

#endif
