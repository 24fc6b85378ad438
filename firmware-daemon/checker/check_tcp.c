/* SPDX-License-Identifier: MIT
 *
 * tcp: opens a connection and closes it. curl does it (CONNECT_ONLY), so that names, addresses of both families and
 * causes are the same here as for http. Nothing is sent: the URL's scheme does not matter.
 */
#include "loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void tcp_ended(struct probe *probe, CURLcode code)
{
	struct transfer *transfer = probe->own;

	if (code == CURLE_OK)
		probe_end(probe, (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK});
	else
		probe_end(probe, transfer_failure(transfer, code));
	/* This closes the connection, too. */
	transfer_stop(transfer);
}

static void tcp_cleanup(struct probe *probe)
{
	transfer_close(probe->own);
	free(probe->own);
	probe->own = NULL;
}

static int tcp_init(struct probe *probe)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));
	char url[URL_SIZE];
	int error = make_url(url, flat_text(probe->flat, probe->spec->host), probe->spec->port);

	if (!transfer)
		return -ENOMEM;
	probe->own = transfer;
	if (error == 0)
		error = transfer_open(probe, transfer, url, tcp_ended);
	if (error < 0) {
		tcp_cleanup(probe);
		return error;
	}
	curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_ONLY, 1L);
	return 0;
}

static void tcp_start(struct probe *probe)
{
	transfer_start(probe->own);
}

static void tcp_timeout(struct probe *probe)
{
	tcp_ended(probe, CURLE_OPERATION_TIMEDOUT);
}

const struct probe_kind check_tcp = {
        .init = tcp_init,
        .start = tcp_start,
        .timeout = tcp_timeout,
        .cleanup = tcp_cleanup,
};
