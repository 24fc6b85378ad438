/* SPDX-License-Identifier: MIT
 *
 * Thin: the addresses of a host. Asking a name server may take any time: never do it where others wait, but for numbers.
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

/*
 * Names, or with `numeric` only written addresses, for which nobody is asked. 0, -ENXIO where the name has no address or
 * nobody could be asked, or another -errno.
 */
__attribute__((warn_unused_result)) int resolve(const char *host, bool numeric, struct resolved *out);

#endif
