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
#include "loop.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum {
	BODY_MAX = 64 * 1024,
	HEAD_MAX = 256 * 1024, /* bytes of all heads of one transfer, those of interim answers and redirects included */
	REDIRECTS_LAST = 10,
	SWITCHING_PROTOCOLS = 101,
};

/* Not zstd: its window may take 128 MiB, whatever the length of the body. */
#define ENCODINGS "gzip, deflate, br"

struct http {
	CURL *easy;
	struct curl_slist *headers;
	regex_t pattern; /* where spec->body is given */
	char *body;      /* BODY_MAX bytes and a NUL, while a pattern waits for it */
	size_t length;   /* of the body so far, kept or not */
	size_t head_length;
	long status;   /* of the newest head, 0: none yet */
	bool switched; /* the server has answered 101: no other answer follows */
	bool enough;   /* we have ended the transfer ourselves: all that is needed is here */
	bool garbled;  /* or because its head is none */
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
	return http->status >= 200 || http->switched ? http->status : 0;
}

/* Where the status of "HTTP/1.1 200 OK", or of the "HTTP/2 200" that curl writes for HTTP/2, begins; 0: it has none. */
static size_t find_status(const char *line, size_t length)
{
	static const char digits[] = "0123456789";
	size_t at = strlen("HTTP/1");

	if (length < strlen("HTTP/1.1 ") || memcmp(line, "HTTP/", 5) != 0 || !strchr(digits, line[5]))
		return 0;
	if (line[at] == '.' && strchr(digits, line[at + 1]))
		at += 2;
	if (line[at] != ' ')
		return 0;
	while (at < length && line[at] == ' ')
		at++;
	return at;
}

/* The status in the first line of a head, 0 where it is no such line. */
static long read_status(const char *line, size_t length)
{
	static const char digits[] = "0123456789";
	char text[16] = "";
	size_t at = find_status(line, length);

	if (at == 0)
		return 0;
	memcpy(text, line + at, length - at < 4 ? length - at : 4);
	if (strspn(text, digits) != 3 || !strchr(" \r\n", text[3]))
		return 0;
	return strtol(text, NULL, 10);
}

/*
 * curl's header function, called for each line of a head. curl takes a first line that it cannot read, as long as it begins
 * with HTTP/, for that of a good answer; so we read it ourselves. What follows a 101 is another protocol, so the transfer ends
 * with that head.
 */
static size_t on_header(char *bytes, size_t one, size_t length, void *userp)
{
	struct http *http = ((struct probe *)userp)->own;

	(void)one;
	http->head_length += length;
	if (http->head_length > HEAD_MAX) {
		http->garbled = true;
	} else if (length >= strlen("HTTP/") && strncasecmp(bytes, "HTTP/", strlen("HTTP/")) == 0) {
		http->status = read_status(bytes, length);
		http->garbled = http->status < 100;
	} else if (http->status == SWITCHING_PROTOCOLS && (bytes[0] == '\r' || bytes[0] == '\n')) {
		http->switched = true;
		http->enough = true;
	}
	return http->garbled || http->enough ? 0 : length;
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

static void forget_body(struct http *http)
{
	free(http->body);
	http->body = NULL;
	http->length = 0;
	http->head_length = 0;
	http->status = 0;
	http->switched = false;
	http->enough = false;
	http->garbled = false;
}

static void http_cleanup(struct probe *probe)
{
	struct http *http = probe->own;

	if (http->easy) {
		transfer_stop(probe, http->easy);
		curl_easy_cleanup(http->easy);
	}
	curl_slist_free_all(http->headers);
	if (probe->spec->body)
		regfree(&http->pattern);
	free(http->body);
	free(http);
	probe->own = NULL;
}

/* How it is asked for. HEAD has no body to wait for; the others get an empty one, whose length they are told. */
static void set_method(CURL *easy, const char *method)
{
	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	}
}

/* 0 or -ENOMEM. */
static int add_header(struct http *http, const char *header)
{
	struct curl_slist *longer = curl_slist_append(http->headers, header);

	if (!longer)
		return -ENOMEM;
	http->headers = longer;
	return 0;
}

static bool names_connection(const char *header)
{
	return strncasecmp(header, "Connection:", strlen("Connection:")) == 0;
}

/* The check's own headers. A connection is used once, and the server learns it, unless the check says otherwise. */
static int set_headers(const struct probe *probe, struct http *http)
{
	bool says_connection = false;
	int error = 0;

	for (uint32_t i = 0; i < probe->spec->headers.argc && error == 0; i++) {
		const char *header = flat_argument(probe->flat, probe->spec->headers, i);

		says_connection = says_connection || names_connection(header);
		error = add_header(http, header);
	}
	if (error == 0 && !says_connection)
		error = add_header(http, "Connection: close");
	curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers);
	return error;
}

