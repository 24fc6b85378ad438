/* SPDX-License-Identifier: MIT
 *
 * libcurl asks for sockets and for one timer; epoll and the schedule give them. curl never resolves a name itself, because its
 * threads would accumulate behind a dead name server: it is given the addresses, under a name that only they have.
 */
#include "transfer.h"

#include "os/clock.h"
#include "checker/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AUTHORITIES_KEPT_S = 60 };

/*
 * What is watched is a copy of the socket: curl takes some back only when it has closed them, as one whose connection timed
 * out. epoll would go on telling of it for as long as a child has it too that was forked meanwhile and has come to no exec;
 * and what is closed cannot be taken out of it any more. Without a copy, for want of descriptors, the socket itself will do.
 */
static int watched_copy(curl_socket_t fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 1);

	return copy < 0 ? fd : copy;
}

static int unwatch(const struct checker *checker, curl_socket_t fd, int watched)
{
	(void)epoll_ctl(checker->epoll_fd, EPOLL_CTL_DEL, watched, NULL);
	if (watched != fd)
		(void)close(watched);
	return 0;
}

/* curl's `what` is a foreign value: watch the socket for it. What curl keeps for us of a socket is the number of its copy. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *userp, void *kept)
{
	struct checker *checker = userp;
	struct epoll_event event = {.data.u64 = watch_key(WATCHED_TRANSFER, 0, fd)};
	int watched = (int)(intptr_t)kept;

	(void)easy;
	if (what == CURL_POLL_REMOVE)
		return watched > 0 ? unwatch(checker, fd, watched) : 0;
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (watched > 0)
		return epoll_ctl(checker->epoll_fd, EPOLL_CTL_MOD, watched, &event);
	watched = watched_copy(fd);
	(void)curl_multi_assign(checker->transfers.multi, fd, (void *)(intptr_t)watched);
	return epoll_ctl(checker->epoll_fd, EPOLL_CTL_ADD, watched, &event);
}

static int on_timer(CURLM *multi, long timeout_ms, void *userp)
{
	struct checker *checker = userp;

	(void)multi;
	if (timeout_ms < 0)
		schedule_cancel(&checker->schedule, &checker->transfers.timer);
	else
		schedule_set(&checker->schedule, &checker->transfers.timer, clock_now_ms() + timeout_ms);
	return 0;
}

/* As curl does it, but for the errno, which curl forgets. */
static curl_socket_t on_open(void *userp, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfers *transfers = userp;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	if (fd < 0)
		transfers->socket_errno = errno;
	return fd;
}

int transfers_open(struct checker *checker)
{
	struct transfers *transfers = &checker->transfers;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	transfers->timer = (struct timer){.owner = OWNER_TRANSFERS};
	transfers->multi = curl_multi_init();
	if (!transfers->multi)
		return -ENOMEM;
	/* No request shares the connection of another one. */
	curl_multi_setopt(transfers->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, checker);
	curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, checker);
	return 0;
}

void transfers_close(struct checker *checker)
{
	curl_multi_cleanup(checker->transfers.multi);
	checker->transfers.multi = NULL;
	curl_global_cleanup();
}

/* Hands out what is over. Probes only note it and are started again by their own timers, so curl is never re-entered. */
static void collect(struct checker *checker)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(checker->transfers.multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		char *private = NULL;

		if (message->msg != CURLMSG_DONE || curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private) != CURLE_OK)
			continue;
		struct transfer *transfer = (struct transfer *)(void *)private;
		transfer->ended(transfer->probe, code);
	}
}

void transfers_event(struct checker *checker, int fd, uint32_t events)
{
	int mask = 0;
	int running;

	if (events & (EPOLLIN | EPOLLHUP))
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	(void)curl_multi_socket_action(checker->transfers.multi, fd, mask, &running);
	collect(checker);
}

void transfers_timer(struct checker *checker)
{
	int running;

	(void)curl_multi_socket_action(checker->transfers.multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(checker);
}

/* Which certificates are believed, and which one is shown. */
static void set_trust(struct transfer *transfer)
{
	const struct probe *probe = transfer->probe;
	const struct check_spec *spec = probe->spec;

	if (spec->ca_file) {
		curl_easy_setopt(transfer->easy, CURLOPT_CAINFO, flat_text(probe->flat, spec->ca_file));
		curl_easy_setopt(transfer->easy, CURLOPT_CAPATH, NULL);
	}
#if LIBCURL_VERSION_NUM >= 0x075700
	/* To read all authorities takes some 10 ms, so they are kept; but a change of them must be seen. */
	curl_easy_setopt(transfer->easy, CURLOPT_CA_CACHE_TIMEOUT, (long)AUTHORITIES_KEPT_S);
#endif
	transfer_show_certificate(transfer, true);
	tls_watch_dates(transfer->easy, &transfer->dates);
}

void transfer_show_certificate(struct transfer *transfer, bool show)
{
	const struct probe *probe = transfer->probe;
	const struct check_spec *spec = probe->spec;
	text_at key = spec->client_key ? spec->client_key : spec->client_certificate;

	if (!spec->client_certificate)
		return;
	curl_easy_setopt(
	        transfer->easy, CURLOPT_SSLCERT, show ? flat_text(probe->flat, spec->client_certificate) : NULL);
	curl_easy_setopt(transfer->easy, CURLOPT_SSLKEY, show ? flat_text(probe->flat, key) : NULL);
}

/* What every transfer has in common. */
static void set_options(struct transfer *transfer)
{
	const struct probe *probe = transfer->probe;
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &probe->checker->transfers);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* The environment of a daemon must not send its checks somewhere else. */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	/* Within TLS the server chooses HTTP/2 or 1.1; without it there is no choice to offer. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "feeddog/" FEEDDOG_VERSION);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	/* A session that is taken up again shows no certificate: an expired one would go unnoticed. */
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	set_trust(transfer);
	/* curl divides this among the addresses of a name; the probe's own timer is what counts. */
	uint32_t timeout_ms = probe->rule->timeout_ms;
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms < INT32_MAX ? (long)timeout_ms : (long)INT32_MAX);
	/* Answers are short and checks are many. */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
}

