/* SPDX-License-Identifier: MIT
 *
 * A service: one call from any state that the invariant allows of it, of its checks and of those beside it, with any rules, at
 * any time. It has up to two checks and up to two needs, and two services stand beside it: it may need them, and they may need it.
 */
#include "core/invariant.h"
#include "prove.h"

enum { SERVICES = 3, CHECKS = 2, NEEDS = 2 };

/* Each an object of its own: a solver takes an access by an unknown index for one to any place of the whole object. */
static struct ladder_rule ladder_rule;
static struct service_rule service_rules[SERVICES]; /* the first is called for */
static struct check_rule check_rules[CHECKS];       /* of the first */
static uint16_t needs[SERVICES * NEEDS];
static const struct rules rules = {
        .ladder = &ladder_rule,
        .services = service_rules,
        .checks = check_rules,
        .needs = needs,
        .service_count = SERVICES,
        .check_count = CHECKS,
};
static struct service_state was[SERVICES], is[SERVICES];
static struct check_state checks_were[CHECKS], checks[CHECKS];
static int64_t clock_ms; /* of the last call */
static int64_t now_ms;

static void any_rules(void)
{
	ANY(ladder_rule);
	ANY(service_rules);
	ANY(check_rules);
	ANY(needs);
	for (uint16_t i = 0; i < SERVICES; i++) {
		service_rules[i].first_need = i * NEEDS;
		ASSUME(service_rules[i].need_count <= NEEDS && service_rules[i].can_start <= 1);
		for (int n = i * NEEDS; n < (i + 1) * NEEDS; n++)
			ASSUME(needs[n] < SERVICES && needs[n] != i);
	}
	service_rules[0].first_check = 0;
	ASSUME(service_rules[0].check_count <= CHECKS);
	for (int i = 0; i < CHECKS; i++)
		ASSUME(check_rules[i].service == 0 && check_rules[i].retries >= 1 &&
		        check_rules[i].level < LEVEL_COUNT);
}

static void any_state(void)
{
	any_rules();
	ANY(was);
	ANY(checks_were);
	ANY(clock_ms);
	ANY(now_ms);
	ASSUME(0 <= clock_ms && clock_ms <= now_ms && now_ms < CLOCK_LAST_MS);
	for (uint16_t i = 0; i < SERVICES; i++) {
		ASSUME(service_invariant(&rules, i, &was[i], clock_ms));
		is[i] = was[i];
	}
	for (uint16_t i = 0; i < CHECKS; i++) {
		ASSUME(check_invariant(&rules, i, &checks_were[i], clock_ms));
		checks[i] = checks_were[i];
	}
}

/* The one that is called for, as it was and as it is. */
static const struct service_rule *const rule = &service_rules[0];
static const struct service_state *const old = &was[0];
static const struct service_state *const new = &is[0];

static bool is_kept(void)
{
	for (uint16_t i = 0; i < SERVICES; i++)
		if (!service_invariant(&rules, i, &is[i], now_ms))
			return false;
	for (uint16_t i = 0; i < CHECKS; i++)
		if (!check_invariant(&rules, i, &checks[i], now_ms))
			return false;
	return true;
}

/* The newest word of that check is that there is nothing to measure. */
static bool is_blind(uint16_t i)
{
	return checks_were[i].health == HEALTH_UNKNOWN && checks_were[i].outcome == OUTCOME_BLIND;
}

/* It can measure, and may do more than alert. */
static bool measures(uint16_t i)
{
	return i < rule->check_count && check_rules[i].level != LEVEL_ALERT && !is_blind(i);
}

/* There are checks that may do more than alert, and none of them can measure. */
static bool is_all_blind(void)
{
	bool is_any = false;

	for (uint16_t i = 0; i < rule->check_count; i++) {
		if (measures(i))
			return false;
		is_any = is_any || check_rules[i].level != LEVEL_ALERT;
	}
	return is_any;
}

/* What its checks say of it. */
static enum health own_health(void)
{
	enum health worst = is_all_blind() ? HEALTH_UNKNOWN : HEALTH_UP;

	for (uint16_t i = 0; i < rule->check_count; i++) {
		if (!measures(i) || checks_were[i].health == HEALTH_UP)
			continue;
		worst = worst == HEALTH_DOWN || checks_were[i].health == HEALTH_DOWN ? HEALTH_DOWN : HEALTH_UNKNOWN;
	}
	return worst;
}

/* A need that cannot be measured is not waited for. */
static bool is_up_or_blind(const struct service_state *need)
{
	return need->health == HEALTH_UP || need->blind;
}

