/* SPDX-License-Identifier: MIT
 *
 * Thin: the addresses of a host. resolve() may ask a name server, which may take any time: call it where nothing waits
 * (lookup.h does). resolve_here() asks nobody.
 */
#ifndef FEEDDOG_CHECKER_RESOLVE_H
#define FEEDDOG_CHECKER_RESOLVE_H

#include <stdbool.h>
#include <sys/socket.h>

enum { RESOLVE_MAX = 4 };

struct resolved {
	struct sockaddr_storage addresses[RESOLVE_MAX]; /* the first of them, in the order in which to try them */
	socklen_t sizes[RESOLVE_MAX];
	int count;
};

/* 0, -ENXIO where the name has no address or no name server answers, or another -errno where this machine is short of something. */
__attribute__((warn_unused_result)) int resolve(const char *host, struct resolved *out);

/* Written addresses, names in the hosts file, and localhost. False: a name server has to be asked. */
__attribute__((warn_unused_result)) bool resolve_here(const char *host, struct resolved *out);

/* Adds the addresses that a text in the form of hosts(5) gives for the host. Pure but for the form of addresses. */
void resolve_in_hosts(const char *text, const char *host, struct resolved *out);

#endif
