/* SPDX-License-Identifier: MIT
 *
 * Thin: what checks want of OpenSSL beyond libcurl's options. The chain of a certificate and its name are verified, its dates
 * are not: a board without a clock would take every certificate for one that is not valid yet (promise P12).
 */
#ifndef FEEDDOG_CHECKER_TLS_H
#define FEEDDOG_CHECKER_TLS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* Of the certificates that the server has sent, in seconds since 1970 (wall clock). */
struct tls_dates {
	bool known;
	int64_t begin_s; /* the latest notBefore */
	int64_t end_s;   /* the earliest notAfter */
};

/*
 * Lets each handshake of this handle fill in `dates`, which must live as long as the handle, and ignore them. A libcurl
 * without OpenSSL goes on verifying the dates.
 */
void tls_watch_dates(CURL *easy, struct tls_dates *dates);

enum { TLS_DATE_SIZE = 32 };

/* "2026-11-29T23:00:00Z" */
char *tls_date_text(int64_t wall_s, char text[TLS_DATE_SIZE]);

#endif
