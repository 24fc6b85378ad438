/* SPDX-License-Identifier: MIT
 *
 * P1, P2, P3: how long the dog may be fed, and how long it must be.
 */
#include "sim.h"

#include <stdlib.h>

static int64_t later(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

/* As PROMISES.md and the manual have it, in the test's own words. */
static int64_t detection_ms(const struct check_rule *rule)
{
	int64_t tries = rule->retries > 1 ? rule->retries : 1;

	return tries * rule->interval_ms + 2 * (int64_t)rule->timeout_ms + 3000;
}

/* P12: waits, or may wait, for something that may not reboot the board. */
static bool may_be_excused(const struct rules *rules, uint16_t service)
{
	const struct service_rule *rule = &rules->services[service];

	for (uint16_t n = 0; n < rule->need_count; n++) {
		uint16_t need = rules->needs[rule->first_need + n];
		const struct service_rule *needed = &rules->services[need];

		if (may_be_excused(rules, need))
			return true;
		for (uint16_t c = needed->first_check; c < needed->first_check + needed->check_count; c++)
			if (rules->checks[c].level == LEVEL_RESTART)
				return true;
	}
	return false;
}

struct watch *watch_open(const struct sim *sim)
{
	const struct rules *rules = &sim->rules;
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	for (uint16_t i = 0; i < rules->check_count; i++) {
		const struct check_rule *rule = &rules->checks[i];

		watch->checks[i].detection_ms = detection_ms(rule);
		watch->checks[i].climbs = rule->level == LEVEL_REBOOT && !may_be_excused(rules, rule->service);
		watch->longest_ms = later(watch->longest_ms, watch->checks[i].detection_ms);
		watch->enough_ms = later(watch->enough_ms, (int64_t)rule->interval_ms + rule->timeout_ms + 1);
	}
	watch->bound_ms = watch->longest_ms + rules->ladder->restart_for_ms + rules->ladder->reboot_within_ms;
	return watch;
}

void watch_close(struct watch *watch)
{
	free(watch);
}

/* The longest chain of start periods. */
static int64_t chain_ms(const struct rules *rules, uint16_t service)
{
	const struct service_rule *rule = &rules->services[service];
	int64_t longest_ms = 0;

	for (uint16_t n = 0; n < rule->need_count; n++)
		longest_ms = later(longest_ms, chain_ms(rules, rules->needs[rule->first_need + n]));
	return longest_ms + rule->start_period_ms;
}

void watch_allow_start(struct sim *sim)
{
	const struct rules *rules = &sim->rules;
	int64_t start_ms = sim->watch->bound_ms - rules->ladder->restart_for_ms - rules->ladder->reboot_within_ms;

	for (uint16_t i = 0; i < rules->service_count; i++)
		start_ms = later(start_ms, chain_ms(rules, i));
	sim->watch->good_ms = sim->world.now_ms;
	sim->watch->allowed_ms =
	        sim->world.now_ms + start_ms + rules->ladder->restart_for_ms + rules->ladder->reboot_within_ms;
}

void watch_person(struct sim *sim)
{
	sim->watch->allowed_ms = later(sim->watch->allowed_ms, sim->world.now_ms + sim->watch->bound_ms);
	sim->watch->good_ms = sim->world.now_ms;
}

void watch_record(struct sim *sim, const struct result *result)
{
	const struct check_rule *rule = &sim->rules.checks[result->check];
	struct watched *check = &sim->watch->checks[result->check];

	if (result->started_ms < check->heard_ms)
		return;
	check->heard_ms = result->started_ms;
	check->blind = result->outcome == OUTCOME_BLIND;
	sim->watch->was_blind = sim->watch->was_blind || check->blind;
	if (result->started_ms <= sim->watch->ordered_ms[rule->service])
		return;
	if (result->outcome == OUTCOME_GOOD || result->outcome == OUTCOME_WARNING) {
		check->good_ms = result->started_ms;
		check->row = 0;
	} else if (result->outcome == OUTCOME_BAD) {
		check->row++;
		if (result->conclusive && check->row < rule->retries)
			check->row = rule->retries;
		for (int i = FLAP_LAST - 1; i > 0; i--)
			check->flaps_ms[i] = check->flaps_ms[i - 1];
		check->flaps_ms[0] = sim->world.now_ms;
	}
}

/* P2: a good verdict allows feeding for BOUND, each check counting from the start of its last good probe. */
static void judge_verdict(struct sim *sim)
{
	const struct ladder_rule *ladder = sim->rules.ladder;
	struct watch *watch = sim->watch;
	int64_t lease_ms = FOREVER_MS, good_ms = FOREVER_MS;

	for (uint16_t i = 0; i < sim->rules.check_count; i++) {
		const struct watched *check = &watch->checks[i];
		int64_t from_ms = check->climbs && !check->blind ? check->good_ms : check->heard_ms;

		if (from_ms == NEVER_MS)
			return;
		lease_ms = from_ms + check->detection_ms < lease_ms ? from_ms + check->detection_ms : lease_ms;
		good_ms = from_ms < good_ms ? from_ms : good_ms;
	}
	if (lease_ms <= sim->world.now_ms)
		return;
	watch->stalled_ms = 0;
	watch->good_ms = later(watch->good_ms, good_ms);
	watch->allowed_ms = later(watch->allowed_ms, lease_ms + ladder->restart_for_ms + ladder->reboot_within_ms);
}

static void note_fine(struct sim *sim)
{
	struct watch *watch = sim->watch;
	bool fine = watch_is_fine(sim, false);

	watch->was_fine = watch->was_fine || watch_is_fine(sim, true);
	if (!fine)
		watch->fine_ms = FOREVER_MS;
	else if (watch->fine_ms == FOREVER_MS)
		watch->fine_ms = sim->world.now_ms;
	if (fine || !watch_is_fine(sim, true))
		watch->remote_ms = FOREVER_MS;
	else if (watch->remote_ms == FOREVER_MS)
		watch->remote_ms = sim->world.now_ms;
}

void watch_step(struct sim *sim)
{
	struct watch *watch = sim->watch;

	if (watch->state == BOARD_HOLD || watch->state == BOARD_MAINTENANCE)
		watch_person(sim);
	judge_verdict(sim);
	note_fine(sim);
	watch_rungs(sim);
}

static void note_unprotected(struct sim *sim, int64_t ms)
{
	int64_t permille = 1000 * ms / (sim->watch->allowed_ms - sim->watch->good_ms);

	if (ms > sim->figures->unprotected_ms)
		sim->figures->unprotected_ms = ms;
	if (permille > sim->figures->nearest_permille)
		sim->figures->nearest_permille = permille;
}

/* What was fed from from_ms till now. */
void watch_pass(struct sim *sim, int64_t from_ms)
{
	struct watch *watch = sim->watch;
	int64_t now_ms = sim->world.now_ms, fed_ms = sim->world.dog.fed_ms;
	bool suspended = watch->state == BOARD_HOLD || watch->state == BOARD_MAINTENANCE;
	int64_t over_ms = fed_ms - watch->allowed_ms;

	if (sim->figures && sim->down_since_ms == FOREVER_MS)
		sim->figures->up_ms += now_ms - from_ms;
	if (fed_ms >= from_ms && !suspended) {
		/* A feeder that is not scheduled enters each rung that much later; it feeds no more meanwhile. */
		if (over_ms >= 4 * sim->lag_most_ms + watch->stalled_ms)
			broken(sim, "P2: late reset: fed %lld ms beyond BOUND", (long long)over_ms + 1);
		if (sim->figures)
			note_unprotected(sim, fed_ms - watch->good_ms);
	}
	if (watch->fine_ms != FOREVER_MS && from_ms - watch->fine_ms > watch->enough_ms + sim->lag_ms &&
	        watch->state != BOARD_REBOOTING && watch->state != BOARD_LETGO && sim->frozen_until_ms < from_ms &&
	        now_ms - fed_ms > sim->flat->watchdog.timeout_ms / 2)
		broken(sim, "P3: %lld ms without a feed while all is well", (long long)(now_ms - fed_ms));
}
