/* SPDX-License-Identifier: MIT
 *
 * One short dialogue per protocol.
 */
#include "tcp_protocol.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BYTES(text)                                                                                                    \
	{                                                                                                              \
		(text), sizeof(text) - 1                                                                               \
	}

enum { LINE_MAX_LENGTH = 512 };

static bool begins_with(const char *bytes, size_t length, const char *word)
{
	return length >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

/*
 * GSSENCRequest: a child of the postmaster answers G or N, and a client that leaves then is no news to its log. (After
 * SSLRequest it is.) A server before version 12 answers E, for "unsupported protocol".
 */
static enum tcp_answer judge_postgresql(const char *bytes, size_t length)
{
	if (length == 0)
		return TCP_ANSWER_MORE;
	if (bytes[0] == 'E')
		return memmem(bytes, length, "fork", strlen("fork")) ? TCP_ANSWER_WRONG : TCP_ANSWER_GOOD;
	return bytes[0] == 'G' || bytes[0] == 'N' ? TCP_ANSWER_GOOD : TCP_ANSWER_WRONG;
}

/*
 * The server greets, or sends an error, for example that this host may not log in; but one that has too many connections serves
 * nobody. The farewell is a login that is refused: a client that leaves without one counts as a connection error, and after
 * max_connect_errors of them (100) the server would block this host.
 */
static enum tcp_answer judge_mysql(const char *bytes, size_t length)
{
	enum { GREETING = 10, ERROR = 0xff, TOO_MANY_CONNECTIONS = 1040 };
	const uint8_t *packet = (const uint8_t *)bytes;

	if (length < 5)
		return TCP_ANSWER_MORE;
	if (packet[4] == GREETING)
		return TCP_ANSWER_GOOD;
	if (packet[4] != ERROR)
		return TCP_ANSWER_WRONG;
	if (length < 7)
		return TCP_ANSWER_MORE;
	return packet[5] + packet[6] * 256 == TOO_MANY_CONNECTIONS ? TCP_ANSWER_WRONG : TCP_ANSWER_GOOD;
}

/* One that wants a password, or still loads its data, answers; one that runs a script for too long does not. */
static enum tcp_answer judge_redis(const char *bytes, size_t length)
{
	static const char *const answers[] = {"+PONG", "-NOAUTH", "-NOPERM", "-LOADING", "-MASTERDOWN", "-DENIED"};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (begins_with(bytes, length, answers[i]))
			return TCP_ANSWER_GOOD;
	return memchr(bytes, '\n', length) || length > LINE_MAX_LENGTH ? TCP_ANSWER_WRONG : TCP_ANSWER_MORE;
}

/* CONNACK: also a refusal shows that the broker works, but for "server unavailable" (version 3.1.1 and 5). */
static enum tcp_answer judge_mqtt(const char *bytes, size_t length)
{
	enum { CONNACK = 0x20, UNAVAILABLE = 3, UNAVAILABLE_5 = 0x88 };
	const uint8_t *packet = (const uint8_t *)bytes;

	if (length > 0 && packet[0] != CONNACK)
		return TCP_ANSWER_WRONG;
	if (length < 4)
		return TCP_ANSWER_MORE;
	return packet[3] == UNAVAILABLE || packet[3] == UNAVAILABLE_5 ? TCP_ANSWER_WRONG : TCP_ANSWER_GOOD;
}

static enum tcp_answer judge_smtp(const char *bytes, size_t length)
{
	if (length < strlen("220 "))
		return TCP_ANSWER_MORE;
	return begins_with(bytes, length, "220 ") || begins_with(bytes, length, "220-") ? TCP_ANSWER_GOOD
	                                                                                : TCP_ANSWER_WRONG;
}

/* Other lines may come before the server's version (RFC 4253). */
static enum tcp_answer judge_ssh(const char *bytes, size_t length)
{
	const char *line = bytes;
	const char *end = bytes + length;
	const char *newline;

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
		if (begins_with(line, (size_t)(newline - line), "SSH-"))
			return TCP_ANSWER_GOOD;
		/* sshd says so where it has MaxStartups connections. */
		if (begins_with(line, (size_t)(newline - line), "Exceeded MaxStartups"))
			return TCP_ANSWER_WRONG;
		line = newline + 1;
	}
	return TCP_ANSWER_MORE;
}

static const struct {
	struct tcp_bytes hello, farewell;
	enum tcp_answer (*judge)(const char *bytes, size_t length);
} protocols[TCP_PROTOCOL_COUNT] = {
        [TCP_POSTGRESQL] = {BYTES("\0\0\0\10\4\322\26\60"), {NULL, 0}, judge_postgresql},
        /* HandshakeResponse41 of the user feeddog without a password; and an empty answer to a request for another method. */
        [TCP_MYSQL] = {{NULL, 0},
                BYTES("\77\0\0\1\1\202\10\0\0\0\20\0\41\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                      "feeddog\0\0mysql_native_password\0\0\0\0\3"),
                judge_mysql},
        [TCP_REDIS] = {BYTES("PING\r\n"), {NULL, 0}, judge_redis},
        /* CONNECT in version 3.1.1 with a clean session and without a client identifier; DISCONNECT. */
        [TCP_MQTT] = {BYTES("\20\14\0\4MQTT\4\2\0\74\0\0"), BYTES("\340\0"), judge_mqtt},
        [TCP_SMTP] = {{NULL, 0}, BYTES("QUIT\r\n"), judge_smtp},
        [TCP_SSH] = {{NULL, 0}, BYTES("SSH-2.0-feeddog\r\n"), judge_ssh},
};

struct tcp_bytes tcp_protocol_hello(enum tcp_protocol protocol)
{
	return protocols[protocol].hello;
}

struct tcp_bytes tcp_protocol_farewell(enum tcp_protocol protocol)
{
	return protocols[protocol].farewell;
}

enum tcp_answer tcp_protocol_judge(enum tcp_protocol protocol, const char *bytes, size_t length)
{
	return protocols[protocol].judge ? protocols[protocol].judge(bytes, length) : TCP_ANSWER_GOOD;
}
