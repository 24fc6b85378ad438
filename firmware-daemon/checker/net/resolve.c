/* SPDX-License-Identifier: MIT
 *
 * getaddrinfo(3), and the names for which it is not needed. It lives here and not in os/ because a program that is linked
 * statically must not have it.
 */
#include "resolve.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HOSTS_FILE "/etc/hosts"

enum { HOSTS_SIZE_MAX = 1024 * 1024, WORD_SIZE = 256 };

/* getaddrinfo() says EAI_AGAIN also where it could not open a socket. */
static bool is_own_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

static int errno_of(int error)
{
	if (error == EAI_MEMORY)
		return -ENOMEM;
	if (is_own_shortage(errno))
		return -errno;
	if (error == EAI_SYSTEM)
		return errno ? -errno : -EIO;
	return -ENXIO;
}

static void add_address(struct resolved *out, const void *address, socklen_t size)
{
	if (out->count == RESOLVE_MAX || size > sizeof(out->addresses[0]))
		return;
	memcpy(&out->addresses[out->count], address, size);
	out->sizes[out->count++] = size;
}

static int ask(const char *host, int flags, struct resolved *out)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = flags};
	struct addrinfo *found;

	errno = 0;
	int error = getaddrinfo(host, NULL, &hints, &found);
	if (error)
		return errno_of(error);
	out->count = 0;
	for (struct addrinfo *at = found; at; at = at->ai_next)
		add_address(out, at->ai_addr, at->ai_addrlen);
	freeaddrinfo(found);
	return out->count ? 0 : -ENXIO;
}

int resolve(const char *host, struct resolved *out)
{
	return ask(host, 0, out);
}

/* The next word of a line, up to `end`. False: there is none. */
static bool next_word(const char **at, const char *end, char word[WORD_SIZE])
{
	size_t length = 0;

	while (*at < end && isspace((unsigned char)**at))
		(*at)++;
	while (*at < end && !isspace((unsigned char)**at)) {
		if (length < WORD_SIZE - 1)
			word[length++] = **at;
		(*at)++;
	}
	word[length] = '\0';
	return length > 0;
}

static void add_written_address(const char *text, struct resolved *out)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		add_address(out, &four, sizeof(four));
	else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
		add_address(out, &six, sizeof(six));
}

void resolve_in_hosts(const char *text, const char *host, struct resolved *out)
{
	char address[WORD_SIZE];
	char name[WORD_SIZE];

	while (*text) {
		const char *newline = text + strcspn(text, "\n");
		const char *end = text + strcspn(text, "#\n");

		if (next_word(&text, end, address))
			while (next_word(&text, end, name))
				if (strcasecmp(name, host) == 0)
					add_written_address(address, out);
		text = *newline ? newline + 1 : newline;
	}
}

static void look_into_hosts_file(const char *host, struct resolved *out)
{
	int fd = open(HOSTS_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = fd < 0 ? NULL : malloc(HOSTS_SIZE_MAX + 1);
	ssize_t length = text ? read(fd, text, HOSTS_SIZE_MAX) : 0;

	if (length > 0) {
		text[length] = '\0';
		resolve_in_hosts(text, host, out);
	}
	free(text);
	if (fd >= 0)
		close(fd);
}

/* Whether the kernel knows a way there; connect(2) of a datagram socket sends nothing. */
static bool has_route(const struct sockaddr_storage *address, socklen_t size)
{
	int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool routed = fd >= 0 || errno != EAFNOSUPPORT;

	if (fd < 0)
		return routed;
	if (connect(fd, (const struct sockaddr *)address, size) < 0)
		routed = errno != EADDRNOTAVAIL && errno != ENETUNREACH && errno != EAFNOSUPPORT;
	close(fd);
	return routed;
}

/* As getaddrinfo() does: on a board without IPv6, ::1 is not tried while there is 127.0.0.1. */
static void prefer_routed(struct resolved *found)
{
	struct resolved routed = {.count = 0};

	for (int i = 0; i < found->count; i++)
		if (has_route(&found->addresses[i], found->sizes[i]))
			add_address(&routed, &found->addresses[i], found->sizes[i]);
	if (routed.count > 0)
		*found = routed;
}

/* Of these no name server should be asked (RFC 6761). */
static bool is_localhost(const char *host)
{
	size_t length = strlen(host);
	size_t tail = strlen(".localhost");

	return strcasecmp(host, "localhost") == 0 ||
	        (length > tail && strcasecmp(host + length - tail, ".localhost") == 0);
}

bool resolve_here(const char *host, struct resolved *out)
{
	if (ask(host, AI_NUMERICHOST, out) == 0)
		return true;
	out->count = 0;
	look_into_hosts_file(host, out);
	if (out->count == 0 && is_localhost(host)) {
		add_written_address("::1", out);
		add_written_address("127.0.0.1", out);
	}
	if (out->count > 1)
		prefer_routed(out);
	return out->count > 0;
}