static bool are_needs_up(void)
{
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (!is_up_or_blind(&was[needs[n]]))
			return false;
	return true;
}

/* Nor is any of them about to be restarted. */
static bool are_needs_beyond_doubt(void)
{
	for (uint16_t n = 0; n < rule->need_count; n++) {
		const struct service_state *need = &was[needs[n]];

		if (need->follows || !is_up_or_blind(need) || (!need->blind && need->culprit != NO_INDEX))
			return false;
	}
	return true;
}

/* A need is not up, and may reboot the board for that. */
static bool climbs_a_need(void)
{
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (!is_up_or_blind(&was[needs[n]]) && was[needs[n]].climbing)
			return true;
	return false;
}

/* A check that may reboot the board measures that it is not up; `for_sure`: and not only in its start period. */
static bool has_climber(bool for_sure)
{
	for (uint16_t i = 0; i < rule->check_count; i++)
		if (check_rules[i].level == LEVEL_REBOOT && measures(i) && checks[i].health != HEALTH_UP &&
		        (!for_sure || old->climbing || checks[i].health == HEALTH_DOWN ||
		                checks[i].grace_until_ms == NEVER_MS))
			return true;
	return false;
}

static bool is_all_clean(void)
{
	for (uint16_t i = 0; i < rule->check_count; i++)
		if (measures(i) && !check_is_clean(&checks_were[i]))
			return false;
	return true;
}

static bool is_culprit_right(void)
{
	const struct check_state *check;

	if (new->culprit == NO_INDEX)
		return is_all_clean() && !is_all_blind();
	if (new->culprit >= rule->check_count || check_rules[new->culprit].level == LEVEL_ALERT)
		return false;
	check = &checks_were[new->culprit];
	if (is_blind(new->culprit))
		return is_all_blind();
	return !check_is_clean(check) && (own_health() != HEALTH_DOWN || check->health == HEALTH_DOWN);
}

static bool is_no_news(void)
{
	for (uint16_t i = 0; i < CHECKS; i++)
		if (checks[i].health != checks_were[i].health || checks[i].good_ms != checks_were[i].good_ms ||
		        checks[i].heard_ms != checks_were[i].heard_ms)
			return false;
	return true;
}

static bool is_excused_since_now(void)
{
	for (uint16_t i = 0; i < rule->check_count; i++)
		if (!check_is_clean(&checks_were[i]) && checks[i].grace_until_ms != now_ms + rule->start_period_ms)
			return false;
	return true;
}

static bool is_nothing_spent(void)
{
	return new->attempts == old->attempts &&new->backoff_ms == old->backoff_ms &&new->restart_at_ms ==
	        old->restart_at_ms &&new->restarts == old->restarts &&new->follows == old->follows &&new->ordered_ms ==
	        old->ordered_ms;
}

void prove_judge(void)
{
	bool needs_came_up;

	any_state();
	service_judge(&rules, 0, is, checks, now_ms);
	needs_came_up = (old->health == HEALTH_WAITING || !old->begun) && are_needs_up();
	PROVE(is_kept(), "the invariant is kept");
	PROVE((new->health == HEALTH_UP) == (own_health() == HEALTH_UP),
	        "P4: it is up where all that can measure say so, and only there");
	PROVE((new->health == HEALTH_DOWN) == (own_health() == HEALTH_DOWN && are_needs_up()),
	        "P4: it is down where a check is down, and all that it needs is up or blind");
	PROVE(new->blind == (is_all_blind() && are_needs_up()),
	        "P4: it is blind where none of its checks can measure, and none of its needs is waited for");
	PROVE((new->health == HEALTH_WAITING) == (own_health() != HEALTH_UP && !are_needs_up()),
	        "P13: who is not up, and neither is what it needs, waits");
	PROVE(new->ready == are_needs_beyond_doubt(),
	        "P13: it is ready where none of its needs is in doubt, or still to be restarted");
	PROVE(!new->climbing || has_climber(false),
	        "P12: only a check that may reboot the board, and is not blind, makes it climb");
	PROVE(new->climbing || new->excused || !has_climber(true), "P2: and it does climb, unless it is excused");
	PROVE(new->excused == (new->health == HEALTH_WAITING && !climbs_a_need()),
	        "P12: excused is who waits for nothing that may reboot the board");
	PROVE(is_no_news(), "P1: judging is no news");
	PROVE(is_nothing_spent() && new->slot_ms == old->slot_ms, "P13: judging spends nothing");
	PROVE(is_culprit_right(), "P14: the culprit is a check that is not well, and down where the service is");
	PROVE(!needs_came_up || is_excused_since_now(), "P3: when its needs come up its start period begins");
	PROVE(!new->came_back || old->came_back || (needs_came_up && old->begun),
	        "P13: a restart is owed only to who waited");
	REACHED();
}

