/* SPDX-License-Identifier: MIT
 *
 * What the servers really are, and what a probe of them finds.
 */
#include "sim.h"

#include <errno.h>

static bool is_flapped_down(const struct server *server, int64_t now_ms)
{
	return now_ms < server->flap_until_ms && (now_ms - server->flap_from_ms) / server->flap_ms % 2 == 0;
}

bool truth_is_own_up(const struct sim *sim, uint16_t service)
{
	const struct server *server = &sim->servers[service];
	int64_t now_ms = sim->world.now_ms;

	return !server->wedged && !server->hangs && now_ms >= server->up_at_ms && now_ms >= server->broken_until_ms &&
	        !is_flapped_down(server, now_ms);
}

/* A server without what it needs answers that it cannot serve, and does again as soon as it has it. */
bool truth_is_up(const struct sim *sim, uint16_t service)
{
	const struct rules *rules = &sim->rules;
	const struct service_rule *rule = &rules->services[service];

	if (!truth_is_own_up(sim, service))
		return false;
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (!truth_is_up(sim, rules->needs[rule->first_need + n]))
			return false;
	return true;
}

/* All that may reboot the board. */
bool truth_is_all_up(const struct sim *sim)
{
	const struct rules *rules = &sim->rules;

	for (uint16_t i = 0; i < rules->check_count; i++)
		if (rules->checks[i].level == LEVEL_REBOOT && !truth_is_up(sim, rules->checks[i].service))
			return false;
	return true;
}

/* Every server, also one for which the board is not rebooted. */
bool truth_is_whole(const struct sim *sim)
{
	for (uint16_t i = 0; i < sim->rules.service_count; i++)
		if (!truth_is_own_up(sim, i))
			return false;
	return true;
}

void truth_boot(struct sim *sim)
{
	const struct rules *rules = &sim->rules;

	for (uint16_t i = 0; i < rules->service_count; i++) {
		struct server *server = &sim->servers[i];

		server->hangs = server->wedged = false;
		server->command_until_ms = server->gone_at_ms = NEVER_MS;
		/* What has a start command is started by feeddog alone. */
		server->up_at_ms = rules->services[i].can_start && !sim->is_bare ? FOREVER_MS
		                                                                 : sim->world.now_ms + server->start_ms;
	}
}

/* A process is there also while it hangs, or lacks what it needs, or is being stopped. */
static bool is_process_there(const struct server *server, int64_t now_ms)
{
	if (now_ms < server->gone_at_ms)
		return true;
	return !server->wedged && now_ms >= server->up_at_ms && now_ms >= server->broken_until_ms &&
	        !is_flapped_down(server, now_ms);
}

void truth_command(struct sim *sim, uint16_t service)
{
	struct server *server = &sim->servers[service];
	int64_t now_ms = sim->world.now_ms;

	if (now_ms < server->command_until_ms || now_ms < server->no_restart_until_ms)
		return;
	/* What hangs is stopped as slowly as what answers; what is dead needs no stop. */
	server->gone_at_ms = is_process_there(server, now_ms) ? now_ms + server->stop_ms : NEVER_MS;
	server->gone_told = false;
	server->old_seen_ms = server->up_at_ms;
	server->command_until_ms = (server->gone_at_ms == NEVER_MS ? now_ms : server->gone_at_ms) + COMMAND_MS;
	server->up_at_ms = server->command_until_ms + server->start_ms;
	server->hangs = false;
}

/* A watched process that ends is noticed when it does. */
void truth_notice(struct sim *sim, uint16_t service)
{
	const struct service_rule *rule = &sim->rules.services[service];

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		if (flat_checks(sim->flat)[i].kind == KIND_PROCESS)
			world_notice(&sim->world, i);
}

void truth_kill(struct sim *sim, uint16_t service)
{
	sim->servers[service].up_at_ms = FOREVER_MS;
	sim->servers[service].gone_at_ms = NEVER_MS;
	truth_notice(sim, service);
}

void truth_turn(struct sim *sim)
{
	for (uint16_t i = 0; i < sim->rules.service_count; i++) {
		struct server *server = &sim->servers[i];

		if (server->gone_told || server->gone_at_ms == NEVER_MS || sim->world.now_ms < server->gone_at_ms)
			continue;
		server->gone_told = true;
		truth_notice(sim, i);
	}
}