int transfer_open(struct probe *probe, struct transfer *transfer, const char *url,
        void (*ended)(struct probe *probe, CURLcode code))
{
	*transfer = (struct transfer){.probe = probe, .ended = ended, .easy = curl_easy_init()};
	if (!transfer->easy)
		return -ENOMEM;
	set_options(transfer);
	return transfer_aim(transfer, url) == CURLE_OK ? 0 : -EINVAL;
}

/* The part of a URL without brackets around an IPv6 address; malloc. */
static char *url_part(CURLU *url, CURLUPart part)
{
	char *found = NULL;
	char *text = NULL;

	if (curl_url_get(url, part, &found, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return NULL;
	if (found[0] == '[')
		text = strndup(found + 1, strcspn(found + 1, "]"));
	else
		text = strdup(found);
	curl_free(found);
	return text;
}

static CURLcode read_url(struct transfer *transfer, const char *text)
{
	CURLU *url = curl_url();
	char *port = NULL;
	char *host = NULL;

	if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
		host = url_part(url, CURLUPART_HOST);
		port = url_part(url, CURLUPART_PORT);
	}
	curl_url_cleanup(url);
	free(transfer->host);
	transfer->host = host;
	transfer->port = port ? (uint16_t)strtoul(port, NULL, 10) : 0;
	free(port);
	return host && transfer->port ? CURLE_OK : CURLE_URL_MALFORMAT;
}

CURLcode transfer_aim(struct transfer *transfer, const char *url)
{
	CURLcode code = read_url(transfer, url);

	return code == CURLE_OK ? curl_easy_setopt(transfer->easy, CURLOPT_URL, url) : code;
}

int transfer_connect_to(struct transfer *transfer, const char *host, uint16_t port)
{
	char *copy = strdup(host);

	if (!copy)
		return -ENOMEM;
	free(transfer->host);
	transfer->host = copy;
	if (port)
		transfer->port = port;
	return 0;
}

static void end_with(struct transfer *transfer, int error)
{
	transfer->error = error;
	transfer->ended(transfer->probe, CURLE_FAILED_INIT);
}

/* Writes ",ADDRESS" for each of them. */
static void write_addresses(const struct resolved *resolved, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < resolved->count; i++) {
		char address[INET6_ADDRSTRLEN];

		if (getnameinfo((const struct sockaddr *)&resolved->addresses[i], resolved->sizes[i], address,
		            sizeof(address), NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s%s", length ? "," : "", address);
	}
}

/* Gives curl the addresses. Each check has a name of its own for them, so that curl's cache never mixes up two checks. */
static bool give_addresses(struct transfer *transfer)
{
	char text[RESOLVE_MAX * (INET6_ADDRSTRLEN + 1) + 64];
	char addresses[RESOLVE_MAX * (INET6_ADDRSTRLEN + 1)];
	unsigned check = transfer->probe->check;

	curl_slist_free_all(transfer->connect_to);
	curl_slist_free_all(transfer->addresses);
	(void)snprintf(text, sizeof(text), "::check-%u.invalid:%u", check, (unsigned)transfer->port);
	transfer->connect_to = curl_slist_append(NULL, text);
	write_addresses(&transfer->lookup.resolved, addresses, sizeof(addresses));
	/* The plus lets curl forget it. */
	(void)snprintf(text, sizeof(text), "+check-%u.invalid:%u:%s", check, (unsigned)transfer->port, addresses);
	transfer->addresses = curl_slist_append(NULL, text);
	curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_TO, transfer->connect_to);
	curl_easy_setopt(transfer->easy, CURLOPT_RESOLVE, transfer->addresses);
	return transfer->connect_to && transfer->addresses;
}

static void begin(struct transfer *transfer)
{
	struct transfers *transfers = &transfer->probe->checker->transfers;

	if (curl_multi_add_handle(transfers->multi, transfer->easy) != CURLM_OK)
		end_with(transfer, ENOMEM);
}

static void resolved(struct transfer *transfer, int error)
{
	if (error == 0 && !give_addresses(transfer))
		error = ENOMEM;
	if (error)
		end_with(transfer, error);
	else
		begin(transfer);
}

static void on_answer(struct lookup *lookup, int error)
{
	resolved((struct transfer *)(void *)((char *)lookup - offsetof(struct transfer, lookup)), error);
}

void transfer_start(struct transfer *transfer)
{
	transfer->error = 0;
	transfer->dates.known = false;
	if (transfer->probe->spec->unix_socket)
		begin(transfer);
	else if (lookup_start(transfer->probe, &transfer->lookup, transfer->host, on_answer) == LOOKUP_FOUND)
		resolved(transfer, 0);
}

void transfer_stop(struct transfer *transfer)
{
	lookup_stop(transfer->probe, &transfer->lookup);
	(void)curl_multi_remove_handle(transfer->probe->checker->transfers.multi, transfer->easy);
}

void transfer_close(struct transfer *transfer)
{
	if (!transfer->easy)
		return;
	transfer_stop(transfer);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->connect_to);
	curl_slist_free_all(transfer->addresses);
	free(transfer->host);
	transfer->easy = NULL;
}
