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

/* What its checks say of it, those that may only alert left out. */
static enum health own_health(void)
{
	enum health worst = HEALTH_UP;

	for (uint16_t i = 0; i < rule->check_count; i++) {
		if (check_rules[i].level == LEVEL_ALERT || checks_were[i].health == HEALTH_UP)
			continue;
		worst = worst == HEALTH_DOWN || checks_were[i].health == HEALTH_DOWN ? HEALTH_DOWN : HEALTH_UNKNOWN;
	}
	return worst;
}

static bool are_needs_up(void)
{
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (was[needs[n]].health != HEALTH_UP)
			return false;
	return true;
}

static bool are_needs_beyond_doubt(void)
{
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (was[needs[n]].health != HEALTH_UP || was[needs[n]].culprit != NO_INDEX)
			return false;
	return true;
}

/* Something that it needs is not up, and may reboot the board for that. */
static bool climbs_a_need(void)
{
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (was[needs[n]].health != HEALTH_UP && was[needs[n]].climbing)
			return true;
	return false;
}

/* A check that may reboot the board is not up; `for_sure`: and not only in its start period. */
static bool has_climber(bool for_sure)
{
	for (uint16_t i = 0; i < rule->check_count; i++)
		if (check_rules[i].level == LEVEL_REBOOT && checks[i].health != HEALTH_UP &&
		        (!for_sure || old->climbing || checks[i].health == HEALTH_DOWN ||
		                checks[i].grace_until_ms == NEVER_MS))
			return true;
	return false;
}

static bool is_all_clean(void)
{
	for (uint16_t i = 0; i < rule->check_count; i++)
		if (check_rules[i].level != LEVEL_ALERT && !check_is_clean(&checks_were[i]))
			return false;
	return true;
}

static bool is_culprit_right(void)
{
	const struct check_state *check;

	if (new->culprit == NO_INDEX)
		return is_all_clean();
	check = &checks_were[new->culprit];
	return new->culprit < rule->check_count &&check_rules[new->culprit].level != LEVEL_ALERT &&
	        !check_is_clean(check) && (own_health() != HEALTH_DOWN || check->health == HEALTH_DOWN);
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
	        old->restart_at_ms &&new->restarts == old->restarts &&new->follows == old->follows;
}

void prove_judge(void)
{
	bool needs_came_up;

	any_state();
	service_judge(&rules, 0, is, checks, now_ms);
	needs_came_up = (old->health == HEALTH_WAITING || !old->begun) && are_needs_up();
	PROVE(is_kept(), "the invariant is kept");
	PROVE((new->health == HEALTH_UP) == (own_health() == HEALTH_UP),
	        "P4: it is up where all its checks are, and only there");
	PROVE((new->health == HEALTH_DOWN) == (own_health() == HEALTH_DOWN && are_needs_up()),
	        "P4: it is down where a check is down, and all that it needs is up");
	PROVE((new->health == HEALTH_WAITING) == (own_health() != HEALTH_UP && !are_needs_up()),
	        "P13: who is not up, and neither is what it needs, waits");
	PROVE(new->ready == are_needs_beyond_doubt(), "P13: it is ready where nothing that it needs is in doubt");
	PROVE(!new->climbing || has_climber(false), "P12: only a check that may reboot the board makes it climb");
	PROVE(new->climbing || new->excused || !has_climber(true), "P2: and it does climb, unless it is excused");
	PROVE(new->excused == (new->health == HEALTH_WAITING && !climbs_a_need()),
	        "P12: excused is who waits for nothing that may reboot the board");
	PROVE(is_no_news(), "P1: judging is no news");
	PROVE(is_nothing_spent(), "P13: judging spends nothing");
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
	PROVE(order != SERVICE_START || (old->start_pending && found_not_running()),
	        "P4: it is started only where a check has found that it does not run");
	PROVE(order != SERVICE_RESTART || rule->can_restart, "P4: what cannot be restarted is not");
	PROVE(order != SERVICE_RESTART || owed || !spent, "P13: no more restarts than attempts, but for those owed");
	PROVE(order != SERVICE_RESTART || old->follows || now_ms >= old->restart_at_ms,
	        "P5: a restart waits for its pause");
	PROVE(order != SERVICE_LEAVE || !old->ready || old->health != HEALTH_DOWN || !rule->can_restart || spent ||
	                now_ms < old->restart_at_ms,
	        "P5: what is down is restarted as soon as it may be");
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
		bool hit = restarted && is_dependant(i);

		if (is[i].ready != (was[i].ready && !hit) ||
		        is[i].follows != (was[i].follows || (hit && service_rules[i].propagate)) ||
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
	REACHED();
}

void prove_settle(void)
{
	bool settled;

	any_state();
	service_settle(&is[0], ladder_rule.settle_ms, now_ms);
	settled = old->health == HEALTH_UP && now_ms - old->since_ms >= ladder_rule.settle_ms;
	PROVE(is_kept(), "the invariant is kept");
	PROVE(new->attempts == (settled ? 0 : old->attempts) && new->backoff_ms == (settled ? 0 : old->backoff_ms),
	        "P13: attempts are whole again only when it was up for long");
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
