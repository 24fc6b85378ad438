/* SPDX-License-Identifier: MIT
 *
 * http: asks for a URL and judges the answer by its status and, where they are given, by a pattern for its body and by how
 * long it took.
 *
 * The body is read to its end or to BODY_MAX bytes, whichever comes first: a server whose body hangs does not work, and
 * counts as a timeout, while an endless body does not hold the check up. A status that is not wanted needs no body. Only
 * a body that a pattern will look at is kept, and only until then. curl decodes a compressed body before it is counted, so
 * BODY_MAX bounds what a few compressed bytes can grow to.
 */
#include "checker/net/http_request.h"
#include "loop.h"

#include "pattern/pattern.h"
#include "os/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* PATTERN_WORK: some 20 ms at most, because the loop waits. */
enum { BODY_MAX = 64 * 1024, REDIRECTS_MAX = 10, PATTERN_WORK = 5000000 };

struct http {
	struct http_request request;
	struct pattern *pattern; /* where spec->body is given, else NULL */
	char *body;              /* BODY_MAX bytes and a NUL, while a pattern waits for it */
	size_t length;           /* of the body so far, kept or not */
	struct http_head head;
	bool enough;        /* we have ended the transfer ourselves: all that is needed is here */
	unsigned redirects; /* followed in this run */
	int64_t took_ms;    /* until the last of them */
	bool dates_logged;
	bool told; /* that the pattern takes too long */
};

static bool status_fits(const struct check_spec *spec, long status)
{
	for (uint8_t i = 0; i < spec->status_count; i++)
		if (status >= spec->status[i].low && status <= spec->status[i].high)
			return true;
	return false;
}

/* The status of a final answer, 0 while there is none. */
static long status_of(const struct http *http)
{
	return http->head.status >= 200 || http->head.ended ? http->head.status : 0;
}

static bool is_redirect(const struct probe *probe, const struct http *http)
{
	return probe->spec->redirects && http->head.status >= 300 && http->head.status <= 399 && http->head.location;
}

/* curl's header function, called for each line of a head. Neither a redirect nor what follows a 101 is waited for. */
static size_t on_header(char *bytes, size_t one, size_t length, void *userp)
{
	struct probe *probe = userp;
	struct http *http = probe->own;

	(void)one;
	if (!http_head_add(&http->head, bytes, length))
		return 0;
	http->enough = http->head.ended && (http->head.status < 200 || is_redirect(probe, http));
	return http->enough ? 0 : length;
}

/* Keeps a piece of the body; a NUL would hide what follows from the pattern, so it is kept as a line's end. */
static void keep(struct http *http, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char byte = bytes[i];
		http->body[http->length + i] = byte;
		if (byte == '\0')
			http->body[http->length + i] = '\n';
	}
}

/* curl's write function: what it returns, if not the length it was given, ends the transfer. */
static size_t on_body(char *bytes, size_t one, size_t length, void *userp)
{
	struct probe *probe = userp;
	struct http *http = probe->own;
	size_t taken = length < BODY_MAX - http->length ? length : BODY_MAX - http->length;

	(void)one;
	http->enough = !status_fits(probe->spec, status_of(http));
	if (!http->enough && http->body)
		keep(http, bytes, taken);
	http->length += taken;
	http->enough = http->enough || http->length == BODY_MAX;
	return http->enough ? 0 : length;
}

static void forget_answer(struct http *http)
{
	http_head_forget(&http->head);
	http->length = 0;
	http->enough = false;
}

static void forget_body(struct http *http)
{
	forget_answer(http);
	free(http->body);
	http->body = NULL;
}

static void http_cleanup(struct probe *probe)
{
	struct http *http = probe->own;

	http_request_close(&http->request);
	pattern_free(http->pattern);
	forget_body(http);
	free(http);
	probe->own = NULL;
}

static void http_ended(struct probe *probe, CURLcode code);

static int http_init(struct probe *probe)
{
	struct http *http = calloc(1, sizeof(*http));
	const char *reason;

	if (!http)
		return -ENOMEM;
	if (probe->spec->body) {
		http->pattern = pattern_compile(flat_text(probe->flat, probe->spec->body), &reason);
		if (!http->pattern) {
			free(http);
			return -EINVAL;
		}
	}
	probe->own = http;
	int error = http_request_open(probe, &http->request, http_ended);
	if (error < 0) {
		http_cleanup(probe);
		return error;
	}
	CURL *easy = http->request.transfer.easy;
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, probe);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, probe);
	return 0;
}

/* Looks for the pattern in what was kept. */
static enum pattern_answer find_in_body(struct http *http)
{
	return pattern_matches(http->pattern, http->body, http->length, PATTERN_WORK);
}

/* Only a large pattern takes so long, on a body that is made to be difficult: that says nothing about the server. */
static struct verdict give_up_body(const struct probe *probe)
{
	struct http *http = probe->own;

