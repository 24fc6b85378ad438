/* SPDX-License-Identifier: MIT
 *
 * tcp: opens a connection and, where a protocol or an expected answer is given, speaks a few bytes: the kernel takes a
 * connection also for a server that hangs. curl connects (CONNECT_ONLY), so that names, addresses of both families and
 * causes are the same here as for http; the URL's scheme does not matter.
 */
#include "loop.h"
#include "checker/net/tcp_protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { URL_SIZE = 512 };

/* `http://HOST:PORT/`, with brackets around an IPv6 address and its zone escaped. 0 or -ENAMETOOLONG. */
static int make_url(char url[URL_SIZE], const char *host, uint16_t port)
{
	const char *zone = strchr(host, '%');
	int address = zone ? (int)(zone - host) : (int)strlen(host);
	int length;

	if (!strchr(host, ':'))
		length = snprintf(url, URL_SIZE, "http://%s:%u/", host, (unsigned)port);
	else
		length = snprintf(url, URL_SIZE, "http://[%.*s%s%s]:%u/", address, host, zone ? "%25" : "",
		        zone ? zone + 1 : "", (unsigned)port);
	return length >= 0 && length < URL_SIZE ? 0 : -ENAMETOOLONG;
}

struct tcp {
	struct transfer transfer;
	regex_t pattern; /* where spec->expect is given */
	int fd;          /* a copy of the connection while we speak; -1: not now */
	size_t length;
	char answer[TCP_ANSWER_MAX + 1];
};

static bool has_dialogue(const struct check_spec *spec)
{
	return spec->protocol != TCP_NONE || spec->expect;
}

static void hang_up(struct probe *probe)
{
	struct tcp *tcp = probe->own;

	if (tcp->fd >= 0)
		probe_close(probe, tcp->fd);
	tcp->fd = -1;
	/* This closes the connection, too. */
	transfer_stop(&tcp->transfer);
}

static void end(struct probe *probe, struct verdict verdict)
{
	probe_end(probe, verdict);
	hang_up(probe);
}

static struct tcp_bytes hello(const struct probe *probe)
{
	const struct check_spec *spec = probe->spec;
	const char *text = flat_text(probe->flat, spec->send);

	if (spec->protocol != TCP_NONE)
		return tcp_protocol_hello((enum tcp_protocol)spec->protocol);
	return (struct tcp_bytes){text, strlen(text)};
}