static bool found_not_running(void)
{
	for (uint16_t i = 0; i < rule->check_count; i++)
		if (check_rules[i].level != LEVEL_ALERT && checks_were[i].outcome == OUTCOME_BAD)
			return true;
	return false;
}

void prove_due(void)
{
	uint8_t mood;
	bool hold = mood > 0, spent, owed;
	enum service_order order;

	any_state();
	order = service_due(&rules, 0, was, checks_were, hold, now_ms);
	owed = old->came_back || old->follows;
	spent = !hold && rule->attempts != 0 && old->attempts >= rule->attempts;
	PROVE(order == SERVICE_LEAVE || (old->ready && old->needs_up),
	        "P13: nothing is ordered for who has not all that it needs");
	PROVE(order != SERVICE_RESTART || old->health == HEALTH_DOWN || old->follows,
	        "P4: only what is down is restarted, or what follows a restart");
	PROVE((order == SERVICE_START) == (old->ready && old->start_pending && (old->blind || found_not_running())),
	        "P4: it is started where a check has found that it does not run or none can measure, and only there");
	PROVE(order != SERVICE_RESTART || !old->blind || old->follows,
	        "P4: what is blind is not restarted, but after its need");
	PROVE(order != SERVICE_RESTART || rule->can_restart, "P4: what cannot be restarted is not");
	PROVE(order != SERVICE_RESTART || owed || !spent, "P13: no more restarts than attempts, but for those owed");
	PROVE(order != SERVICE_RESTART || old->follows || now_ms >= old->restart_at_ms,
	        "P5: a restart waits for its pause");
	PROVE(order != SERVICE_LEAVE || !old->ready || old->health != HEALTH_DOWN || !rule->can_restart || spent ||
	                now_ms < old->restart_at_ms,
	        "P5: what is down is restarted as soon as it may be");
	PROVE(order != SERVICE_LEAVE || !old->ready || !old->follows || !rule->can_restart,
	        "P13: what follows a restart is restarted as soon as it may be");
	PROVE(service_is_charged(old) == !owed, "P13: what is owed is not charged");
	REACHED();
}

/* Who sleeps until the deadline misses nothing. */
void prove_deadline(void)
{
	uint8_t mood;
	bool hold = mood > 0;
	int64_t deadline_ms;

	any_state();
	ASSUME(service_due(&rules, 0, was, checks_were, hold, clock_ms) == SERVICE_LEAVE);
	deadline_ms = service_deadline_ms(&rules, 0, was, hold);
	PROVE(deadline_ms > clock_ms, "P5: the next deadline lies ahead");
	ASSUME(now_ms < deadline_ms);
	PROVE(service_due(&rules, 0, was, checks_were, hold, now_ms) == SERVICE_LEAVE,
	        "P5: nothing is due by time alone before the deadline");
	REACHED();
}

/* The places of `ladder.at_once`. */
void prove_slot(void)
{
	struct service_state *state = &is[0];
	uint32_t most_ms, least_ms;
	int64_t end_ms;
	bool is_settled;

	any_state();
	is_settled = old->health == HEALTH_UP || old->health == HEALTH_DOWN || old->blind;
	end_ms = service_slot_end_ms(rule, old);
	service_free_slot(rule, state, now_ms);
	least_ms = rule->start_period_ms < START_SLOT_LEAST_MS ? rule->start_period_ms : START_SLOT_LEAST_MS;
	most_ms = rule->start_period_ms < START_SLOT_MS ? rule->start_period_ms : START_SLOT_MS;
	PROVE(service_invariant(&rules, 0, new, now_ms), "the invariant is kept");
	PROVE((end_ms == FOREVER_MS) == (old->slot_ms == NEVER_MS), "P5: a place that is taken is given back");
	PROVE(old->slot_ms == NEVER_MS || end_ms == old->slot_ms + (is_settled ? least_ms : most_ms),
	        "P5: a place is held until its command has begun, and longer only while nothing is known");
	PROVE(new->slot_ms == (now_ms >= end_ms ? NEVER_MS : old->slot_ms), "P5: a place is given back in time");
	PROVE(is_nothing_spent() && new->health == old->health, "P13: giving a place back is no news");
	REACHED();
}

