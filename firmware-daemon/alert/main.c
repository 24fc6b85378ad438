/* SPDX-License-Identifier: MIT
 *
 * feeddog-alert: tells one web address one thing, and ends. Started by feeddog-actor:
 *
 *   feeddog-alert INDEX        3: the flat configuration, 0: the body
 *
 * INDEX is that of the alert in the configuration, so that no address, which may hold a secret, is in an argument. A `url` is
 * sent the body by POST, a `heartbeat` is asked for by GET. It gives up every privilege before it touches the network. Exit
 * code 0: the receiver answered 2xx; 65: it refuses this message for good; 75: not this time. A line on standard error says why.
 */
#include "config/flat.h"
#include "os/channel/helper_fds.h"
#include "os/process/privileges.h"
#include "os/process/spawn.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

enum { BODY_SIZE = 65536, TIMEOUT_S = 10, ANSWER_LAST = 65536 };

static int fail(int code, const char *why)
{
	(void)fprintf(stderr, "not sent: %s\n", why);
	return code;
}

/* Nobody is interested in the answer, and it may have no end. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *taken)
{
	size_t *total = taken;

	(void)bytes;
	*total += size * count;
	return *total < ANSWER_LAST ? size * count : 0;
}

/* Its length, or -errno: half an alert is none. */
static long read_body(char body[BODY_SIZE])
{
	size_t length = 0;

	while (length < BODY_SIZE) {
		ssize_t got = read(STDIN_FILENO, body + length, BODY_SIZE - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	return (long)length;
}

static void set_options(CURL *easy, const char *url, size_t *taken)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "feeddog/" FEEDDOG_VERSION);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, taken);
}

/*
 * The receiver does not take this message, now or later. What may be the fault of the address, of a token or of the moment is
 * tried again: it can be mended.
 */
static bool is_for_good(long status)
{
	static const short mended[] = {401, 403, 404, 408, 425, 429};

	for (size_t i = 0; i < sizeof(mended) / sizeof(mended[0]); i++)
		if (status == mended[i])
			return false;
	return status >= 400 && status < 500;
}

/* Asks or posts; the exit code. */
static int transfer(CURL *easy)
{
	char error[CURL_ERROR_SIZE] = "";
	char why[64];
	long status = 0;

	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
	CURLcode code = curl_easy_perform(easy);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	/* An answer that we did not want to the end is an answer. */
	if (code != CURLE_OK && code != CURLE_WRITE_ERROR)
		return fail(EX_TEMPFAIL, error[0] ? error : curl_easy_strerror(code));
	if (status >= 200 && status < 300)
		return EX_OK;
	(void)snprintf(why, sizeof(why), "the answer is http status %ld", status);
	return fail(is_for_good(status) ? EX_DATAERR : EX_TEMPFAIL, why);
}

static int send_alert(const struct flat *flat, const struct alert_spec *alert)
{
	static char body[BODY_SIZE];
	size_t taken = 0;
	long length = alert->heartbeat ? 0 : read_body(body);
	struct curl_slist *headers = NULL;

	if (length < 0)
		return fail(EX_TEMPFAIL, strerror((int)-length));
	CURL *easy = curl_easy_init();
	if (!easy)
		return fail(EX_TEMPFAIL, "no memory");
	set_options(easy, flat_text(flat, alert->heartbeat ? alert->heartbeat : alert->url), &taken);
	if (!alert->heartbeat) {
		headers = curl_slist_append(NULL,
		        alert->format != FORMAT_TEXT ? "Content-Type: application/json"
		                                     : "Content-Type: text/plain; charset=utf-8");
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, length);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	}
	int code = transfer(easy);
	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	return code;
}

static int drop_privileges(const struct flat *flat)
{
	static const struct rlimit none = {0, 0};
	const struct identity user = flat_powerless(flat);

	(void)setrlimit(RLIMIT_CORE, &none);
	return privileges_renounce(user.uid, user.gid, user.groups, user.group_count);
}

int main(int argc, char *argv[])
{
	const char *why = "";
	char *end = NULL;

	spawn_name_self("feeddog-alert");
	(void)signal(SIGPIPE, SIG_IGN);
	unsigned long index = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	if (!end || end == argv[1] || *end != '\0')
		return fail(EX_USAGE, "feeddog-actor starts this program");
	const struct flat *flat = flat_map(FD_CONFIG, &why);
	if (!flat)
		return fail(EX_CONFIG, why);
	if (index >= flat->alert_count)
		return fail(EX_USAGE, "there is no such alert");
	const struct alert_spec *alert = &flat_alerts(flat)[index];
	if (!alert->url && !alert->heartbeat)
		return fail(EX_USAGE, "this alert has no address");
	int error = drop_privileges(flat);
	if (error)
		return fail(EX_OSERR, strerror(-error));
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail(EX_TEMPFAIL, "no memory");
	int code = send_alert(flat, alert);
	curl_global_cleanup();
	return code;
}
