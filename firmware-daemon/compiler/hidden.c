/* SPDX-License-Identifier: MIT
 *
 * Hidden services.
 */
#include "hidden.h"

#include "schema.h"

#include <stdio.h>
#include <string.h>

/* Where the host and port of a URL are. */
static const char *url_address(const char *url, size_t *length)
{
	const char *host = strstr(url, "://") + 3;
	const char *at;

	*length = strcspn(host, "/?#");
	at = memrchr(host, '@', *length);
	if (at) {
		*length -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	return host;
}

static bool is_same(const struct draft *draft, const struct check_spec *a, const struct check_spec *b)
{
	return a->kind == b->kind && a->port == b->port && a->redirects == b->redirects &&
	        strcmp(draft_name(draft, a->host), draft_name(draft, b->host)) == 0 &&
	        strcmp(draft_name(draft, a->url), draft_name(draft, b->url)) == 0;
}

static bool name_is_taken(const struct draft *draft, const char *name)
{
	for (uint32_t i = 0; i < draft->services.count; i++)
		if (strcmp(draft_name(draft, draft_service(draft, i)->spec.name), name) == 0)
			return true;
	return false;
}

/* "tcp:db.example:5432"; cut where it is too long, and with a number where that name is taken. */
static text_at make_name(struct draft *draft, const struct check_spec *spec)
{
	const char *kind = check_kind_name((enum check_kind)spec->kind);
	char address[300];
	char number[8] = "";
	char name[NAME_SIZE];

	if (spec->kind == KIND_HTTP) {
		size_t length;
		const char *host = url_address(draft_name(draft, spec->url), &length);
		(void)snprintf(address, sizeof(address), "%.*s", (int)length, host);
	} else {
		const char *host = draft_name(draft, spec->host);
		bool is_ipv6 = strchr(host, ':');
		(void)snprintf(address, sizeof(address), is_ipv6 ? "[%s]:%u" : "%s:%u", host, (unsigned)spec->port);
	}
	for (unsigned n = 2;; n++) {
		int room = (int)(sizeof(name) - 1 - strlen(kind) - 1 - strlen(number));
		(void)snprintf(name, sizeof(name), "%s:%.*s%s", kind, room, address, number);
		if (!name_is_taken(draft, name))
			return draft_text(draft, name);
		(void)snprintf(number, sizeof(number), "~%u", n);
	}
}

static uint16_t add_service(struct draft *draft, const struct node *need, struct draft_check *check)
{
	const char *kind = check_kind_name((enum check_kind)check->spec.kind);
	uint16_t index = (uint16_t)draft->services.count;
	struct draft_service service = {
	        .node = need,
	        .rule = {.start_period_ms = draft->defaults.start_period_ms,
	                .first_check = (uint16_t)draft->checks.count},
	        .spec = {.name = make_name(draft, &check->spec), .hidden = 1},
	};

	check->spec.name = draft_text(draft, kind);
	draft_add_check(draft, &service, check);
	service.rule.first_need = draft->needs.count;
	memcpy(list_add(draft->arena, &draft->services, 1), &service, sizeof(service));
	return index;
}

uint16_t hidden_service(struct draft *draft, const struct node *need)
{
	uint32_t errors = draft->problems->errors;
	struct draft_check check = draft_new_check(draft, need, (uint16_t)draft->services.count);

	check.rule.level = LEVEL_RESTART;
	check.spec.remote = 1;
	check.spec.kind = node_get(need, "http") ? KIND_HTTP : KIND_TCP;
	schema_read(draft, SECTION_NEED, need, &check);
	if (draft->problems->errors != errors)
		return NO_INDEX;
	if (check.spec.kind == KIND_HTTP)
		check.spec.status[check.spec.status_count++] = (struct status_range){200, 299};
	for (uint32_t i = 0; i < draft->services.count; i++) {
		const struct draft_service *service = draft_service(draft, i);
		if (service->spec.hidden &&
		        is_same(draft, &draft_check(draft, service->rule.first_check)->spec, &check.spec))
			return (uint16_t)i;
	}
	if (draft->services.count == MAX_SERVICES || draft->checks.count == MAX_CHECKS) {
		problem_error(draft->problems, need->place,
		        "needs: more than %d services or %d checks (leave some out)", MAX_SERVICES, MAX_CHECKS);
		return NO_INDEX;
	}
	return add_service(draft, need, &check);
}
