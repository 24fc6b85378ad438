/* SPDX-License-Identifier: MIT
 *
 * The invariant, fact by fact.
 */
#include "invariant.h"

static bool is_flag(uint8_t value)
{
	return value <= 1;
}

static bool is_past(int64_t at_ms, int64_t now_ms)
{
	return at_ms >= 0 && at_ms <= now_ms;
}

static bool is_past_or_never(int64_t at_ms, int64_t now_ms)
{
	return at_ms == NEVER_MS || is_past(at_ms, now_ms);
}

static bool is_index(uint16_t index, uint16_t count)
{
	return index == NO_INDEX || index < count;
}

static bool is_duration(uint32_t ms)
{
	return ms <= (uint32_t)MAX_DURATION_S * 1000;
}

static bool is_check_rule_sound(const struct rules *rules, const struct check_rule *rule)
{
	return is_duration(rule->interval_ms) && is_duration(rule->retry_interval_ms) &&
	        is_duration(rule->timeout_ms) && rule->retries >= 1 && rule->service < rules->service_count &&
	        rule->level < LEVEL_COUNT && check_detection_ms(rule) <= rules->ladder->detection_ms;
}

/* Each need is a service that is worked out before: no service needs itself, however far round. */
static bool is_service_rule_sound(const struct rules *rules, const struct service_rule *rule)
{
	if (!is_duration(rule->start_period_ms) || rule->flap_count > FLAP_LAST || rule->check_count == 0 ||
	        !is_flag(rule->can_start) || (uint32_t)rule->first_check + rule->check_count > rules->check_count)
		return false;
	for (uint16_t i = 0; i < rule->need_count; i++)
		if (rules->needs[rule->first_need + i] >= rules->service_count)
			return false;
	return true;
}

bool rules_are_sound(const struct rules *rules)
{
	const struct ladder_rule *ladder = rules->ladder;

	if (rules->service_count == 0 || rules->service_count > MAX_SERVICES || rules->check_count > MAX_CHECKS)
		return false;
	if (!is_duration(ladder->restart_for_ms) || !is_duration(ladder->reboot_within_ms) ||
	        !is_duration(ladder->settle_ms) || !is_duration(ladder->reboot_settle_ms) ||
	        ladder->detection_ms > ladder->start_period_ms)
		return false;
	for (uint16_t i = 0; i < rules->check_count; i++)
		if (!is_check_rule_sound(rules, &rules->checks[i]))
			return false;
	for (uint16_t i = 0; i < rules->service_count; i++)
		if (rules->order[i] >= rules->service_count || !is_service_rule_sound(rules, &rules->services[i]))
			return false;
	return true;
}

static bool are_flaps_in_order(const struct check_state *state, int64_t now_ms)
{
	if (state->flap_count > FLAP_LAST)
		return false;
	for (uint8_t i = 0; i < state->flap_count; i++)
		if (!is_past(state->flapped_ms[i], now_ms) ||
		        (i > 0 && state->flapped_ms[i - 1] > state->flapped_ms[i]))
			return false;
	return true;
}

/* The start period has not begun (FOREVER), is over (NEVER), or ends in time. */
static bool is_grace(int64_t until_ms, uint32_t start_period_ms, int64_t now_ms)
{
	return until_ms == NEVER_MS || until_ms == FOREVER_MS ||
	        (until_ms >= 0 && until_ms <= now_ms + start_period_ms);
}

