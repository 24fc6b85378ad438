/* SPDX-License-Identifier: MIT
 *
 * OpenSSL's own verification does the work. Its callback is called for each certificate of the chain that it has built, from
 * the trust anchor to the server's own.
 */
#include "tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool read_time(const ASN1_TIME *from, int64_t *wall_s)
{
	struct tm fields;

	if (!from || ASN1_TIME_to_tm(from, &fields) != 1)
		return false;
	*wall_s = timegm(&fields);
	return true;
}

static void note_dates(struct tls_dates *dates, const X509 *certificate)
{
	int64_t begin_s;
	int64_t end_s;

	if (!read_time(X509_get0_notBefore(certificate), &begin_s) ||
	        !read_time(X509_get0_notAfter(certificate), &end_s))
		return;
	if (!dates->known || begin_s > dates->begin_s)
		dates->begin_s = begin_s;
	if (!dates->known || end_s < dates->end_s)
		dates->end_s = end_s;
	dates->known = true;
}

/* The trust anchor is this machine's, and is believed whatever its dates are. A server's own may be its trust anchor, too. */
static bool is_of_server(X509_STORE_CTX *store)
{
	int depth = X509_STORE_CTX_get_error_depth(store);

	return depth == 0 || depth < sk_X509_num(X509_STORE_CTX_get0_chain(store)) - 1;
}

static int on_certificate(int verified, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_dates *dates = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (dates && certificate && is_of_server(store))
		note_dates(dates, certificate);
	return verified;
}

/* libcurl calls this before each handshake. */
static CURLcode on_context(CURL *easy, void *context, void *userp)
{
	struct tls_dates *dates = userp;

	(void)easy;
	dates->known = false;
	(void)X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_NO_CHECK_TIME);
	(void)SSL_CTX_set_app_data(context, dates);
	SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), on_certificate);
	return CURLE_OK;
}

void tls_watch_dates(CURL *easy, struct tls_dates *dates)
{
	const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;

	if (!library || strncmp(library, "OpenSSL/", strlen("OpenSSL/")) != 0)
		return;
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, dates);
}

char *tls_date_text(int64_t wall_s, char text[TLS_DATE_SIZE])
{
	time_t seconds = (time_t)wall_s;
	struct tm fields;

	if (!gmtime_r(&seconds, &fields) || strftime(text, TLS_DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &fields) == 0)
		(void)snprintf(text, TLS_DATE_SIZE, "%lld", (long long)wall_s);
	return text;
}
