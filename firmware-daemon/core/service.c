/* SPDX-License-Identifier: MIT
 *
 * A service's health, and when to restart it.
 */
#include "service.h"

/* Alert-level checks are told about but say nothing about the service. */
static bool counts(const struct check_rule *rule)
{
	return rule->level >= LEVEL_RESTART;
}

void service_begin(const struct rules *rules, uint16_t index, struct service_state services[],
        struct check_state checks[], int64_t now_ms)
{
	const struct service_rule *rule = &rules->services[index];

	services[index] = (struct service_state){
	        .since_ms = now_ms,
	        .up_ms = NEVER_MS,
	        .restart_at_ms = NEVER_MS,
	        .ordered_ms = NEVER_MS,
	        .slot_ms = NEVER_MS,
	        .culprit = NO_INDEX,
	        .health = HEALTH_UNKNOWN,
	        .start_pending = rule->can_start,
	        .climbing = true,
	};
	for (uint16_t i = 0; i < rule->check_count; i++) {
		check_begin(&checks[rule->first_check + i], now_ms);
		checks[rule->first_check + i].grace_until_ms = FOREVER_MS;
	}
}

/* The worst of its checks that can measure, and which one that is. Where all are blind: unknown, because of the first. */
static enum health own_health(const struct rules *rules, const struct service_rule *rule,
        const struct check_state checks[], struct service_state *state)
{
	enum health worst = HEALTH_UP;
	uint16_t blind = NO_INDEX;
	bool measured = false;

	state->culprit = NO_INDEX;
	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++) {
		if (!counts(&rules->checks[i]))
			continue;
		if (check_is_blind(&checks[i])) {
			blind = blind == NO_INDEX ? i : blind;
			continue;
		}
		measured = true;
		if (checks[i].health == HEALTH_DOWN && worst != HEALTH_DOWN) {
			worst = HEALTH_DOWN;
			state->culprit = i;
		} else if (checks[i].health == HEALTH_UNKNOWN && worst == HEALTH_UP) {
			worst = HEALTH_UNKNOWN;
			state->culprit = i;
		} else if (!check_is_clean(&checks[i]) && state->culprit == NO_INDEX) {
			state->culprit = i;
		}
	}
	state->blind = !measured && blind != NO_INDEX;
	if (!state->blind)
		return worst;
	state->culprit = blind;
	return HEALTH_UNKNOWN;
}

/*
 * A check that may climb is not up. One that is only in its start period, as after a restart for the sake of a check that
 * may not climb, is no reason to begin to.
 */
static bool has_climber(const struct rules *rules, const struct service_rule *rule, const struct service_state *state,
        const struct check_state checks[])
{
	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++) {
		const struct check_state *check = &checks[i];

		if (rules->checks[i].level != LEVEL_REBOOT || check->health == HEALTH_UP || check_is_blind(check))
			continue;
		if (state->climbing || check->health == HEALTH_DOWN || check->grace_until_ms == NEVER_MS)
			return true;
	}
	return false;
}

/* Looks at what it needs: up, beyond doubt, and, where not up, whether that may reboot the board. */
static void judge_needs(const struct rules *rules, const struct service_rule *rule, struct service_state *state,
        const struct service_state services[])
{
	state->needs_up = true;
	state->ready = true;
	state->excused = true;
	for (uint16_t n = 0; n < rule->need_count; n++) {
		const struct service_state *need = &services[rules->needs[rule->first_need + n]];

		/* One that is to be restarted after something that it needs itself is about to fail. */
		if (need->follows)
			state->ready = false;
		if (need->blind)
			continue;
		if (need->health != HEALTH_UP) {
			state->needs_up = false;
			state->excused = state->excused && !need->climbing;
		}
		if (need->health != HEALTH_UP || need->culprit != NO_INDEX)
			state->ready = false;
	}
}

static void set_health(struct service_state *state, enum health health, int64_t now_ms)
{
	if (state->health == health)
		return;
	state->health = (uint8_t)health;
	state->since_ms = now_ms;
	if (health == HEALTH_UP)
		state->up_ms = now_ms;
}

/* Its needs have just come up: its start period counts from here. */
static void needs_came_up(
        const struct service_rule *rule, struct service_state *state, struct check_state checks[], int64_t now_ms)
{
	state->came_back = state->begun;
	state->begun = true;
	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		if (!check_is_clean(&checks[i]))
			check_excuse(&checks[i], now_ms, rule->start_period_ms);
}

void service_judge(const struct rules *rules, uint16_t index, struct service_state services[],
        struct check_state checks[], int64_t now_ms)
{
	const struct service_rule *rule = &rules->services[index];
	struct service_state *state = &services[index];
	bool was_waiting = state->health == HEALTH_WAITING || !state->begun;
	enum health own = own_health(rules, rule, checks, state);