bool check_invariant(const struct rules *rules, uint16_t index, const struct check_state *state, int64_t now_ms)
{
	const struct check_rule *rule = &rules->checks[index];
	bool up_by_news = state->good_ms != NEVER_MS && state->good_ms > state->ignore_until_ms;
	bool is_row = state->streak > 0;

	if (state->health > HEALTH_DOWN || state->cause >= CAUSE_COUNT || state->outcome >= OUTCOME_COUNT ||
	        !is_flag(state->told) || !is_flag(state->unjudged) || !is_flag(state->warned) ||
	        !is_flag(state->failed) || state->warning_told > WARNING_BLIND)
		return false;
	if (!is_past(state->heard_ms, now_ms) || !is_past(state->since_ms, now_ms) ||
	        !is_past(state->expect_ms, now_ms) || state->expect_ms < state->heard_ms)
		return false;
	if (!is_past_or_never(state->good_ms, state->heard_ms) || !is_past_or_never(state->ignore_until_ms, now_ms) ||
	        !is_past_or_never(state->failing_since_ms, state->heard_ms))
		return false;
	if (is_row != (state->failing_since_ms != NEVER_MS))
		return false;
	if (state->health == HEALTH_UP && !(up_by_news && state->streak < rule->retries))
		return false;
	if (state->health != HEALTH_UNKNOWN && state->failed != (state->health == HEALTH_DOWN))
		return false;
	return is_grace(state->grace_until_ms, rules->services[rule->service].start_period_ms, now_ms) &&
	        are_flaps_in_order(state, now_ms);
}

static bool are_flags_of_service(const struct service_state *state)
{
	return is_flag(state->needs_up) && is_flag(state->ready) && is_flag(state->begun) &&
	        is_flag(state->start_pending) && is_flag(state->follows) && is_flag(state->came_back) &&
	        is_flag(state->climbing) && is_flag(state->excused) && is_flag(state->down_told) &&
	        is_flag(state->blind);
}

bool service_invariant(const struct rules *rules, uint16_t index, const struct service_state *state, int64_t now_ms)
{
	const struct service_rule *rule = &rules->services[index];
	bool has_culprit = state->culprit != NO_INDEX;
	bool owed = state->start_pending || state->came_back || state->climbing;

	if (state->health >= HEALTH_COUNT || !are_flags_of_service(state))
		return false;
	if (!is_past(state->since_ms, now_ms) || !is_past_or_never(state->up_ms, now_ms) ||
	        !is_past_or_never(state->slot_ms, now_ms) || !is_past_or_never(state->ordered_ms, now_ms) ||
	        !is_past_or_never(state->restart_at_ms, now_ms + HOLD_RETRY_MS))
		return false;
	if (has_culprit &&
	        (state->culprit < rule->first_check || state->culprit - rule->first_check >= rule->check_count))
		return false;
	if (state->backoff_ms != 0 && (state->backoff_ms < BACKOFF_FIRST_MS || state->backoff_ms > BACKOFF_LAST_MS))
		return false;
	if (state->attempts > 0 && state->backoff_ms == 0)
		return false;
	if (state->health == HEALTH_UP && (owed || state->up_ms != state->since_ms))
		return false;
	if (state->excused && (state->health != HEALTH_WAITING || state->climbing))
		return false;
	if (state->blind && (state->health != HEALTH_UNKNOWN || !has_culprit))
		return false;
	if (state->start_pending && state->ordered_ms != NEVER_MS)
		return false;
	return (!state->ready || state->needs_up) && (state->health != HEALTH_WAITING || !state->needs_up) &&
	        (!state->came_back || state->begun);
}

static bool is_within(int64_t ms, int64_t first_ms, int64_t last_ms)
{
	return ms >= first_ms && ms <= last_ms;
}

/* P1 and P2: when the rung that it stands on ends. */
static bool is_lease_bounded(const struct ladder_rule *rule, const struct ladder *ladder, int64_t now_ms)
{
	int64_t until_ms = ladder->feed_until_ms;
	int64_t since_ms = ladder->since_ms;

	switch (ladder->state) {
	case BOARD_STARTING:
		return until_ms == since_ms + rule->start_period_ms;
	case BOARD_WELL:
	case BOARD_DOUBT:
		return until_ms <= now_ms + rule->detection_ms;
	case BOARD_RECOVERING:
		return is_within(until_ms, since_ms, since_ms + rule->restart_for_ms);
	case BOARD_REBOOTING:
		return is_within(until_ms, since_ms, since_ms + rule->reboot_within_ms);
	case BOARD_LETGO:
		return until_ms <= since_ms;
	case BOARD_HOLD:
		return until_ms <= now_ms + HOLD_LEASE_MS;
	case BOARD_MAINTENANCE:
		return is_within(until_ms, since_ms, since_ms + UINT32_MAX);
	default:
		return false;
	}
}

