/* SPDX-License-Identifier: MIT
 *
 * Thin: sd_notify without a library: one datagram to the socket that the service manager names in NOTIFY_SOCKET.
 */
#ifndef FEEDDOG_OS_NOTIFY_H
#define FEEDDOG_OS_NOTIFY_H

/* Opens the socket, if there is a manager that wants to hear. The descriptor, or -1: then notify_send does nothing. */
int notify_open(void);

/* Sends "READY=1", "STATUS=..." and the like; never blocks, and a manager that does not listen is of no consequence. */
void notify_send(int fd, const char *text);

#endif