static int set_request(const struct probe *probe, struct http *http)
{
	const struct check_spec *spec = probe->spec;

	curl_easy_setopt(http->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(http->easy, CURLOPT_WRITEDATA, probe);
	curl_easy_setopt(http->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(http->easy, CURLOPT_HEADERDATA, probe);
	/* A body that nobody looks at may stay as it is. */
	if (spec->body)
		curl_easy_setopt(http->easy, CURLOPT_ACCEPT_ENCODING, ENCODINGS);
	if (spec->method)
		set_method(http->easy, flat_text(probe->flat, spec->method));
	if (spec->unix_socket)
		curl_easy_setopt(http->easy, CURLOPT_UNIX_SOCKET_PATH, flat_text(probe->flat, spec->unix_socket));
	if (spec->redirects) {
		curl_easy_setopt(http->easy, CURLOPT_FOLLOWLOCATION, 1L);
		curl_easy_setopt(http->easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_LAST);
	}
	if (spec->insecure) {
		curl_easy_setopt(http->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(http->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return set_headers(probe, http);
}

static int http_init(struct probe *probe)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return -ENOMEM;
	/* As grep -E reads it: ^ and $ are the ends of a line. */
	if (probe->spec->body &&
	        regcomp(&http->pattern, flat_text(probe->flat, probe->spec->body),
	                REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0) {
		free(http);
		return -EINVAL;
	}
	probe->own = http;
	http->easy = transfer_new(probe, flat_text(probe->flat, probe->spec->url));
	int error = http->easy ? set_request(probe, http) : -ENOMEM;
	if (error < 0)
		http_cleanup(probe);
	return error;
}

/* Looks for the pattern in what was kept. */
static bool body_fits(struct http *http)
{
	http->body[http->length] = '\0';
	return regexec(&http->pattern, http->body, 0, NULL, 0) == 0;
}

/* How long the answer took to be here, as far as it is needed. */
static int64_t took(const struct http *http)
{
	curl_off_t took_us = 0;

	(void)curl_easy_getinfo(http->easy, CURLINFO_TOTAL_TIME_T, &took_us);
	return took_us / 1000;
}

/* An answer is here, whole or as far as it is needed. */
static struct verdict judge(const struct probe *probe, long status)
{
	struct http *http = probe->own;
	struct verdict verdict = {.outcome = OUTCOME_BAD, .cause = CAUSE_STATUS, .detail = (int32_t)status};

	if (!status_fits(probe->spec, status))
		return verdict;
	verdict.cause = CAUSE_BODY;
	if (http->body && !body_fits(http))
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

	if (probe->spec->body && !(http->body = malloc(BODY_MAX + 1)))
		error = -ENOMEM;
	if (error == 0)
		error = transfer_start(probe, http->easy);
	if (error < 0) {
		probe_end(probe, cannot_probe(-error));
		forget_body(http);
	}
}

/* Once the server has answered, whatever curl cannot make sense of is the server's failure: a URL to go to, for example. */
static struct verdict failure(const struct probe *probe, CURLcode code)
{
	const struct http *http = probe->own;

	if (http->status != 0 && code == CURLE_URL_MALFORMAT)
		code = CURLE_WEIRD_SERVER_REPLY;
	return transfer_failure(probe, http->easy, code);
}

/* The status is that of a redirect that was followed, to where no answer came from. */
static bool is_of_redirect(const struct probe *probe, long status, CURLcode code)
{
	return probe->spec->redirects && status >= 300 && status <= 399 && code != CURLE_TOO_MANY_REDIRECTS &&
	        code != CURLE_UNSUPPORTED_PROTOCOL;
}

static void http_transferred(struct probe *probe, int curl_code)
{
	struct http *http = probe->own;
	CURLcode code = (CURLcode)curl_code;
	long status = status_of(http);
	bool bad_status = status != 0 && !status_fits(probe->spec, status) && !is_of_redirect(probe, status, code);

	/* A wrong status stays wrong, whatever became of its body. */
	if (http->garbled)
		probe_end(probe, transfer_verdict(CURLE_WEIRD_SERVER_REPLY, 0));
	else if ((code == CURLE_OK && status != 0) || http->enough || bad_status)
		probe_end(probe, judge(probe, status));
	else if (code == CURLE_OK)
		probe_end(probe, transfer_verdict(CURLE_WEIRD_SERVER_REPLY, 0));
	else
		probe_end(probe, failure(probe, code));
	transfer_stop(probe, http->easy);
	forget_body(http);
}

static void http_timeout(struct probe *probe)
{
	http_transferred(probe, CURLE_OPERATION_TIMEDOUT);
}

const struct probe_kind check_http = {
        .init = http_init,
        .start = http_start,
        .timeout = http_timeout,
        .transferred = http_transferred,
        .cleanup = http_cleanup,
};