/* P6, P16: it is counted before it is done, and what has never been well does not reboot. */
static bool is_counted(const struct ladder_rule *rule, const struct ladder *ladder)
{
	if ((ladder->state != BOARD_REBOOTING && ladder->state != BOARD_LETGO) || ladder->planned)
		return true;
	return ladder->proven && ladder->unsettled >= 1 &&
	        (rule->then_reboot || ladder->unsettled <= rule->reboot_limit);
}

bool ladder_invariant(const struct rules *rules, const struct ladder *ladder, int64_t now_ms)
{
	bool began = ladder->state != BOARD_STARTING && ladder->state != BOARD_RECOVERING;

	if (ladder->cause >= CAUSE_COUNT || !is_flag(ladder->uncountable) ||
	        !is_index(ladder->service, rules->service_count) || !is_index(ladder->check, rules->check_count))
		return false;
	if (!is_past(ladder->since_ms, now_ms) || !is_past(ladder->stepped_ms, now_ms))
		return false;
	/* Spans of the past that do not overlap: they cannot be longer than the clock is old. */
	if (!is_within(ladder->well_ms, 0, ladder->stepped_ms) ||
	        !is_within(ladder->outage_used_ms, 0, ladder->since_ms))
		return false;
	if (!is_flag(ladder->pardoned) || (ladder->pardoned && ladder->state != BOARD_RECOVERING))
		return false;
	if (!is_flag(ladder->planned) ||
	        (ladder->planned && ladder->state != BOARD_REBOOTING && ladder->state != BOARD_LETGO))
		return false;
	if (!is_flag(ladder->sound) || (ladder->sound && ladder->state != BOARD_WELL && ladder->state != BOARD_DOUBT) ||
	        (ladder->state == BOARD_WELL && !ladder->sound))
		return false;
	if (!is_flag(ladder->proven) || !is_flag(ladder->silent) || ladder->hold_why >= HOLD_WHY_COUNT ||
	        (ladder->hold_why != HOLD_NOT) != (ladder->state == BOARD_HOLD))
		return false;
	/* An outage begins a new count of the time spent well. */
	if (!began && ladder->well_ms != 0)
		return false;
	return is_lease_bounded(rules->ladder, ladder, now_ms) && is_counted(rules->ladder, ladder);
}

bool board_invariant(const struct rules *rules, const struct board *board, int64_t now_ms)
{
	for (uint16_t i = 0; i < rules->check_count; i++)
		if (!check_invariant(rules, i, &board->checks[i], now_ms))
			return false;
	for (uint16_t i = 0; i < rules->service_count; i++)
		if (!service_invariant(rules, i, &board->services[i], now_ms))
			return false;
	return ladder_invariant(rules, board->ladder, now_ms);
}

static bool ends(const char text[], size_t size)
{
	return text[size - 1] == '\0';
}

bool ledger_invariant(const struct ledger *ledger)
{
	return ledger->phase < LEDGER_PHASE_COUNT && ledger->cause < CAUSE_COUNT &&
	        ledger->last_cause < END_CAUSE_COUNT && ledger->last_why < CAUSE_COUNT && is_flag(ledger->continued) &&
	        is_flag(ledger->outage) && is_flag(ledger->last_counted) &&
	        ends(ledger->boot_id, sizeof(ledger->boot_id)) && ends(ledger->service, NAME_SIZE) &&
	        ends(ledger->check, NAME_SIZE) && ends(ledger->last_service, NAME_SIZE) &&
	        ends(ledger->last_check, NAME_SIZE);
}