/* Whether service i needs the one that is called for. */
static bool is_dependant(uint16_t i)
{
	for (uint16_t n = 0; n < service_rules[i].need_count; n++)
		if (needs[i * NEEDS + n] == 0)
			return true;
	return false;
}

static bool are_others_right(bool restarted)
{
	for (uint16_t i = 1; i < SERVICES; i++) {
		bool hit = is_dependant(i);

		if (is[i].ready != (was[i].ready && !hit) ||
		        is[i].follows != (was[i].follows || (hit && restarted && service_rules[i].propagate)) ||
		        is[i].health != was[i].health || is[i].attempts != was[i].attempts)
			return false;
	}
	return true;
}

/* Nothing that was found before counts any more. */
static bool is_asked_anew(void)
{
	for (uint16_t i = 0; i < rule->check_count; i++)
		if (checks[i].health != HEALTH_UNKNOWN || checks[i].ignore_until_ms != now_ms ||
		        checks[i].grace_until_ms != now_ms + rule->start_period_ms)
			return false;
	return true;
}

static bool is_no_good_news(void)
{
	for (uint16_t i = 0; i < CHECKS; i++)
		if (checks[i].good_ms != checks_were[i].good_ms || checks[i].heard_ms != checks_were[i].heard_ms ||
		        (checks[i].health == HEALTH_UP && checks_were[i].health != HEALTH_UP))
			return false;
	return true;
}

static uint32_t next_backoff_ms(void)
{
	if (old->backoff_ms == 0)
		return BACKOFF_FIRST_MS;
	return 2 * old->backoff_ms < BACKOFF_LAST_MS ? 2 * old->backoff_ms : BACKOFF_LAST_MS;
}

void prove_ordered(void)
{
	uint8_t mood, which;
	bool hold = mood > 0, restarted = which > 0, charged;

	any_state();
	service_ordered(&rules, 0, restarted ? SERVICE_RESTART : SERVICE_START, is, checks, hold, now_ms);
	charged = restarted && service_is_charged(old);
	PROVE(is_kept(), "the invariant is kept");
	PROVE(is_asked_anew(), "P4: news from before an order does not heal");
	PROVE(is_no_good_news(), "P1: an order is no good news");
	PROVE(new->attempts == old->attempts + (charged && old->attempts < UINT16_MAX),
	        "P13: a restart costs one attempt, and what is owed none");
	PROVE(!restarted || new->backoff_ms == next_backoff_ms(), "P5: each pause is twice the last, up to a minute");
	PROVE(!restarted || new->restart_at_ms == now_ms + (hold ? HOLD_RETRY_MS : new->backoff_ms),
	        "P6: the next restart waits for the pause, and in hold for longer");
	PROVE(are_others_right(restarted),
	        "P13: who needs it waits until it is up again, and follows where it wants to");
	PROVE(!new->follows && !new->start_pending && (!restarted || !new->came_back), "P13: what was owed is done");
	PROVE(new->ordered_ms == now_ms &&new->slot_ms == now_ms, "P5: an order takes a place");
	PROVE(service_due(&rules, 0, is, checks, hold, now_ms) == SERVICE_LEAVE,
	        "P5: it is not ordered again in the same step");
	REACHED();
}

void prove_settle(void)
{
	bool settled;

	any_state();
	service_settle(&is[0], ladder_rule.settle_ms, now_ms);
	settled = old->health == HEALTH_UP && now_ms - old->since_ms >= ladder_rule.settle_ms;
	PROVE(service_invariant(&rules, 0, new, now_ms), "the invariant is kept");
	PROVE(new->attempts == (settled ? 0 : old->attempts) && new->backoff_ms == (settled ? 0 : old->backoff_ms),
	        "P13: attempts are whole again only when it was up for long");
	PROVE(new->restart_at_ms == (settled ? NEVER_MS : old->restart_at_ms),
	        "P5: the first restart of another outage is at once");
	PROVE(new->health == old->health &&new->climbing == old->climbing, "P4: to settle is no news");
	REACHED();
}

void prove_begin(void)
{
	any_state();
	service_begin(&rules, 0, is, checks, now_ms);
	PROVE(is_kept(), "the invariant is true at the beginning");
	PROVE(new->health == HEALTH_UNKNOWN && !new->ready,
	        "P4: at the beginning nothing is known, and nothing is ordered");
	PROVE(new->climbing && !new->excused, "P2: at the beginning nobody is excused");
	REACHED();
}
