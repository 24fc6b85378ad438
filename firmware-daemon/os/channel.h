/* SPDX-License-Identifier: MIT
 *
 * Thin: a channel between the feeder and a helper, a SOCK_SEQPACKET pair. Every call is non-blocking and restarts after
 * EINTR.
 */
#ifndef FEEDDOG_OS_CHANNEL_H
#define FEEDDOG_OS_CHANNEL_H

#include <stddef.h>

/* Makes a pair: fds[0] is the feeder's end, fds[1] the helper's. Both close-on-exec and non-blocking. 0 or -errno. */
__attribute__((warn_unused_result)) int channel_pair(int fds[2]);

/* Sends one record whole. 0, or -errno: -EAGAIN where the receiver does not keep up, -EPIPE where it is gone. */
__attribute__((warn_unused_result)) int channel_send(int fd, const void *record, size_t size);

/*
 * Receives one record of at most `size` bytes. Its true size (which may be larger: then it was cut, and must be refused),
 * 0 at end of file, -EAGAIN where there is none, or another -errno.
 */
__attribute__((warn_unused_result)) long channel_receive(int fd, void *record, size_t size);

#endif
