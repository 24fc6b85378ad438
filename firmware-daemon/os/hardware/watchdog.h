/* SPDX-License-Identifier: MIT
 *
 * Thin: the watchdog device, by the kernel's interface (Documentation/watchdog/watchdog-api.rst). All functions return 0
 * or -errno.
 *
 * Feeding is a write of one NUL byte, not the ioctl: after a handover from a process that closed with the magic 'V' the
 * kernel still remembers it, and a watchdog fed by ioctl alone is silently disarmed when the feeder is killed. A byte that
 * is not 'V' clears that.
 */
#ifndef FEEDDOG_OS_WATCHDOG_H
#define FEEDDOG_OS_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>

/* What the driver reports about itself (WDIOC_GETSUPPORT). */
struct watchdog_driver {
	char identity[33];
	bool sets_timeout;
	bool magic_close; /* without it, closing the device stops the watchdog, and so does killing the feeder */
	bool alarm_only;  /* it raises an alarm and does not reset the board */
};

/* Opens a device, which arms it. The descriptor (close-on-exec), or -errno; -EBUSY: another process holds it. */
__attribute__((warn_unused_result)) int watchdog_open(const char *path);

/*
 * Whether a driver is behind the path: 0, -ENOENT: no such path, -ENODEV: a node without a driver. A device that sysfs does
 * not know is opened for a moment, and closed with the magic 'V'.
 */
__attribute__((warn_unused_result)) int watchdog_look(const char *path);

/* Opens what stands in for a device: a FIFO, or a file that is made if need be. */
__attribute__((warn_unused_result)) int watchdog_open_simulated(const char *path);

__attribute__((warn_unused_result)) int watchdog_ask_driver(int fd, struct watchdog_driver *driver);

/* Asks for a timeout; *seconds becomes what the driver says it took. */
__attribute__((warn_unused_result)) int watchdog_set_timeout(int fd, int *seconds);
__attribute__((warn_unused_result)) int watchdog_get_timeout(int fd, int *seconds);

/* What is left of the timeout; -EOPNOTSUPP where the driver does not report it. */
__attribute__((warn_unused_result)) int watchdog_get_time_left(int fd, int *seconds);

/*
 * Stops the watchdog and starts it again, to learn whether it can be stopped. 0: it can; -EBUSY: it cannot (nowayout);
 * another -errno: the driver does not tell.
 */
__attribute__((warn_unused_result)) int watchdog_try_stop(int fd);

__attribute__((warn_unused_result)) int watchdog_feed(int fd);

/* Closes; `disarm`: with the magic 'V' before. -errno where the 'V' could not be written. */
int watchdog_close(int fd, bool disarm);

#endif
