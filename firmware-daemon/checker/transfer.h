/* SPDX-License-Identifier: MIT
 *
 * Thin: libcurl's multi socket interface on the checker's epoll, for the kinds of check that speak over the network. Each
 * transfer opens a connection of its own: a check is there to prove that new connections are accepted.
 */
#ifndef FEEDDOG_CHECKER_TRANSFER_H
#define FEEDDOG_CHECKER_TRANSFER_H

#include "probe.h"

#include <curl/curl.h>

struct transfers {
	CURLM *multi;
	struct timer timer;
	int socket_errno; /* of the last socket that could not be opened */
};

/* 0 or -errno. */
__attribute__((warn_unused_result)) int transfers_open(struct checker *checker);
void transfers_close(struct checker *checker);

/* A socket of curl's is ready (epoll's bits), or its timer has come. */
void transfers_event(struct checker *checker, int fd, uint32_t events);
void transfers_timer(struct checker *checker);

/* A handle for a probe's transfers, with everything set but the URL's own matters. NULL: no memory, or not a URL. */
CURL *transfer_new(struct probe *probe, const char *url);

/* Starts a transfer; the kind's transferred() is called when it is over. 0 or -errno. */
__attribute__((warn_unused_result)) int transfer_start(struct probe *probe, CURL *easy);

/* Ends one that runs, at once; what is not running may be stopped too. */
void transfer_stop(struct probe *probe, CURL *easy);

/* What curl's code (never CURLE_OK) and the errno behind it say of the service. Total: every code has an answer. */
struct verdict transfer_verdict(CURLcode code, int os_errno);

/* The same with the errno that the handle remembers. */
struct verdict transfer_failure(const struct probe *probe, CURL *easy, CURLcode code);

#endif
