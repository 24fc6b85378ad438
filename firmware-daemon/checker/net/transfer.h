/* SPDX-License-Identifier: MIT
 *
 * Thin: libcurl's multi socket interface on the checker's epoll, for the kinds of check that speak over the network. Each
 * transfer opens a connection of its own: a check is there to prove that new connections are accepted.
 */
#ifndef FEEDDOG_CHECKER_TRANSFER_H
#define FEEDDOG_CHECKER_TRANSFER_H

#include "lookup.h"
#include "tls.h"

#include <curl/curl.h>

struct transfers {
	CURLM *multi;
	struct timer timer;
	int socket_errno; /* of the last socket that could not be opened */
};

/* One transfer at a time, of one probe: the lookup of the host and then curl's part. It must stay where it is. */
struct transfer {
	struct probe *probe;
	CURL *easy; /* NULL: not open */
	/* Called when the transfer is over, but not when it is stopped. */
	void (*ended)(struct probe *probe, CURLcode code);
	struct lookup lookup;
	char *host; /* where to connect; malloc */
	uint16_t port;
	struct curl_slist *connect_to, *addresses;
	struct tls_dates dates; /* of this transfer's server */
	int error;              /* errno of a transfer that did not come to curl; 0: none */
};

/* 0 or -errno. */
__attribute__((warn_unused_result)) int transfers_open(struct checker *checker);
void transfers_close(struct checker *checker);

/* A socket of curl's is ready (epoll's bits), or its timer has come. */
void transfers_event(struct checker *checker, int fd, uint32_t events);
void transfers_timer(struct checker *checker);

/* Everything is set but the kind's own matters. 0 or -errno; close it in any case. */
__attribute__((warn_unused_result)) int transfer_open(struct probe *probe, struct transfer *transfer, const char *url,
        void (*ended)(struct probe *probe, CURLcode code));
void transfer_close(struct transfer *transfer);

/* Asks for another URL from now on, and connects to its host. */
__attribute__((warn_unused_result)) CURLcode transfer_aim(struct transfer *transfer, const char *url);

/* Connects to another host, or to another port of it (0: the same), than the URL says. 0 or -errno. */
__attribute__((warn_unused_result)) int transfer_connect_to(struct transfer *transfer, const char *host, uint16_t port);

/* Whether the server may see the check's client certificate; at first it may. */
void transfer_show_certificate(struct transfer *transfer, bool show);

/* Starts; what goes wrong is told by `ended`, which may be called at once. */
void transfer_start(struct transfer *transfer);

/* Ends what runs, at once. */
void transfer_stop(struct transfer *transfer);

/* What curl's code (never CURLE_OK) and the errno behind it say of the service. Total: every code has an answer. */
struct verdict transfer_verdict(CURLcode code, int os_errno);

/* The same with what the transfer remembers. */
struct verdict transfer_failure(const struct transfer *transfer, CURLcode code);

#endif
