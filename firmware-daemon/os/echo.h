/* SPDX-License-Identifier: MIT
 *
 * Thin: one ICMP or ICMPv6 echo request and its answer, by a datagram socket: the kernel lets a process do that whose group
 * is in net.ipv4.ping_group_range (for both families), and hands it only its own answers.
 */
#ifndef FEEDDOG_OS_ECHO_H
#define FEEDDOG_OS_ECHO_H

#include <stdint.h>
#include <sys/socket.h>

enum { ECHO_TOKEN_SIZE = 16 };

/*
 * A non-blocking socket (close-on-exec) for one address, bound to an interface unless that is NULL. -errno: -EACCES where
 * the kernel does not let us, -ENODEV where there is no such interface, and what connect(2) may say.
 */
__attribute__((warn_unused_result)) int echo_open(
        const struct sockaddr *address, socklen_t size, const char *interface);

/* Sends one request. 0 or -errno. */
__attribute__((warn_unused_result)) int echo_send(int fd, uint16_t sequence, const uint8_t token[ECHO_TOKEN_SIZE]);

/*
 * Takes what came: 0 where it is the answer to that request, -EAGAIN where nothing is there, -EBADMSG where it is something
 * else, or what the network said of the request, as -EHOSTUNREACH.
 */
__attribute__((warn_unused_result)) int echo_receive(int fd, uint16_t sequence, const uint8_t token[ECHO_TOKEN_SIZE]);

#endif
