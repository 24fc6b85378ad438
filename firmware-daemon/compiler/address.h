/* SPDX-License-Identifier: MIT
 *
 * Hosts, ports and URLs as people write them. Pure.
 */
#ifndef FEEDDOG_CONFIG_ADDRESS_H
#define FEEDDOG_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_SIZE = 256 };

/* A host without brackets, and a port; 0: none is given. */
struct address {
	char host[HOST_SIZE];
	uint16_t port;
};

/*
 * Parses HOST, HOST:PORT, [IPV6] or [IPV6]:PORT of `length` bytes. NULL, or what is wrong with it and what to write
 * instead.
 */
const char *address_parse(const char *text, size_t length, struct address *address);

/* The host of a URL that url_check() takes; false where there is none. */
bool url_host(const char *url, char host[HOST_SIZE]);

/* NULL where the text is a URL that can be asked for over HTTP or HTTPS, or what is wrong with it. */
const char *url_check(const char *text);

#endif
