/* SPDX-License-Identifier: MIT
 *
 * What a tcp check says to a server whose protocol it knows, and what answer shows that the server works: a few bytes, without
 * credentials, chosen so that the server's log stays as quiet as it can. Pure.
 */
#ifndef FEEDDOG_CHECKER_TCP_PROTOCOL_H
#define FEEDDOG_CHECKER_TCP_PROTOCOL_H

#include "config/flat.h"

#include <stddef.h>

enum { TCP_ANSWER_MAX = 4096 };

/* MORE: it may become one or the other. WRONG: the server says that it does not work, or speaks another protocol. */
enum tcp_answer { TCP_ANSWER_MORE, TCP_ANSWER_GOOD, TCP_ANSWER_WRONG };

struct tcp_bytes {
	const char *bytes;
	size_t length;
};

/* Sent as soon as the connection stands; length 0: the server speaks first. */
struct tcp_bytes tcp_protocol_hello(enum tcp_protocol protocol);

/* Sent after a good answer, so that the server sees a client that leaves in order. */
struct tcp_bytes tcp_protocol_farewell(enum tcp_protocol protocol);

/* Judges what has come so far. */
enum tcp_answer tcp_protocol_judge(enum tcp_protocol protocol, const char *bytes, size_t length);

#endif