static void answer(struct result *result, enum outcome outcome, enum cause cause, int32_t detail, int64_t took_ms)
{
	result->outcome = (uint8_t)outcome;
	result->cause = (uint8_t)cause;
	result->detail = detail;
	result->took_ms = (uint32_t)took_ms;
}

void truth_probe(struct world *world, uint16_t check, struct result *result)
{
	const struct sim *sim = (const struct sim *)world;
	const struct check_rule *rule = &world->rules.checks[check];
	const struct server *server = &sim->servers[rule->service];
	const struct sickness *sick = &sim->sick[check];
	bool is_process = flat_checks(sim->flat)[check].kind == KIND_PROCESS;
	int64_t now_ms = world->now_ms;
	int64_t took_ms = sim->jitter_ms > 0 ? (int64_t)chance(sim, 1000U + check, sim->jitter_ms) : 0;

	if (took_ms >= rule->timeout_ms)
		took_ms = rule->timeout_ms - 1;
	if (now_ms < sick->blind_until_ms) {
		answer(result, OUTCOME_BLIND, CAUSE_BLIND, ENOENT, 0);
	} else if (now_ms < sick->short_until_ms) {
		answer(result, OUTCOME_UNKNOWN, CAUSE_CANNOT_PROBE, EMFILE, 0);
	} else if (now_ms < sick->fail_until_ms) {
		answer(result, OUTCOME_BAD, CAUSE_STATUS, 500, took_ms);
	} else if (is_process) {
		if (is_process_there(server, now_ms)) {
			answer(result, OUTCOME_GOOD, CAUSE_OK, 0, 0);
		} else {
			answer(result, OUTCOME_BAD, CAUSE_EXITED, 0, 0);
			result->conclusive = CONCLUSIVE_YES;
			if (server->gone_at_ms != NEVER_MS && now_ms < server->up_at_ms)
				result->seen_ms = server->old_seen_ms;
		}
	} else if (server->hangs) {
		answer(result, OUTCOME_BAD, CAUSE_TIMEOUT, 0, rule->timeout_ms);
	} else if (!truth_is_up(sim, rule->service)) {
		answer(result, OUTCOME_BAD, CAUSE_REFUSED, 0, took_ms);
	} else if (now_ms < server->slow_until_ms) {
		if (server->slow_ms >= rule->timeout_ms)
			answer(result, OUTCOME_BAD, CAUSE_TIMEOUT, 0, rule->timeout_ms);
		else
			answer(result, OUTCOME_GOOD, CAUSE_OK, 200, server->slow_ms);
	} else {
		answer(result, now_ms < sick->warn_until_ms ? OUTCOME_WARNING : OUTCOME_GOOD, CAUSE_OK, 200, took_ms);
	}
}

static int64_t next_toggle_ms(const struct server *server, int64_t now_ms)
{
	if (now_ms >= server->flap_until_ms)
		return FOREVER_MS;
	return now_ms + server->flap_ms - (now_ms - server->flap_from_ms) % server->flap_ms;
}

int64_t truth_next_ms(const struct sim *sim)
{
	int64_t now_ms = sim->world.now_ms;
	int64_t next_ms = FOREVER_MS;

	for (uint16_t i = 0; i < sim->rules.service_count; i++) {
		const struct server *server = &sim->servers[i];
		const int64_t at_ms[] = {server->up_at_ms, server->broken_until_ms, server->slow_until_ms,
		        server->gone_at_ms, next_toggle_ms(server, now_ms)};

		for (size_t k = 0; k < sizeof(at_ms) / sizeof(at_ms[0]); k++)
			if (at_ms[k] > now_ms && at_ms[k] < next_ms)
				next_ms = at_ms[k];
	}
	return next_ms;
}

bool truth_is_quiet(const struct sim *sim)
{
	int64_t now_ms = sim->world.now_ms;

	for (uint16_t i = 0; i < sim->rules.service_count; i++)
		if (!truth_is_own_up(sim, i) || now_ms < sim->servers[i].slow_until_ms)
			return false;
	for (uint16_t i = 0; i < sim->rules.check_count; i++)
		if (now_ms < sim->sick[i].fail_until_ms || now_ms < sim->sick[i].short_until_ms ||
		        now_ms < sim->sick[i].blind_until_ms || now_ms < sim->sick[i].warn_until_ms)
			return false;
	return truth_next_ms(sim) == FOREVER_MS;
}
