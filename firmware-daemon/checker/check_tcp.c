/* SPDX-License-Identifier: MIT
 *
 * tcp: opens a connection and closes it. curl does it (CONNECT_ONLY), so that names, addresses of both families and
 * causes are the same here as for http. Nothing is sent: the URL's scheme does not matter.
 */
#include "loop.h"

#include <errno.h>
#include <stdio.h>
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

static int tcp_init(struct probe *probe)
{
	char url[URL_SIZE];
	int error = make_url(url, flat_text(probe->flat, probe->spec->host), probe->spec->port);

	if (error < 0)
		return error;
	CURL *easy = transfer_new(probe, url);
	if (!easy)
		return -ENOMEM;
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	probe->own = easy;
	return 0;
}

static void tcp_start(struct probe *probe)
{
	int error = transfer_start(probe, probe->own);

	if (error < 0)
		probe_end(probe, cannot_probe(-error));
}

static void tcp_transferred(struct probe *probe, int curl_code)
{
	CURLcode code = (CURLcode)curl_code;

	if (code == CURLE_OK)
		probe_end(probe, (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK});
	else
		probe_end(probe, transfer_failure(probe, probe->own, code));
	/* This closes the connection, too. */
	transfer_stop(probe, probe->own);
}

static void tcp_timeout(struct probe *probe)
{
	tcp_transferred(probe, CURLE_OPERATION_TIMEDOUT);
}

static void tcp_cleanup(struct probe *probe)
{
	transfer_stop(probe, probe->own);
	curl_easy_cleanup(probe->own);
	probe->own = NULL;
}

const struct probe_kind check_tcp = {
        .init = tcp_init,
        .start = tcp_start,
        .timeout = tcp_timeout,
        .transferred = tcp_transferred,
        .cleanup = tcp_cleanup,
};
