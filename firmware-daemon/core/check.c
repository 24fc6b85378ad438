/* SPDX-License-Identifier: MIT
 *
 * A check's verdict from its results and from silence.
 */
#include "check.h"

static void set_health(struct check_state *state, enum health health, int64_t now_ms)
{
	if (state->health == health)
		return;
	state->health = (uint8_t)health;
	state->since_ms = now_ms;
	if (health != HEALTH_UNKNOWN)
		state->failed = health == HEALTH_DOWN;
}

void check_begin(struct check_state *state, int64_t now_ms)
{
	*state = (struct check_state){
	        .heard_ms = now_ms,
	        .expect_ms = now_ms,
	        .good_ms = NEVER_MS,
	        .since_ms = now_ms,
	        .failing_since_ms = NEVER_MS,
	        .ignore_until_ms = NEVER_MS,
	        .grace_until_ms = NEVER_MS,
	        .health = HEALTH_UNKNOWN,
	        .cause = CAUSE_NONE,
	        .outcome = OUTCOME_UNKNOWN,
	};
}

static void apply_good(struct check_state *state, const struct result *result, int64_t now_ms)
{
	state->good_ms = result->started_ms;
	state->streak = 0;
	state->failing_since_ms = NEVER_MS;
	/* The first good result ends the start period early. */
	state->grace_until_ms = NEVER_MS;
	state->warned = result->outcome == OUTCOME_WARNING;
	set_health(state, HEALTH_UP, now_ms);
}

static void apply_bad(
        const struct check_rule *rule, struct check_state *state, const struct result *result, int64_t now_ms)
{
	if (now_ms < state->grace_until_ms && result->conclusive != CONCLUSIVE_ALWAYS)
		return;
	state->grace_until_ms = NEVER_MS;
	if (state->streak == 0)
		state->failing_since_ms = result->started_ms;
	if (state->streak < UINT16_MAX)
		state->streak++;
	if (result->conclusive && state->streak < rule->retries)
		state->streak = rule->retries;
	if (state->streak >= rule->retries)
		set_health(state, HEALTH_DOWN, now_ms);
}

/* What has ended is what the restart was to end, and not what it has started. */
static bool was_stopped(
        const struct check_state *state, const struct result *result, uint32_t start_period_ms, int64_t now_ms)
{
	return result->cause == CAUSE_EXITED && result->seen_ms > 0 && result->seen_ms <= state->ignore_until_ms &&
	        now_ms < state->ignore_until_ms + start_period_ms;
}

/* Nothing is known of its successor, for which the start period was meant. */
static void apply_stop(struct check_state *state, uint32_t start_period_ms, int64_t now_ms)
{
	state->grace_until_ms = state->ignore_until_ms + start_period_ms;
	state->streak = 0;
	state->failing_since_ms = NEVER_MS;
	set_health(state, HEALTH_UNKNOWN, now_ms);
}

bool check_apply(const struct service_rule *service, const struct check_rule *rule, struct check_state *state,
        const struct result *result, int64_t now_ms)
{
	if (result->started_ms < state->heard_ms)
		return false;
	state->heard_ms = result->started_ms;
	if (state->expect_ms < state->heard_ms)
		state->expect_ms = state->heard_ms;
	if (result->started_ms <= state->ignore_until_ms)
		return false;
	state->took_ms = result->took_ms;
	state->detail = result->detail;
	state->cause = result->cause;
	state->outcome = result->outcome;
	switch ((enum outcome)result->outcome) {
	case OUTCOME_GOOD:
	case OUTCOME_WARNING:
		apply_good(state, result, now_ms);
		break;
	case OUTCOME_BAD:
		if (was_stopped(state, result, service->start_period_ms, now_ms))
			apply_stop(state, service->start_period_ms, now_ms);
		else
			apply_bad(rule, state, result, now_ms);
		break;
	case OUTCOME_BLIND:
	case OUTCOME_UNKNOWN:
	case OUTCOME_COUNT:
		/*
		 * It says nothing about the service, so it neither heals nor hurts. Consecutive failures are kept: a check that
		 * alternates between bad and blind must not stay below `retries` for ever.
		 */
		set_health(state, HEALTH_UNKNOWN, now_ms);
		break;
	}
	return true;
}

/* Forgets the failures that lie outside of the window. */
static void forget_flaps(struct check_state *state, int64_t from_ms)
{
	uint8_t kept = 0;

	for (uint8_t i = 0; i < state->flap_count; i++)
		if (state->flapped_ms[i] > from_ms)
			state->flapped_ms[kept++] = state->flapped_ms[i];
	state->flap_count = kept;
}

void check_flap(const struct service_rule *rule, struct check_state *state, const struct result *result, int64_t now_ms)
{
	if (rule->flap_count == 0 || rule->flap_count > FLAP_LAST)
		return;
	forget_flaps(state, now_ms - rule->flap_within_ms);
	/* A failure inside the start period does not count, here as elsewhere. */
	if (result->outcome != OUTCOME_BAD || state->streak == 0)
		return;
	if (state->flap_count == FLAP_LAST)
		forget_flaps(state, state->flapped_ms[0]);
	state->flapped_ms[state->flap_count++] = now_ms;
	if (state->flap_count >= rule->flap_count)
		set_health(state, HEALTH_DOWN, now_ms);
}

int64_t check_late_ms(const struct check_rule *rule, const struct check_state *state)
{
	return state->expect_ms + rule->interval_ms + rule->timeout_ms + LATE_ALLOWANCE_MS;
}

int64_t check_deadline_ms(const struct check_rule *rule, const struct check_state *state)
{
	int64_t late_ms = check_late_ms(rule, state);
	int64_t silent_ms = state->heard_ms + check_detection_ms(rule);

	return state->cause != CAUSE_LATE && silent_ms < late_ms ? silent_ms : late_ms;
}

bool check_age(const struct check_rule *rule, struct check_state *state, int64_t now_ms)
{
	if (now_ms < check_deadline_ms(rule, state))
		return false;
	state->cause = CAUSE_LATE;
	state->outcome = OUTCOME_UNKNOWN;
	set_health(state, HEALTH_UNKNOWN, now_ms);
	return now_ms >= check_late_ms(rule, state);
}

void check_expect(struct check_state *state, int64_t now_ms)
{
	state->expect_ms = now_ms;
}

void check_restart(struct check_state *state, int64_t now_ms, uint32_t start_period_ms)
{
	state->ignore_until_ms = now_ms;
	/* A checker that is silent stays the reason for knowing nothing. */
	if (state->cause != CAUSE_LATE)
		state->cause = CAUSE_RESTARTED;
	state->outcome = OUTCOME_UNKNOWN;
	set_health(state, HEALTH_UNKNOWN, now_ms);
	check_excuse(state, now_ms, start_period_ms);
}

void check_excuse(struct check_state *state, int64_t now_ms, uint32_t start_period_ms)
{
	state->grace_until_ms = now_ms + start_period_ms;
	state->streak = 0;
	state->flap_count = 0;
	state->failing_since_ms = NEVER_MS;
}

bool check_is_blind(const struct check_state *state)
{
	return state->health == HEALTH_UNKNOWN && state->outcome == OUTCOME_BLIND;
}

bool check_is_clean(const struct check_state *state)
{
	/* A failure that was excused is none, but no good news either. */
	return state->health == HEALTH_UP && state->streak == 0 && state->outcome != OUTCOME_BAD;
}
