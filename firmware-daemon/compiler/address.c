/* SPDX-License-Identifier: MIT
 *
 * Hosts, ports and URLs as people write them.
 */
#include "address.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool host_is_name(const char *host)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t length = strlen(host);

	return length > 0 && strspn(host, letters) == length && host[0] != '.' && host[0] != '-';
}

/* "1.2.3.400" looks like an address and would be looked up as a name, in vain. */
static bool host_is_wrong_ipv4(const char *host)
{
	struct in_addr address;

	return strchr(host, '.') && strspn(host, "0123456789.") == strlen(host) &&
	        inet_pton(AF_INET, host, &address) != 1;
}

static const char *parse_port(const char *text, size_t length, uint16_t *port)
{
	uint32_t number = 0;

	if (length == 0)
		return "the port is missing after the colon (write HOST:PORT)";
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return "the port is not a number (write 1 to 65535)";
		if (number <= UINT16_MAX)
			number = number * 10 + (uint32_t)(text[i] - '0');
	}
	if (number < 1 || number > UINT16_MAX)
		return "there is no such port (write 1 to 65535)";
	*port = (uint16_t)number;
	return NULL;
}

static const char *parse_host(const char *text, size_t length, bool bracketed, struct address *address)
{
	struct in6_addr ipv6;

	if (length == 0)
		return "the host is missing (write a name or an address before the port)";
	if (length >= sizeof(address->host))
		return "the host is too long (write 255 characters at most)";
	memcpy(address->host, text, length);
	address->host[length] = '\0';
	if (bracketed)
		return inet_pton(AF_INET6, address->host, &ipv6) == 1
		        ? NULL
		        : "no IPv6 address is in the brackets (write [::1])";
	if (host_is_wrong_ipv4(address->host))
		return "this is not an IPv4 address (write four numbers from 0 to 255, as in 127.0.0.1)";
	return host_is_name(address->host) ? NULL
	                                   : "this is no name of a host (write letters, digits, dots and dashes)";
}

const char *address_parse(const char *text, size_t length, struct address *address)
{
	const char *end = text + length;
	const char *colon = memchr(text, ':', length);
	const char *bracket = length > 0 && text[0] == '[' ? memchr(text, ']', length) : NULL;
	const char *error;

	address->port = 0;
	if (length > 0 && text[0] == '[') {
		if (!bracket)
			return "the bracket is not closed (write [::1])";
		error = parse_host(text + 1, (size_t)(bracket - text) - 1, true, address);
		if (error || bracket + 1 == end)
			return error;
		if (bracket[1] != ':')
			return "only a port may follow the bracket (write [::1]:80)";
		return parse_port(bracket + 2, (size_t)(end - bracket) - 2, &address->port);
	}
	if (colon && memchr(colon + 1, ':', (size_t)(end - colon) - 1))
		return "an IPv6 address stands in brackets (write [::1]:80)";
	error = parse_host(text, colon ? (size_t)(colon - text) : length, false, address);
	if (error || !colon)
		return error;
	return parse_port(colon + 1, (size_t)(end - colon) - 1, &address->port);
}

static const char *parse_url(const char *text, struct address *address)
{
	const char *host;
	const char *at;
	size_t length;

	if (strncasecmp(text, "http://", 7) == 0)
		host = text + 7;
	else if (strncasecmp(text, "https://", 8) == 0)
		host = text + 8;
	else
		return "this is not a URL of a web server (write http:// or https:// in front)";
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c >= 0x7f)
			return "a URL has no spaces and only ASCII characters (write %20 and the like)";
	length = strcspn(host, "/?#");
	at = memrchr(host, '@', length);
	if (at) {
		length -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	return address_parse(host, length, address);
}

const char *url_check(const char *text)
{
	struct address address;

	return parse_url(text, &address);
}

bool url_host(const char *url, char host[HOST_SIZE])
{
	struct address address;

	if (parse_url(url, &address))
		return false;
	memcpy(host, address.host, HOST_SIZE);
	return true;
}
