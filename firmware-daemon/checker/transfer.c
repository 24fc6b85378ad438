/* SPDX-License-Identifier: MIT
 *
 * libcurl asks for sockets and for one timer; epoll and the schedule give them. Names are resolved in curl's threads, and
 * QUICK_EXIT lets go of a thread that hangs with a dead name server, so nothing here waits.
 */
#include "transfer.h"

#include "../os/clock.h"
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MEMORY_NEEDED = 1024 * 1024 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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

static const struct probe_kind *kind_of(const struct probe *probe)
{
	return probe->spec->kind == KIND_TCP ? &check_tcp : &check_http;
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
		struct probe *probe = (struct probe *)(void *)private;
		kind_of(probe)->transferred(probe, (int)code);
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

/* What every transfer has in common. */
static void set_options(CURL *easy, struct probe *probe)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, probe);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &probe->checker->transfers);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
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
	/* curl divides this among the addresses of a name; the probe's own timer is what counts. */
	uint32_t timeout_ms = probe->rule->timeout_ms;
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms < INT32_MAX ? (long)timeout_ms : (long)INT32_MAX);
	/* Answers are short and checks are many. */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
}

CURL *transfer_new(struct probe *probe, const char *url)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	set_options(easy, probe);
	if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK) {
		curl_easy_cleanup(easy);
		return NULL;
	}
	return easy;
}

int transfer_start(struct probe *probe, CURL *easy)
{
	return curl_multi_add_handle(probe->checker->transfers.multi, easy) == CURLM_OK ? 0 : -EIO;
}

void transfer_stop(struct probe *probe, CURL *easy)
{
	(void)curl_multi_remove_handle(probe->checker->transfers.multi, easy);
}

/* Why a connection could not be made. Where this machine ran out of something, nothing is known of the service. */
static struct verdict not_connected(int os_errno)
{
	switch (os_errno) {
	case ECONNREFUSED:
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_REFUSED};
	case ETIMEDOUT:
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_TIMEOUT};
	/* A socket or a filter that does not let us through. */
	case EACCES:
	case EPERM:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return cannot_probe(os_errno);
	default:
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_UNREACHABLE, .detail = os_errno};
	}
}

/*
 * How the codes of curl read here. What is not listed is an answer that curl cannot read: curl has many codes for that, and
 * some of them sound as if we had made a mistake (CURLE_BAD_FUNCTION_ARGUMENT for a header without a colon).
 */
static const struct {
	CURLcode code;
	enum cause cause;
} causes[] = {
        {CURLE_COULDNT_RESOLVE_HOST, CAUSE_UNRESOLVED},
        {CURLE_OPERATION_TIMEDOUT, CAUSE_TIMEOUT},
        {CURLE_GOT_NOTHING, CAUSE_DROPPED},
        {CURLE_PARTIAL_FILE, CAUSE_DROPPED},
        {CURLE_RECV_ERROR, CAUSE_DROPPED},
        {CURLE_SEND_ERROR, CAUSE_DROPPED},
        {CURLE_SSL_CONNECT_ERROR, CAUSE_TLS},
        {CURLE_SSL_CIPHER, CAUSE_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, CAUSE_TLS},
        {CURLE_USE_SSL_FAILED, CAUSE_TLS},
        {CURLE_SSL_SHUTDOWN_FAILED, CAUSE_TLS},
        {CURLE_SSL_ISSUER_ERROR, CAUSE_TLS},
        {CURLE_SSL_PINNEDPUBKEYNOTMATCH, CAUSE_TLS},
        {CURLE_SSL_INVALIDCERTSTATUS, CAUSE_TLS},
        {CURLE_SSL_CLIENTCERT, CAUSE_TLS},
        /* Whatever the server does, these come from this side. */
        {CURLE_FAILED_INIT, CAUSE_CANNOT_PROBE},
        {CURLE_URL_MALFORMAT, CAUSE_CANNOT_PROBE},
        {CURLE_NOT_BUILT_IN, CAUSE_CANNOT_PROBE},
        {CURLE_COULDNT_RESOLVE_PROXY, CAUSE_CANNOT_PROBE},
        {CURLE_READ_ERROR, CAUSE_CANNOT_PROBE},
        {CURLE_INTERFACE_FAILED, CAUSE_CANNOT_PROBE},
        {CURLE_UNKNOWN_OPTION, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_ENGINE_NOTFOUND, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_ENGINE_SETFAILED, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_ENGINE_INITFAILED, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_CERTPROBLEM, CAUSE_CANNOT_PROBE}, /* our certificate, or its key */
        {CURLE_SSL_CACERT_BADFILE, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_CRL_BADFILE, CAUSE_CANNOT_PROBE},
        {CURLE_NO_CONNECTION_AVAILABLE, CAUSE_CANNOT_PROBE},
};

/* curl says "out of memory" of a header that is longer than it allows, too: ask the system. */
static bool memory_is_short(void)
{
	void *block = malloc(MEMORY_NEEDED);

	free(block);
	return !block;
}

struct verdict transfer_verdict(CURLcode code, int os_errno)
{
	struct verdict verdict = {.outcome = OUTCOME_BAD, .cause = CAUSE_GARBLED};

	if (code == CURLE_COULDNT_CONNECT)
		return not_connected(os_errno);
	if (code == CURLE_OUT_OF_MEMORY && memory_is_short())
		return cannot_probe(ENOMEM);
	for (size_t i = 0; i < COUNT_OF(causes); i++)
		if (causes[i].code == code)
			verdict.cause = causes[i].cause;
	if (verdict.cause == CAUSE_CANNOT_PROBE)
		return cannot_probe(code == CURLE_URL_MALFORMAT ? EINVAL : EIO);
	/* Only these come from the socket; for others the errno is what is left of an address that was tried before. */
	if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR)
		verdict.detail = os_errno;
	if (verdict.cause == CAUSE_TLS || verdict.cause == CAUSE_GARBLED)
		verdict.detail = (int32_t)code;
	return verdict;
}

struct verdict transfer_failure(const struct probe *probe, CURL *easy, CURLcode code)
{
	long os_errno = 0;

	if (code == CURLE_OPERATION_TIMEDOUT)
		return probe_timeout_verdict(probe);
	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
	/* It never came to a connection attempt: there was no socket to be had. */
	if (code == CURLE_COULDNT_CONNECT && os_errno == 0)
		return cannot_probe(probe->checker->transfers.socket_errno);
	return transfer_verdict(code, (int)os_errno);
}
