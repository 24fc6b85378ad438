/* SPDX-License-Identifier: MIT
 *
 * Thin: a channel between the feeder and a helper, a SOCK_SEQPACKET pair. Every call is non-blocking and restarts after
 * EINTR.
 *
 * A channel carries bytes, never descriptors. The last close() of a descriptor may block for as long as its sender likes
 * (SO_LINGER), so a receiver neither takes one nor closes a channel in whose queue one may wait.
 */
#ifndef FEEDDOG_OS_CHANNEL_H
#define FEEDDOG_OS_CHANNEL_H

#include <stddef.h>

/* Makes a pair: fds[0] is the feeder's end, fds[1] the helper's. Both close-on-exec and non-blocking. 0 or -errno. */
__attribute__((warn_unused_result)) int channel_pair(int fds[2]);

/* The peer can send nothing from now on. For a channel that has one direction, before the peer has its end. 0 or -errno. */
__attribute__((warn_unused_result)) int channel_only_send(int fd);

/* The peer reads the end of file, after the records that wait. The descriptor stays open: exit() closes it without waiting. */
void channel_end(int fd);

/*
 * Closes both ends in a child process, which may wait where we must not. 0, or -errno of fork or pipe: both are still open.
 */
__attribute__((warn_unused_result)) int channel_discard(const int fds[2]);

/* Sends one record whole. 0, or -errno: -EAGAIN where the receiver does not keep up, -EPIPE where it is gone. */
__attribute__((warn_unused_result)) int channel_send(int fd, const void *record, size_t size);

/*
 * Receives one record of at most `size` bytes. Its true size (which may be larger: then it was cut, and must be refused),
 * 0 at end of file, -EAGAIN where there is none, or another -errno. -EBADMSG: the next record came with descriptors. It stays
 * where it is, so nothing more can be received: discard the channel.
 */
__attribute__((warn_unused_result)) long channel_receive(int fd, void *record, size_t size);

#endif
