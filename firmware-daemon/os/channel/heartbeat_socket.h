/* SPDX-License-Identifier: MIT
 *
 * Thin: a socket that takes what programs send with sd_notify(3).
 */
#ifndef FEEDDOG_OS_HEARTBEAT_SOCKET_H
#define FEEDDOG_OS_HEARTBEAT_SOCKET_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Binds a datagram socket at a path, where everybody may send to it; one that nobody listens at any more is replaced. A
 * descriptor (close-on-exec, non-blocking), -EADDRINUSE where somebody listens there, or another -errno.
 */
__attribute__((warn_unused_result)) int heartbeat_socket_bind(const char *path);

/* The sender of a message, by the kernel's word. */
struct heartbeat_sender {
	pid_t pid; /* 0: not known, or not of our pid namespace */
	uid_t uid;
};

/*
 * Takes one message into text[size], NUL-terminated and cut at size - 1. Its length, -EAGAIN where there is none, or -errno.
 * Descriptors that come with it are closed, which takes about a millisecond where their sender wants it to take long.
 */
__attribute__((warn_unused_result)) long heartbeat_socket_receive(
        int fd, char text[], size_t size, struct heartbeat_sender *sender);

/* Closes the socket with the messages that wait in it, which may carry such descriptors, too. */
void heartbeat_socket_close(int fd);

/* Says something to whoever listens at a path, if anybody does; never waits, and follows no link. */
void heartbeat_socket_say(const char *path, const char *text);

#endif
