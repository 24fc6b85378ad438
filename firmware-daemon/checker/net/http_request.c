/* SPDX-License-Identifier: MIT
 *
 * curl's options for one request, and the rules of redirects.
 */
#include "http_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Not zstd: its window may take 128 MiB, whatever the length of the body. */
#define ENCODINGS "gzip, deflate, br"

/* HEAD has no body to wait for; the others get an empty one, whose length they are told. */
static void set_method(CURL *easy, const char *method)
{
	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	}
}

static int add_header(struct curl_slist **headers, const char *header)
{
	struct curl_slist *longer = curl_slist_append(*headers, header);

	if (!longer)
		return -ENOMEM;
	*headers = longer;
	return 0;
}

static bool is_one_of(const char *header, const char *const names[])
{
	size_t length = strcspn(header, ":");

	for (; *names; names++)
		if (strlen(*names) == length && strncasecmp(header, *names, length) == 0)
			return true;
	return false;
}

/* The check's own headers. A connection is used once, and the server learns it, unless the check says otherwise. */
static int make_headers(const struct probe *probe, struct http_request *request)
{
	static const char *const own[] = {"Authorization", "Cookie", "Host", NULL};
	static const char *const connection[] = {"Connection", NULL};
	bool says_connection = false;
	int error = 0;

	for (uint32_t i = 0; i < probe->spec->headers.argc && error == 0; i++) {
		const char *header = flat_argument(probe->flat, probe->spec->headers, i);

		says_connection = says_connection || is_one_of(header, connection);
		error = add_header(&request->headers, header);
		if (error == 0 && !is_one_of(header, own))
			error = add_header(&request->foreign_headers, header);
	}
	if (error == 0 && !says_connection) {
		error = add_header(&request->headers, "Connection: close");
		if (error == 0)
			error = add_header(&request->foreign_headers, "Connection: close");
	}
	return error;
}

int http_request_open(
        struct probe *probe, struct http_request *request, void (*ended)(struct probe *probe, CURLcode code))
{
	const struct check_spec *spec = probe->spec;
	int error = transfer_open(probe, &request->transfer, flat_text(probe->flat, spec->url), ended);
	CURL *easy = request->transfer.easy;

	if (error < 0)
		return error;
	/* A body that nobody looks at may stay as it is. */
	if (spec->body)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ENCODINGS);
	if (spec->method)
		set_method(easy, flat_text(probe->flat, spec->method));
	if (spec->unix_socket)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, flat_text(probe->flat, spec->unix_socket));
	if (spec->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return make_headers(probe, request);
}

void http_request_close(struct http_request *request)
{
	transfer_close(&request->transfer);
	curl_slist_free_all(request->headers);
	curl_slist_free_all(request->foreign_headers);
	free(request->url);
}

static bool same_part(CURLU *one, CURLU *other, CURLUPart part)
{
	char *first = NULL;
	char *second = NULL;
	bool same = curl_url_get(one, part, &first, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	        curl_url_get(other, part, &second, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(first, second) == 0;

	curl_free(first);
	curl_free(second);
	return same;
}

static bool is_http(CURLU *url)
{
	char *scheme = NULL;
	bool is = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	        (strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0);

	curl_free(scheme);
	return is;
}

/* `connect` stands for the host of the check's URL, and its port for the port of that. */
static int redirect_connection(const struct probe *probe, struct transfer *transfer, bool same_host, bool same_port)
{
	const struct check_spec *spec = probe->spec;

	if (!spec->host || !same_host)
		return 0;
	return transfer_connect_to(transfer, flat_text(probe->flat, spec->host), same_port ? spec->port : 0);
}

static int aim(struct http_request *request, CURLU *first, CURLU *next)
{
	struct transfer *transfer = &request->transfer;
	bool same_host = same_part(first, next, CURLUPART_HOST);
	bool same_port = same_part(first, next, CURLUPART_PORT);
	bool same_server = same_host && same_port && same_part(first, next, CURLUPART_SCHEME);
	char *text = NULL;

	if (!is_http(next) || curl_url_get(next, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return -EINVAL;
	free(request->url);
	request->url = strdup(text);
	curl_free(text);
	if (!request->url)
		return -ENOMEM;
	if (transfer_aim(transfer, request->url) != CURLE_OK)
		return -EINVAL;
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, same_server ? request->headers : request->foreign_headers);
	transfer_show_certificate(transfer, same_server);
	return redirect_connection(transfer->probe, transfer, same_host, same_port);
}

int http_request_aim(struct http_request *request, const char *location)
{
	const struct probe *probe = request->transfer.probe;
	const char *url = flat_text(probe->flat, probe->spec->url);
	CURLU *first = curl_url();
	CURLU *next = curl_url();
	int error = -ENOMEM;

	if (first && next) {
		error = -EINVAL;
		if (curl_url_set(first, CURLUPART_URL, url, 0) == CURLUE_OK &&
		        curl_url_set(next, CURLUPART_URL, location ? request->url : url, 0) == CURLUE_OK &&
		        (!location || curl_url_set(next, CURLUPART_URL, location, CURLU_URLENCODE) == CURLUE_OK))
			error = aim(request, first, next);
	}
	curl_url_cleanup(first);
	curl_url_cleanup(next);
	return error;
}
