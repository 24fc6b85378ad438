/* SPDX-License-Identifier: MIT
 *
 * Thin: sd_notify without a library: one datagram to the socket that the service manager names in NOTIFY_SOCKET.
 */
#ifndef FEEDDOG_OS_NOTIFY_H
#define FEEDDOG_OS_NOTIFY_H

#include <stdint.h>

/* Opens the socket, if there is a manager that wants to hear. The descriptor, or -1: then notify_send does nothing. */
int notify_open(void);

/* Sends "READY=1", "STATUS=..." and the like; never blocks. 0 or -errno: a manager that does not listen is of no consequence. */
int notify_send(int fd, const char *text);

/* After how long without a "WATCHDOG=1" the manager thinks us dead; 0: it does not watch over us. */
uint64_t notify_watchdog_ms(void);

#endif
