/* SPDX-License-Identifier: MIT
 *
 * P4, P7, P13: what is restarted, and why.
 */
#include "sim.h"

/* Down by news: so many bad ones in a row, or so many in the time of a flap rule. */
static bool has_reason(const struct sim *sim, uint16_t service, bool to_start)
{
	const struct service_rule *rule = &sim->rules.services[service];

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++) {
		const struct watched *check = &sim->watch->checks[i];

		if (sim->rules.checks[i].level == LEVEL_ALERT)
			continue;
		if (check->row >= sim->rules.checks[i].retries || (to_start && (check->row > 0 || check->blind)))
			return true;
		if (rule->flap_count > 0 && check->flaps_ms[rule->flap_count - 1] != NEVER_MS &&
		        check->flaps_ms[0] - check->flaps_ms[rule->flap_count - 1] < rule->flap_within_ms)
			return true;
	}
	return false;
}

/* By the newest news since it was itself ordered about. */
static bool is_known_up(const struct sim *sim, uint16_t service)
{
	const struct service_rule *rule = &sim->rules.services[service];

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++) {
		const struct watched *check = &sim->watch->checks[i];

		if (sim->rules.checks[i].level != LEVEL_ALERT && !check->blind &&
		        (check->good_ms == NEVER_MS || check->good_ms <= sim->watch->ordered_ms[service] ||
		                check->row > 0))
			return false;
	}
	return true;
}

void watch_order(struct sim *sim, const struct event *event)
{
	const struct rules *rules = &sim->rules;
	struct watch *watch = sim->watch;
	const struct service_rule *rule = &rules->services[event->service];
	const char *name = flat_service_name(sim->flat, event->service);

	if (watch->state == BOARD_MAINTENANCE)
		broken(sim, "P7: %s is restarted in maintenance", name);
	if (watch->state == BOARD_REBOOTING || watch->state == BOARD_LETGO)
		broken(sim, "P5: %s is restarted after a reboot was ordered", name);
	if (!has_reason(sim, event->service, event->kind == EVENT_START) && !watch->follows[event->service])
		broken(sim, "P4: %s is restarted though no news said that it is down", name);
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (!is_known_up(sim, rules->needs[rule->first_need + n]))
			broken(sim, "P13: %s is restarted while what it needs is not up", name);
	if (event->kind == EVENT_RESTART && rule->attempts > 0 && watch->state != BOARD_HOLD &&
	        event->value > rule->attempts)
		broken(sim, "P13: %s has more attempts than it is allowed", name);
	watch->ordered_ms[event->service] = sim->world.now_ms;
	watch->follows[event->service] = false;
	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		watch->checks[i].row = 0;
	if (event->kind != EVENT_RESTART)
		return;
	for (uint16_t i = 0; i < rules->service_count; i++)
		for (uint16_t n = 0; n < rules->services[i].need_count; n++)
			if (rules->needs[rules->services[i].first_need + n] == event->service &&
			        rules->services[i].propagate)
				watch->follows[i] = true;
}
