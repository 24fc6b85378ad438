/* SPDX-License-Identifier: MIT
 *
 * What no single key can tell of services and alerts.
 */
#include "cross_check_parts.h"

#include <string.h>

static void warn_of_restarts_without_a_command(
        struct draft *draft, const struct node *map, const struct draft_service *service)
{
	for (uint32_t i = 0; i < service->rule.check_count; i++) {
		const struct draft_check *check = draft_check(draft, service->rule.first_check + i);
		const struct node *level = node_get(check->node, "on_failure");
		if (level && check->rule.level == LEVEL_RESTART)
			problem_warning(draft->problems, level->place,
			        "on_failure: %s has no restart command, so that nothing will follow (write restart:)",
			        map->key->text);
	}
}

/* Its socket goes by the service's name. */
static void refuse_second_heartbeat(struct draft *draft, const struct draft_service *service)
{
	unsigned heartbeats = 0;

	for (uint32_t i = 0; i < service->rule.check_count; i++) {
		const struct draft_check *check = draft_check(draft, service->rule.first_check + i);
		if (check->spec.kind == KIND_HEARTBEAT && ++heartbeats == 2)
			problem_error(draft->problems, node_get(check->node, "heartbeat")->key->place,
			        "heartbeat: a service has one (leave the others out)");
	}
}

void cross_service(struct draft *draft, const struct node *map, const struct draft_service *service)
{
	const char *name = map->key->text;
	const struct node *propagate = node_get(map, "propagate");

	if (service->rule.check_count == 0) {
		problem_error(draft->problems, map->key->place,
		        "%s: a service without checks cannot be watched (write checks: [{tcp: 127.0.0.1:80}])", name);
		return;
	}
	refuse_both(draft, map, "run", "start");
	refuse_both(draft, map, "run", "restart");
	if (node_get(map, "respawn") && !node_get(map, "run"))
		problem_error(draft->problems, node_get(map, "respawn")->key->place,
		        "respawn: only what feeddog runs itself is respawned (write run:, or leave it out)");
	refuse_second_heartbeat(draft, service);
	if (service->spec.restart.argc == 0 && service->spec.run.argc == 0)
		warn_of_restarts_without_a_command(draft, map, service);
	if (service->rule.propagate && (!service->needs || !service->needs->first))
		problem_error(draft->problems, propagate->place,
		        "propagate: %s needs nothing that could be restarted (write needs:, or leave it out)", name);
	else if (service->rule.propagate && service->spec.restart.argc == 0 && service->spec.run.argc == 0)
		problem_error(draft->problems, propagate->place,
		        "propagate: %s cannot be restarted (write restart: or run:)", name);
}

void cross_need(struct draft *draft, const struct node *map)
{
	refuse_both(draft, map, "tcp", "http");
	if (!map->first)
		problem_error(draft->problems, map->place,
		        "needs: it is not said what (write the name of a service, {tcp: HOST:PORT} or {http: URL})");
}

void cross_alert(struct draft *draft, const struct node *map)
{
	static const char *const ways[] = {"url", "command", "heartbeat"};
	const char *way = NULL;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct node *value = node_get(map, ways[i]);
		if (value && way)
			problem_error(draft->problems, value->key->place,
			        "%s: this alert goes by %s already (start the next one with \"- %s:\")", ways[i], way,
			        ways[i]);
		else if (value)
			way = ways[i];
	}
	if (!way) {
		problem_error(draft->problems, map->place,
		        "it is not said where the alert goes (write url:, command: or heartbeat:)");
		return;
	}
	if (strcmp(way, "heartbeat") == 0) {
		refuse_both(draft, map, "heartbeat", "on");
		refuse_both(draft, map, "heartbeat", "format");
	} else if (node_get(map, "every")) {
		problem_error(draft->problems, node_get(map, "every")->key->place,
		        "every: only a heartbeat is sent time and again (write heartbeat:, or leave it out)");
	}
}
