/* SPDX-License-Identifier: MIT
 *
 * The floors under an HTTP check: the same question asked at the same pace with nothing around it, by raw sockets or by bare
 * libcurl, one new connection for each.
 *
 *   floor raw|curl URL_PORT RATE SECONDS
 *
 * Prints how often it was answered, and the processor time that took it in nanoseconds, without its own start.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SECOND_NS = 1000000000, WARM_UP = 3 };

static int64_t read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void sleep_until(int64_t at_ns)
{
	struct timespec at = {.tv_sec = at_ns / SECOND_NS, .tv_nsec = at_ns % SECOND_NS};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static bool ask_raw(uint16_t port)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[4096];
	bool good = false;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	        send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0) {
		ssize_t length = recv(fd, answer, sizeof(answer), 0);

		good = length > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0;
		while (length > 0)
			length = recv(fd, answer, sizeof(answer), 0);
	}
	close(fd);
	return good;
}

static size_t swallow(char *bytes, size_t one, size_t length, void *userp)
{
	(void)bytes;
	(void)one;
	(void)userp;
	return length;
}

static CURL *open_curl(uint16_t port)
{
	CURL *easy = curl_easy_init();
	char url[64];

	if (!easy)
		return NULL;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)port);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 1000L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	return easy;
}

static bool ask_curl(CURL *easy)
{
	long status = 0;

	return curl_easy_perform(easy) == CURLE_OK &&
	        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200;
}

int main(int argc, char *argv[])
{
	if (argc != 5)
		return 64;
	bool curl = strcmp(argv[1], "curl") == 0;
	uint16_t port = (uint16_t)atoi(argv[2]);
	long rate = atol(argv[3]);
	long checks = rate * atol(argv[4]);
	CURL *easy = curl ? open_curl(port) : NULL;
	long good = 0;

	if (rate < 1 || (curl && !easy))
		return 64;
	for (int i = 0; i < WARM_UP; i++)
		(void)(curl ? ask_curl(easy) : ask_raw(port));
	int64_t begun_ns = read_ns(CLOCK_MONOTONIC);
	int64_t used_ns = read_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (long i = 0; i < checks; i++) {
		sleep_until(begun_ns + i * (SECOND_NS / rate));
		good += curl ? ask_curl(easy) : ask_raw(port);
	}
	used_ns = read_ns(CLOCK_PROCESS_CPUTIME_ID) - used_ns;
	printf("%ld %lld\n", good, (long long)used_ns);
	curl_easy_cleanup(easy);
	return 0;
}