	if (!http->told)
		probe_explain(probe, "body: the pattern takes too long on this answer (write a simpler one)");
	http->told = true;
	return is_blind(ETIME);
}

/* How long the answer took to be here, as far as it is needed. */
static int64_t took(const struct http *http)
{
	curl_off_t took_us = 0;

	(void)curl_easy_getinfo(http->request.transfer.easy, CURLINFO_TOTAL_TIME_T, &took_us);
	return http->took_ms + took_us / 1000;
}

/* An answer is here, whole or as far as it is needed. */
static struct verdict judge(const struct probe *probe, long status)
{
	struct http *http = probe->own;
	struct verdict verdict = {.outcome = OUTCOME_BAD, .cause = CAUSE_STATUS, .detail = (int32_t)status};

	if (!status_fits(probe->spec, status))
		return verdict;
	/* One that cannot be followed. */
	if (is_redirect(probe, http))
		return transfer_verdict(CURLE_TOO_MANY_REDIRECTS, 0);
	verdict.cause = CAUSE_BODY;
	enum pattern_answer found = http->body ? find_in_body(http) : PATTERN_YES;
	if (found == PATTERN_GIVEN_UP)
		return give_up_body(probe);
	if (found == PATTERN_NO)
		return verdict;
	int64_t took_ms = took(http);
	if (probe->spec->max_latency_ms > 0 && took_ms > probe->spec->max_latency_ms)
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_SLOW, .detail = (int32_t)took_ms};
	verdict.outcome = OUTCOME_GOOD;
	verdict.cause = CAUSE_OK;
	return verdict;
}

static void http_start(struct probe *probe)
{
	struct http *http = probe->own;
	int error = 0;

	http->redirects = 0;
	http->took_ms = 0;
	if (probe->spec->body && !(http->body = malloc(BODY_MAX + 1)))
		error = -ENOMEM;
	if (error == 0)
		error = http_request_aim(&http->request, NULL);
	if (error == 0) {
		transfer_start(&http->request.transfer);
	} else {
		probe_end(probe, cannot_probe(-error));
		forget_body(http);
	}
}

/* Asks where the answer redirects to. False: it leads nowhere, or has led around too often. */
static bool follow(struct probe *probe)
{
	struct http *http = probe->own;

	if (!is_redirect(probe, http) || http->redirects == REDIRECTS_MAX)
		return false;
	http->took_ms = took(http);
	transfer_stop(&http->request.transfer);
	if (http_request_aim(&http->request, http->head.location) < 0)
		return false;
	http->redirects++;
	forget_answer(http);
	transfer_start(&http->request.transfer);
	return true;
}

/* The dates of a certificate decide nothing. Logs them once where the clock says that they are wrong. */
static void log_dates(const struct probe *probe)
{
	struct http *http = probe->own;
	const struct tls_dates *dates = &http->request.transfer.dates;
	int64_t now_s = time(NULL);
	bool wrong = dates->known && (now_s < dates->begin_s || now_s > dates->end_s);
	char begin[TLS_DATE_SIZE];
	char end[TLS_DATE_SIZE];
	char now[TLS_DATE_SIZE];

	if (wrong && !http->dates_logged)
		log_line(LOG_PRIORITY_WARNING,
		        "event=certificate service=%s check=%s not_before=%s not_after=%s now=%s reason=\"the clock of this "
		        "board says that the certificate is not valid now; the check does not depend on it\"",
		        flat_service_name(probe->flat, probe->rule->service),
		        flat_check_name(probe->flat, probe->check), tls_date_text(dates->begin_s, begin),
		        tls_date_text(dates->end_s, end), tls_date_text(now_s, now));
	if (dates->known)
		http->dates_logged = wrong;
}

static struct verdict conclude(const struct probe *probe, CURLcode code)
{
	const struct http *http = probe->own;
	long status = status_of(http);

	if (http->head.garbled)
		return transfer_verdict(CURLE_WEIRD_SERVER_REPLY, 0);
	/* A wrong status stays wrong, whatever became of its body. */
	if (status != 0 && (code == CURLE_OK || http->enough || !status_fits(probe->spec, status)))
		return judge(probe, status);
	if (code == CURLE_OK)
		return transfer_verdict(CURLE_WEIRD_SERVER_REPLY, 0);
	return transfer_failure(&http->request.transfer, code);
}

static void http_ended(struct probe *probe, CURLcode code)
{
	struct http *http = probe->own;

	log_dates(probe);
	if (code != CURLE_OPERATION_TIMEDOUT && !http->head.garbled && follow(probe))
		return;
	probe_end(probe, conclude(probe, code));
	transfer_stop(&http->request.transfer);
	forget_body(http);
}

static void http_timeout(struct probe *probe)
{
	http_ended(probe, CURLE_OPERATION_TIMEDOUT);
}

const struct probe_kind check_http = {
        .init = http_init,
        .start = http_start,
        .timeout = http_timeout,
        .cleanup = http_cleanup,
};
