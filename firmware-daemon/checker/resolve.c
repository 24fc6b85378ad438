/* SPDX-License-Identifier: MIT
 *
 * getaddrinfo(3). It lives here and not in os/ because a program that is linked statically must not have it.
 */
#include "resolve.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

static int errno_of(int error)
{
	switch (error) {
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		return errno ? -errno : -EIO;
	default:
		return -ENXIO;
	}
}

int resolve(const char *host, bool numeric, struct resolved *out)
{
	struct addrinfo hints = {
	        .ai_family = AF_UNSPEC,
	        .ai_socktype = SOCK_DGRAM,
	        .ai_flags = numeric ? AI_NUMERICHOST : 0,
	};
	struct addrinfo *found;
	int error = getaddrinfo(host, NULL, &hints, &found);

	if (error)
		return errno_of(error);
	out->count = 0;
	for (struct addrinfo *at = found; at && out->count < RESOLVE_MAX; at = at->ai_next) {
		if (at->ai_addrlen > sizeof(out->addresses[0]))
			continue;
		memcpy(&out->addresses[out->count], at->ai_addr, at->ai_addrlen);
		out->sizes[out->count++] = at->ai_addrlen;
	}
	freeaddrinfo(found);
	return out->count ? 0 : -ENXIO;
}