/* A few bytes fit into the buffer of a new connection. False: the server has closed it. */
static bool say(const struct tcp *tcp, struct tcp_bytes what)
{
	return what.length == 0 || send(tcp->fd, what.bytes, what.length, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/* Reads and forgets what still comes, until the server closes; then the run is over. */
static void leave(struct probe *probe)
{
	const struct tcp *tcp = probe->own;
	char ignored[1024];
	ssize_t length = recv(tcp->fd, ignored, sizeof(ignored), MSG_DONTWAIT);

	if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	probe_release(probe);
	hang_up(probe);
}

/* The answer is good: says so, takes leave, and lets the server close first, so that it sees no connection break. */
static void take_leave(struct probe *probe)
{
	const struct tcp *tcp = probe->own;

	probe_report(probe, (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK});
	(void)say(tcp, tcp_protocol_farewell((enum tcp_protocol)probe->spec->protocol));
	(void)shutdown(tcp->fd, SHUT_WR);
	leave(probe);
}

static enum tcp_answer judge(const struct probe *probe)
{
	struct tcp *tcp = probe->own;

	if (probe->spec->protocol != TCP_NONE)
		return tcp_protocol_judge((enum tcp_protocol)probe->spec->protocol, tcp->answer, tcp->length);
	tcp->answer[tcp->length] = '\0';
	return regexec(&tcp->pattern, tcp->answer, 0, NULL, 0) == 0 ? TCP_ANSWER_GOOD : TCP_ANSWER_MORE;
}

/* No more will come, and what has come is not what is wanted. */
static void end_without_answer(struct probe *probe, int error)
{
	const struct tcp *tcp = probe->own;

	if (tcp->length > 0)
		end(probe, (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_ANSWER});
	else
		end(probe, (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_DROPPED, .detail = error});
}

static void take_answer(struct probe *probe)
{
	struct tcp *tcp = probe->own;
	char *bytes = tcp->answer + tcp->length;
	ssize_t length = recv(tcp->fd, bytes, TCP_ANSWER_MAX - tcp->length, MSG_DONTWAIT);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length <= 0) {
		end_without_answer(probe, length < 0 ? errno : 0);
		return;
	}
	/* A NUL would hide what follows from a pattern. */
	for (ssize_t i = 0; probe->spec->expect && i < length; i++)
		if (bytes[i] == '\0')
			bytes[i] = '\n';
	tcp->length += (size_t)length;
	switch (judge(probe)) {
	case TCP_ANSWER_GOOD:
		take_leave(probe);
		break;
	case TCP_ANSWER_WRONG:
		end_without_answer(probe, 0);
		break;
	case TCP_ANSWER_MORE:
		if (tcp->length == TCP_ANSWER_MAX)
			end_without_answer(probe, 0);
		break;
	}
}

static void tcp_event(struct probe *probe, int fd)
{
	const struct tcp *tcp = probe->own;

	if (tcp->fd < 0 || fd != tcp->fd)
		return;
	if (probe->reported)
		leave(probe);
	else
		take_answer(probe);
}

/* Speaks over a copy of curl's socket, which curl keeps open and does not watch any more. */
static void begin_dialogue(struct probe *probe)
{
	struct tcp *tcp = probe->own;
	curl_socket_t fd = CURL_SOCKET_BAD;
	int error = 0;

	tcp->length = 0;
	(void)curl_easy_getinfo(tcp->transfer.easy, CURLINFO_ACTIVESOCKET, &fd);
	tcp->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (tcp->fd < 0)
		error = -errno;
	else
		error = probe_watch(probe, tcp->fd);
	if (error < 0)
		end(probe, cannot_probe(-error));
	else if (!say(tcp, hello(probe)))
		end_without_answer(probe, errno);
}

static void tcp_ended(struct probe *probe, CURLcode code)
{
	struct tcp *tcp = probe->own;

	if (code != CURLE_OK)
		end(probe, transfer_failure(&tcp->transfer, code));
	else if (has_dialogue(probe->spec))
		begin_dialogue(probe);
	else
		end(probe, (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK});
}

static void tcp_cleanup(struct probe *probe)
{
	struct tcp *tcp = probe->own;

	if (tcp->fd >= 0)
		probe_close(probe, tcp->fd);
	transfer_close(&tcp->transfer);
	if (probe->spec->expect)
		regfree(&tcp->pattern);
	free(tcp);
	probe->own = NULL;
}

static int tcp_init(struct probe *probe)
{
	struct tcp *tcp = calloc(1, sizeof(*tcp));
	char url[URL_SIZE];
	int error = make_url(url, flat_text(probe->flat, probe->spec->host), probe->spec->port);

	if (!tcp)
		return -ENOMEM;
	tcp->fd = -1;
	if (probe->spec->expect &&
	        regcomp(&tcp->pattern, flat_text(probe->flat, probe->spec->expect),
	                REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0) {
		free(tcp);
		return -EINVAL;
	}
	probe->own = tcp;
	if (error == 0)
		error = transfer_open(probe, &tcp->transfer, url, tcp_ended);
	if (error < 0) {
		tcp_cleanup(probe);
		return error;
	}
	curl_easy_setopt(tcp->transfer.easy, CURLOPT_CONNECT_ONLY, 1L);
	/* curl closes a connection that must not be used again as soon as it stands; this one is closed by transfer_stop(). */
	curl_easy_setopt(tcp->transfer.easy, CURLOPT_FORBID_REUSE, 0L);
	return 0;
}

static void tcp_start(struct probe *probe)
{
	struct tcp *tcp = probe->own;

	transfer_start(&tcp->transfer);
}

static void tcp_timeout(struct probe *probe)
{
	struct tcp *tcp = probe->own;

	/* The server does not close after a good answer; then we do. */
	if (probe->reported) {
		probe_release(probe);
		hang_up(probe);
	} else {
		end(probe, transfer_failure(&tcp->transfer, CURLE_OPERATION_TIMEDOUT));
	}
}

const struct probe_kind check_tcp = {
        .init = tcp_init,
        .start = tcp_start,
        .timeout = tcp_timeout,
        .event = tcp_event,
        .cleanup = tcp_cleanup,
};
