/* SPDX-License-Identifier: MIT
 *
 * `scope` and `on_failure` where the configuration does not say so.
 */
#include "check_defaults.h"

#include "address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

static bool is_loopback_address(const char *host)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127 || four.s_addr == INADDR_ANY;
	return inet_pton(AF_INET6, host, &six) == 1 && (IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_UNSPECIFIED(&six));
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcasecmp(text + length - end_length, end) == 0;
}

/* The whole name, its first part, or that with ".local" (multicast DNS). */
static bool is_own_name(const char *host)
{
	char own[HOST_SIZE] = "";
	size_t length;

	if (gethostname(own, sizeof(own) - 1) != 0 || !*own)
		return false;
	if (strcasecmp(host, own) == 0)
		return true;
	length = strcspn(own, ".");
	return strncasecmp(host, own, length) == 0 &&
	        (host[length] == '\0' || strcasecmp(host + length, ".local") == 0);
}

static bool is_own_address(const char *host)
{
	struct ifaddrs *list = NULL;
	unsigned char wanted[sizeof(struct in6_addr)];
	int family = inet_pton(AF_INET, host, wanted) == 1 ? AF_INET
	        : inet_pton(AF_INET6, host, wanted) == 1   ? AF_INET6
	                                                   : 0;
	bool found = false;

	if (family == 0 || getifaddrs(&list) != 0)
		return false;
	for (const struct ifaddrs *item = list; item && !found; item = item->ifa_next) {
		if (!item->ifa_addr || item->ifa_addr->sa_family != family)
			continue;
		if (family == AF_INET)
			found = memcmp(&((const struct sockaddr_in *)(const void *)item->ifa_addr)->sin_addr, wanted,
			                4) == 0;
		else
			found = memcmp(&((const struct sockaddr_in6 *)(const void *)item->ifa_addr)->sin6_addr, wanted,
			                16) == 0;
	}
	freeifaddrs(list);
	return found;
}

bool host_is_this_board(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || ends_with(host, ".localhost") || is_loopback_address(host) ||
	        is_own_name(host) || is_own_address(host);
}

static bool is_remote(const struct draft *draft, const struct check_spec *spec)
{
	char host[HOST_SIZE];

	if (spec->unix_socket)
		return false;
	if (spec->url && !spec->host)
		return url_host(draft_name(draft, spec->url), host) && !host_is_this_board(host);
	/* What comes in through an interface depends on what others send. */
	if (spec->kind == KIND_PING && spec->resource)
		return true;
	return spec->host && !host_is_this_board(draft_name(draft, spec->host));
}

static bool is_of_one_process(const struct check_spec *spec)
{
	return spec->pidfile || spec->process_name;
}

/* A reboot empties no disk and cools no board, and a busy board is not a dead one. */
static enum check_level default_level(const struct check_spec *spec)
{
	switch ((enum check_kind)spec->kind) {
	case KIND_DISK:
	case KIND_TEMPERATURE:
	case KIND_CERTIFICATE:
		return LEVEL_ALERT;
	case KIND_CPU:
	case KIND_MEMORY:
		return is_of_one_process(spec) ? LEVEL_REBOOT : LEVEL_RESTART;
	case KIND_PRESSURE:
	case KIND_LOAD:
		return LEVEL_RESTART;
	case KIND_HTTP:
	case KIND_TCP:
	case KIND_PROCESS:
	case KIND_COMMAND:
	case KIND_LOG:
	case KIND_FILE:
	case KIND_PING:
	case KIND_HEARTBEAT:
	case KIND_COUNT:
		break;
	}
	return LEVEL_REBOOT;
}

/* Decides the level; `kind` is the word for the check in messages. */
static void default_on_failure(struct draft *draft, const struct node *map, struct draft_check *check, const char *kind)
{
	bool is_alert;

	if (check->rule.level != LEVEL_COUNT)
		return;
	check->rule.level = (uint8_t)default_level(&check->spec);
	is_alert = check->rule.level == LEVEL_ALERT;
	if (check->rule.level < LEVEL_REBOOT && check->spec.kind != KIND_CERTIFICATE)
		problem_note(draft->problems, map->place,
		        "%s: since version 0.2 this check only %s by default (write on_failure: reboot for what 0.1 did, or "
		        "on_failure: %s to say that this is meant)",
		        kind, is_alert ? "alerts" : "restarts its service", is_alert ? "alert" : "restart");
}

static void default_scope(struct draft *draft, const struct node *map, struct draft_check *check, const char *kind)
{
	if (check->spec.remote != SCOPE_BY_ADDRESS)
		return;
	check->spec.remote = is_remote(draft, &check->spec);
	if (check->spec.remote && check->rule.level == LEVEL_REBOOT)
		problem_note(draft->problems, map->place,
		        "%s: this is not an address of this board, so since version 0.2 the check never reboots it (write "
		        "scope: local if it is this board, or scope: remote to say that this is meant)",
		        kind);
}

/* Once for the whole file: it is the same for every command. V1 scripts keep their own codes. */
static void note_exit_codes(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	if (check->spec.kind != KIND_COMMAND || check->spec.v1 || node_get(map, "plugin") ||
	        draft->has_noted_exit_codes)
		return;
	draft->has_noted_exit_codes = true;
	problem_note(draft->problems, map->place,
	        "command: since version 0.2 every exit code but 0 is a failure; 0.1 took 1 for a warning (write plugin: true for "
	        "the codes of monitoring plugins, or plugin: false to say that this is meant)");
}

void check_defaults(struct draft *draft, const struct node *map, struct draft_check *check)
{
	const char *kind = check_kind_name((enum check_kind)check->spec.kind);
	const struct node *level = node_get(map, "on_failure");

	default_on_failure(draft, map, check, kind);
	default_scope(draft, map, check, kind);
	note_exit_codes(draft, map, check);
	if (!check->spec.remote || check->rule.level != LEVEL_REBOOT)
		return;
	check->rule.level = LEVEL_RESTART;
	if (level)
		problem_warning(draft->problems, level->place,
		        "on_failure: a remote check never reboots the board (write restart or alert%s)",
		        node_get(map, "scope") ? "" : ", or scope: local where this is the board's own address");
}
