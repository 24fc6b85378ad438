/* SPDX-License-Identifier: MIT
 *
 * The request of an http check: method, headers, and where it goes, also after a redirect. curl could follow redirects by
 * itself, but would resolve the names that they lead to, see transfer.h.
 */
#ifndef FEEDDOG_CHECKER_HTTP_REQUEST_H
#define FEEDDOG_CHECKER_HTTP_REQUEST_H

#include "http_head.h"
#include "transfer.h"

struct http_request {
	struct transfer transfer;
	char *url;                          /* of the next transfer; malloc */
	struct curl_slist *headers;         /* for the check's own server */
	struct curl_slist *foreign_headers; /* for another one that it redirects to: nothing secret */
};

/* 0 or -errno; close it in any case. `ended` as in transfer_open(). */
__attribute__((warn_unused_result)) int http_request_open(
        struct probe *probe, struct http_request *request, void (*ended)(struct probe *probe, CURLcode code));
void http_request_close(struct http_request *request);

/*
 * Aims at the check's URL (NULL), or at a location relative to the last one. A server other than the check's own gets neither
 * its Authorization, Cookie and Host headers nor its client certificate. 0, -EINVAL where that is no URL of http or https, or
 * -ENOMEM.
 */
__attribute__((warn_unused_result)) int http_request_aim(struct http_request *request, const char *location);

#endif
