/* SPDX-License-Identifier: MIT
 *
 * Thin: the socket in RUN on which a person's commands come in.
 */
#ifndef FEEDDOG_OS_CONTROL_SOCKET_H
#define FEEDDOG_OS_CONTROL_SOCKET_H

/*
 * Binds a datagram socket at `path`, which only its owner may write to (0600); what an earlier run left there is removed.
 * The descriptor (close-on-exec, non-blocking) or -errno.
 */
__attribute__((warn_unused_result)) int control_socket_bind(const char *path);

/* A descriptor that sends to such a socket, or -errno: -ECONNREFUSED where nobody listens. */
__attribute__((warn_unused_result)) int control_socket_connect(const char *path);

#endif
