/* SPDX-License-Identifier: MIT
 *
 * Readers of services and their lists of checks.
 */
#include "read.h"

#include "check_defaults.h"
#include "fingerprint.h"

#include "core/names.h"

#include <stdio.h>
#include <string.h>

enum { ATTEMPTS = 5 };

static void read_service(struct draft *draft, const struct node *value)
{
	struct draft_service service = {
	        .node = value,
	        .rule = {.start_period_ms = draft->defaults.start_period_ms, .attempts = ATTEMPTS},
	};

	if (!name_is_valid(value->key->text))
		problem_error(draft->problems, value->key->place,
		        "'%.60s' is no name for a service (write 1 to %d letters, digits, _ . or -, a letter or digit first)",
		        value->key->text, NAME_SIZE - 1);
	service.spec.name = draft_text(draft, value->key->text);
	service.rule.first_check = (uint16_t)draft->checks.count;
	if (value->kind == NODE_MAP) {
		schema_read(draft, SECTION_SERVICE, value, &service);
	} else if (value->kind != NODE_BROKEN) {
		problem_error(draft->problems, value->place,
		        "%.31s: a service has keys of its own (write %.31s: {checks: [{tcp: 127.0.0.1:80}]})",
		        value->key->text, value->key->text);
	}
	draft->head.fingerprint = fingerprint_node(draft->head.fingerprint, value);
	service.rule.can_restart = service.spec.restart.argc > 0 || service.spec.run.argc > 0;
	service.rule.can_start = service.spec.start.argc > 0 || service.spec.run.argc > 0;
	memcpy(list_add(draft->arena, &draft->services, 1), &service, sizeof(service));
}

void read_services(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	(void)target;
	if (value->kind != NODE_NOTHING && !node_is(draft, key, value, NODE_MAP, "a mapping of services"))
		return;
	if (!value->first)
		problem_error(
		        draft->problems, value->place, "services: there is none to watch (write %s)", key->example);
	report_duplicates(draft, value);
	for (const struct node *service = value->first; service; service = service->next) {
		if (draft->services.count == MAX_SERVICES) {
			problem_error(draft->problems, service->key->place, "more than %d services (leave some out)",
			        MAX_SERVICES);
			return;
		}
		read_service(draft, service);
	}
}

/* They can be looked up only when every service is known. */
void read_needs(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct draft_service *service = target;

	if (node_is(draft, key, value, NODE_LIST, "a list"))
		service->needs = value;
}

/* The key of a check that says its kind; NULL, and an error, where there is none or more than one. */
static const struct key *find_kind(struct draft *draft, const struct node *map)
{
	const struct key *kind = NULL;

	for (const struct node *value = map->first; value; value = value->next) {
		const struct key *key = schema_find(SECTION_CHECK, value->key->text);
		if (!key || !key->kind)
			continue;
		if (kind && kind != key) {
			problem_error(draft->problems, value->key->place,
			        "%s: this check is of kind %s already (start the next check with \"- %s:\")", key->name,
			        kind->name, key->name);
			return NULL;
		}
		kind = key;
	}
	return kind;
}

static void read_check(struct draft *draft, const struct node *map, struct draft_service *service)
{
	uint32_t errors = draft->problems->errors;
	const struct key *kind = find_kind(draft, map);
	struct draft_check check = draft_new_check(draft, map, (uint16_t)draft->services.count);

	check.spec.kind = (uint8_t)(kind ? kind->kind - 1 : KIND_COUNT);
	schema_read(draft, SECTION_CHECK, map, &check);
	if (!kind && draft->problems->errors == errors)
		problem_error(draft->problems, map->place,
		        "it is not said what to check (write tcp: 127.0.0.1:80 or another kind of check)");
	check_defaults(draft, map, &check);
	draft_add_check(draft, service, &check);
}

static bool name_is_taken(const struct draft *draft, uint32_t first, uint32_t end, const char *name)
{
	for (uint32_t i = first; i < end; i++)
		if (strcmp(draft_name(draft, draft_check(draft, i)->spec.name), name) == 0)
			return true;
	return false;
}

static void refuse_same_names(struct draft *draft, uint32_t first)
{
	for (uint32_t i = first; i < draft->checks.count; i++) {
		const struct draft_check *check = draft_check(draft, i);
		if (check->spec.name && name_is_taken(draft, first, i, draft_name(draft, check->spec.name)))
			problem_error(draft->problems, node_get(check->node, "name")->place,
			        "name: another check of this service is called %s (write another name)",
			        draft_name(draft, check->spec.name));
	}
}

/* A check without a name is called by its kind, the second of its kind "http-2". */
static void name_the_others(struct draft *draft, uint32_t first)
{
	unsigned numbers[KIND_COUNT + 1] = {0};

	for (uint32_t i = first; i < draft->checks.count; i++) {
		struct draft_check *check = draft_check(draft, i);
		const char *kind = check_kind_name((enum check_kind)check->spec.kind);
		char name[NAME_SIZE];
		if (check->spec.name)
			continue;
		do {
			unsigned number = ++numbers[check->spec.kind];
			if (number == 1)
				(void)snprintf(name, sizeof(name), "%s", kind);
			else
				(void)snprintf(name, sizeof(name), "%s-%u", kind, number);
		} while (name_is_taken(draft, first, draft->checks.count, name));
		check->spec.name = draft_text(draft, name);
	}
}

static bool has_check_named(const struct node *service, const char *wanted)
{
	const struct node *checks = node_get(service, "checks");

	for (const struct node *item = checks && checks->kind == NODE_LIST ? checks->first : NULL; item;
	        item = item->next) {
		const struct node *name = item->kind == NODE_MAP ? node_get(item, "name") : NULL;
		if (name && name->kind == NODE_TEXT && strcmp(name->text, wanted) == 0)
			return true;
	}
	return false;
}

/*
 * What feeddog runs itself is watched without a word: by the file with its process id that the actor keeps below RUN. A
 * check of that name takes its place.
 */
void read_run(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct draft_service *service = target;
	struct draft_check check = draft_new_check(draft, service->node, (uint16_t)draft->services.count);
	char pidfile[NAME_SIZE + 16];

	read_command(draft, key, value, target);
	service->spec.respawn_always = 1;
	service->rule.attempts = 0;
	if (has_check_named(service->node, "run") || draft->checks.count == MAX_CHECKS)
		return;
	(void)snprintf(pidfile, sizeof(pidfile), "run/%.31s.pid", service->node->key->text);
	check.spec.kind = KIND_PROCESS;
	check.spec.name = draft_text(draft, "run");
	check.spec.pidfile = draft_text(draft, pidfile);
	check_defaults(draft, service->node, &check);
	draft_add_check(draft, service, &check);
}

void read_checks(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct draft_service *service = target;
	uint32_t first = service->rule.first_check;

	if (!node_is(draft, key, value, NODE_LIST, "a list of checks"))
		return;
	for (const struct node *item = value->first; item; item = item->next) {
		if (draft->checks.count == MAX_CHECKS) {
			problem_error(draft->problems, item->place, "more than %d checks (leave some out)", MAX_CHECKS);
			return;
		}
		if (node_is(draft, key, item, NODE_MAP, "a check"))
			read_check(draft, item, service);
	}
	refuse_same_names(draft, first);
	name_the_others(draft, first);
}