	judge_needs(rules, rule, state, services);
	if (was_waiting && state->needs_up)
		needs_came_up(rule, state, checks, now_ms);
	if (own == HEALTH_UP) {
		state->came_back = false;
		state->start_pending = false;
	}
	if (own != HEALTH_UP && !state->needs_up) {
		own = HEALTH_WAITING;
		state->blind = false;
	}
	set_health(state, own, now_ms);
	state->excused = state->excused && own == HEALTH_WAITING;
	state->climbing = !state->excused && own != HEALTH_UP && has_climber(rules, rule, state, checks);
}

static bool found_not_running(
        const struct rules *rules, const struct service_rule *rule, const struct check_state checks[])
{
	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		if (counts(&rules->checks[i]) && checks[i].outcome == OUTCOME_BAD)
			return true;
	return false;
}

static bool has_attempt(const struct service_rule *rule, const struct service_state *state, bool hold)
{
	return hold || state->came_back || rule->attempts == 0 || state->attempts < rule->attempts;
}

bool service_is_charged(const struct service_state *state)
{
	return !state->came_back && !state->follows;
}

enum service_order service_due(const struct rules *rules, uint16_t index, const struct service_state services[],
        const struct check_state checks[], bool hold, int64_t now_ms)
{
	const struct service_rule *rule = &rules->services[index];
	const struct service_state *state = &services[index];

	if (!state->ready)
		return SERVICE_LEAVE;
	/* What the checks of a blind service look for may be there only after its start. */
	if (state->start_pending && (state->blind || found_not_running(rules, rule, checks)))
		return SERVICE_START;
	if (state->follows && rule->can_restart)
		return SERVICE_RESTART;
	if (state->health == HEALTH_DOWN && rule->can_restart && has_attempt(rule, state, hold) &&
	        now_ms >= state->restart_at_ms)
		return SERVICE_RESTART;
	return SERVICE_LEAVE;
}

/* The services that need it wait from now on; after a restart those with `propagate` are restarted too. */
static void hold_up_dependants(
        const struct rules *rules, uint16_t index, enum service_order order, struct service_state services[])
{
	for (uint16_t i = 0; i < rules->service_count; i++) {
		const struct service_rule *rule = &rules->services[i];

		for (uint16_t n = 0; n < rule->need_count; n++) {
			if (rules->needs[rule->first_need + n] != index)
				continue;
			services[i].ready = false;
			services[i].follows = services[i].follows || (order == SERVICE_RESTART && rule->propagate);
		}
	}
}

void service_ordered(const struct rules *rules, uint16_t index, enum service_order order,
        struct service_state services[], struct check_state checks[], bool hold, int64_t now_ms)
{
	const struct service_rule *rule = &rules->services[index];
	struct service_state *state = &services[index];
	uint32_t wait_ms;

	state->start_pending = false;
	state->ordered_ms = state->slot_ms = now_ms;
	hold_up_dependants(rules, index, order, services);
	if (order == SERVICE_RESTART) {
		state->restarts++;
		if (service_is_charged(state) && state->attempts < UINT16_MAX)
			state->attempts++;
		state->came_back = false;
		if (state->backoff_ms == 0)
			state->backoff_ms = BACKOFF_FIRST_MS;
		else
			state->backoff_ms =
			        state->backoff_ms >= BACKOFF_LAST_MS / 2 ? BACKOFF_LAST_MS : 2 * state->backoff_ms;
		wait_ms = hold ? HOLD_RETRY_MS : state->backoff_ms;
		state->restart_at_ms = now_ms + wait_ms;
	}
	/* None of its checks knows anything now, so it is not down either, and not due again in this step. */
	if (state->health == HEALTH_DOWN)
		set_health(state, HEALTH_UNKNOWN, now_ms);
	/* Also what is only started now comes after what it needs. */
	state->follows = false;
	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		check_restart(&checks[i], now_ms, rule->start_period_ms);
}

int64_t service_slot_end_ms(const struct service_rule *rule, const struct service_state *state)
{
	bool is_settled = state->health == HEALTH_UP || state->health == HEALTH_DOWN || state->blind;
	uint32_t most_ms = is_settled ? START_SLOT_LEAST_MS : START_SLOT_MS;

	if (state->slot_ms == NEVER_MS)
		return FOREVER_MS;
	return state->slot_ms + (rule->start_period_ms < most_ms ? rule->start_period_ms : most_ms);
}

void service_free_slot(const struct service_rule *rule, struct service_state *state, int64_t now_ms)
{
	if (now_ms >= service_slot_end_ms(rule, state))
		state->slot_ms = NEVER_MS;
}

void service_settle(struct service_state *state, uint32_t settle_ms, int64_t now_ms)
{
	if (state->health != HEALTH_UP || now_ms - state->since_ms < settle_ms)
		return;
	state->attempts = 0;
	state->backoff_ms = 0;
	/* The first restart of another outage is at once, however long the last one was put off. */
	state->restart_at_ms = NEVER_MS;
}

int64_t service_deadline_ms(const struct rules *rules, uint16_t index, const struct service_state services[], bool hold)
{
	const struct service_rule *rule = &rules->services[index];
	const struct service_state *state = &services[index];

	if (state->health == HEALTH_DOWN && state->ready && rule->can_restart && has_attempt(rule, state, hold))
		return state->restart_at_ms;
	return FOREVER_MS;
}
