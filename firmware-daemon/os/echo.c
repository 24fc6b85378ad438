/* SPDX-License-Identifier: MIT
 *
 * The heads of both families' echo messages are alike: type, code, checksum, id, sequence. The kernel fills in checksum and
 * id.
 */
#include "echo.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <unistd.h>

struct echo_message {
	uint8_t type, code;
	uint16_t checksum, id, sequence;
	uint8_t token[ECHO_TOKEN_SIZE];
};

_Static_assert(sizeof(struct echo_message) == 8 + ECHO_TOKEN_SIZE, "as it is on the wire");

static int open_socket(int family)
{
	int protocol = family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

/* Errors that routers and neighbours report are told to us, not kept; where that cannot be had, silence tells as well. */
static void ask_for_errors(int fd, int family)
{
	static const int on = 1;

	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

static int join(int fd, const struct sockaddr *address, socklen_t size, const char *interface)
{
	if (interface && strlen(interface) >= IF_NAMESIZE)
		return -ENODEV;
	if (interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) < 0)
		return -errno;
	ask_for_errors(fd, address->sa_family);
	return connect(fd, address, size) < 0 ? -errno : 0;
}

int echo_open(const struct sockaddr *address, socklen_t size, const char *interface)
{
	int fd = open_socket(address->sa_family);

	if (fd < 0)
		return fd;
	int error = join(fd, address, size, interface);
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

/* Which family a socket is of. */
static int family_of(int fd)
{
	int family = AF_UNSPEC;
	socklen_t size = sizeof(family);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0 ? -errno : family;
}

int echo_send(int fd, uint16_t sequence, const uint8_t token[ECHO_TOKEN_SIZE])
{
	struct echo_message request = {.sequence = htons(sequence)};

	request.type = family_of(fd) == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	memcpy(request.token, token, ECHO_TOKEN_SIZE);
	return send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int echo_receive(int fd, uint16_t sequence, const uint8_t token[ECHO_TOKEN_SIZE])
{
	struct echo_message answer;
	ssize_t length = recv(fd, &answer, sizeof(answer), MSG_TRUNC);

	if (length < 0)
		return -errno;
	uint8_t type = family_of(fd) == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	if (length != sizeof(answer) || answer.type != type || answer.sequence != htons(sequence) ||
	        memcmp(answer.token, token, ECHO_TOKEN_SIZE) != 0)
		return -EBADMSG;
	return 0;
}
