/* SPDX-License-Identifier: MIT
 *
 * certificate: makes a TLS handshake with a server, and warns when what the server shows ends soon. It is the only check
 * that believes the wall clock, so without a clock that is synchronized it is blind. curl makes the handshake (CONNECT_ONLY) and
 * verifies chain and name.
 */
#include "checker/net/certificate.h"
#include "loop.h"

#include "os/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	URL_SIZE = 512,
	DAY_S = 86400,
	AGAIN_MS = 60000, /* while blind: the clock of a board is set some time after its boot */
};

struct verdict certificate_verdict(const struct tls_dates *dates, int64_t now_s, uint32_t within_ms)
{
	int64_t left_s = dates->end_s - now_s;
	int64_t days = left_s < 0 ? -((-left_s + DAY_S - 1) / DAY_S) : left_s / DAY_S;
	struct verdict verdict = {.outcome = OUTCOME_GOOD, .cause = CAUSE_OK};

	verdict.detail = days > INT32_MAX ? INT32_MAX : days < INT32_MIN ? INT32_MIN : (int32_t)days;
	if (now_s < dates->begin_s)
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_NOT_YET};
	if (left_s * 1000 < within_ms) {
		verdict.outcome = OUTCOME_BAD;
		verdict.cause = CAUSE_EXPIRES;
	}
	return verdict;
}

/* The URL of the check, or https://HOST:PORT/. 0 or -ENAMETOOLONG. */
static int make_url(const struct probe *probe, char url[URL_SIZE])
{
	const struct check_spec *spec = probe->spec;
	const char *host = flat_text(probe->flat, spec->host);
	bool bracketed = strchr(host, ':') != NULL;
	int length;

	if (spec->url)
		length = snprintf(url, URL_SIZE, "%s", flat_text(probe->flat, spec->url));
	else
		length = snprintf(url, URL_SIZE, "https://%s%s%s:%u/", bracketed ? "[" : "", host, bracketed ? "]" : "",
		        (unsigned)spec->port);
	return length < 0 || length >= URL_SIZE ? -ENAMETOOLONG : 0;
}

static void end(struct probe *probe, struct verdict verdict)
{
	int64_t again_ms = clock_now_ms() + AGAIN_MS;

	if (verdict.outcome == OUTCOME_BLIND && probe->due_ms > again_ms)
		probe->due_ms = again_ms;
	probe_end(probe, verdict);
	transfer_stop(probe->own);
}

static void certificate_ended(struct probe *probe, CURLcode code)
{
	const struct transfer *transfer = probe->own;

	if (code != CURLE_OK)
		end(probe, transfer_failure(transfer, code));
	else if (!transfer->dates.known)
		end(probe, is_blind(EOPNOTSUPP));
	else
		end(probe, certificate_verdict(&transfer->dates, clock_wall_s(), probe->spec->within_ms));
}

static void certificate_cleanup(struct probe *probe)
{
	transfer_close(probe->own);
	free(probe->own);
	probe->own = NULL;
}

static int certificate_init(struct probe *probe)
{
	const struct check_spec *spec = probe->spec;
	struct transfer *transfer = calloc(1, sizeof(*transfer));
	char url[URL_SIZE];
	int error = make_url(probe, url);

	if (!transfer)
		return -ENOMEM;
	probe->own = transfer;
	if (error == 0)
		error = transfer_open(probe, transfer, url, certificate_ended);
	if (error == 0 && spec->url && spec->host)
		error = transfer_connect_to(transfer, flat_text(probe->flat, spec->host), spec->port);
	if (error < 0) {
		certificate_cleanup(probe);
		return error;
	}
	curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_ONLY, 1L);
	return 0;
}

static void certificate_start(struct probe *probe)
{
	int error = clock_check_synchronized();

	if (error == 0)
		transfer_start(probe->own);
	else
		end(probe, is_blind(-error));
}

static void certificate_timeout(struct probe *probe)
{
	certificate_ended(probe, CURLE_OPERATION_TIMEDOUT);
}

const struct probe_kind check_certificate = {
        .init = certificate_init,
        .start = certificate_start,
        .timeout = certificate_timeout,
        .cleanup = certificate_cleanup,
};
