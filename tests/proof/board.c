/* SPDX-License-Identifier: MIT
 *
 * The board: one call from any state that the invariant allows, with any rules, at any time. There are two services with up to
 * two checks each, and the second may need the first. The checks, the services and the ladder are the real ones; what is said
 * has a proof of its own.
 */
#include "core/ladder.h"

/* board.c here steps a ladder that prove_judge() makes any. */
static enum ladder_move any_or_real_step(
        const struct ladder_rule *rule, struct ladder *of, const struct verdict *verdict, int64_t at_ms);
#define ladder_step any_or_real_step
#include "core/board.c"
#undef ladder_step

#include "core/invariant.h"
#include "prove.h"

enum { SERVICES = 2, CHECKS = 2, NEEDS = 1, ALL_CHECKS = SERVICES * CHECKS };

static struct ladder_rule ladder_rule;
static struct service_rule service_rules[SERVICES];
static struct check_rule check_rules[ALL_CHECKS];
static uint16_t needs[SERVICES * NEEDS];
static const uint16_t order[SERVICES] = {0, 1};
static const struct rules rules = {
        .ladder = &ladder_rule,
        .services = service_rules,
        .checks = check_rules,
        .needs = needs,
        .order = order,
        .service_count = SERVICES,
        .check_count = ALL_CHECKS,
};
static struct ladder ladder_was, ladder;
static struct service_state was[SERVICES], is[SERVICES];
static struct check_state checks_were[ALL_CHECKS], checks[ALL_CHECKS];
static const struct board board = {&ladder, is, checks};
static uint32_t detection_ms[ALL_CHECKS];
static struct events events;
static int restarts_said, starts_said;
static enum event_kind said; /* last */
static int64_t clock_ms, now_ms;

/* As rules_derive() has seen it. */
uint32_t check_detection_ms(const struct check_rule *rule)
{
	return detection_ms[rule - check_rules];
}

/*
 * What is said is proved by itself (tell.c here): a step has so much room for it, says what happened where there is room, and
 * notes that it was said, which changes nothing else.
 */
static void say(struct events *list)
{
	uint16_t count;

	ASSUME(count >= list->count && count <= list->room);
	list->count = count;
}

void tell_clear(struct events *list, uint16_t room)
{
	list->count = 0;
	list->room = room;
	list->more = list->late = false;
}

struct event *tell_event(struct events *list, const struct board *of, enum event_kind kind, int64_t at_ms)
{
	static struct event event;

	(void)of, (void)at_ms;
	if (list->count >= list->room) {
		list->more = true;
		return 0;
	}
	list->count++;
	restarts_said += kind == EVENT_RESTART;
	starts_said += kind == EVENT_START;
	said = kind;
	return &event;
}

void tell_blame(struct event *event, const struct rules *of, const struct board *on, uint16_t check)
{
	(void)event, (void)of, (void)on;
	PROVE(check == NO_INDEX || check < ALL_CHECKS, "P14: blamed is a check that there is");
}

void tell_check(const struct rules *of, const struct board *on, uint16_t index, int64_t at_ms, struct events *list)
{
	uint8_t told;
	int64_t told_ms;

	(void)of, (void)at_ms;
	ASSUME(told <= 1);
	on->checks[index].told = told;
	on->checks[index].told_ms = told_ms;
	say(list);
}

void tell_warning(const struct rules *of, const struct board *on, uint16_t index, int64_t at_ms, struct events *list)
{
	uint8_t told;

	(void)of, (void)at_ms;
	ASSUME(told <= WARNING_BLIND);
	on->checks[index].warning_told = told;
	say(list);
}

void tell_service(const struct rules *of, const struct board *on, uint16_t index, int64_t at_ms, struct events *list)
{
	uint8_t told;
	int64_t down_ms;

	(void)of, (void)at_ms;
	ASSUME(told <= 1);
	on->services[index].down_told = told;
	on->services[index].down_ms = down_ms;
	say(list);
}

void tell_move(
        const struct board *on, enum ladder_move move, const struct ladder *before, int64_t at_ms, struct events *list)
{
	(void)on, (void)before, (void)at_ms;
	PROVE(list->count + 2 <= list->room, "P6: there is always room to say that a rung is entered");
	list->count = (uint16_t)(list->count + 2);
	(void)move;
}

static bool is_ladder_any;

/* The real one, or one of which nothing is known but its invariant and that it restarts nothing. */
static enum ladder_move any_or_real_step(
        const struct ladder_rule *rule, struct ladder *of, const struct verdict *verdict, int64_t at_ms)
{
	uint8_t move;

	ASSUME(move <= LADDER_PROVEN);
	if (!is_ladder_any)
		return ladder_step(rule, of, verdict, at_ms);
	ANY(ladder);
	ASSUME(ladder_invariant(&rules, &ladder, at_ms) && !ladder_may_restart(&ladder));
	return (enum ladder_move)move;
}

static void any_rules(void)
{
	ANY(ladder_rule);
	ASSUME(ladder_rule.then_reboot <= 1 && ladder_rule.detection_ms <= ladder_rule.start_period_ms);
	/* Element by element: an array of which nothing is known at once costs the solver far more. */
	for (uint16_t i = 0; i < SERVICES; i++) {
		struct service_rule any;

		service_rules[i] = any;
		service_rules[i].first_need = i * NEEDS;
		service_rules[i].first_check = i * CHECKS;
		ASSUME(service_rules[i].need_count <= i);
		ASSUME(service_rules[i].check_count >= 1 && service_rules[i].check_count <= CHECKS);
		ASSUME(service_rules[i].can_start <= 1);
		ASSUME(service_rules[i].flap_count <= FLAP_LAST);
		needs[i] = 0;
	}
	for (int i = 0; i < ALL_CHECKS; i++) {
		struct check_rule any;
		uint32_t any_ms;

		check_rules[i] = any;
		detection_ms[i] = any_ms;
		check_rules[i].service = i / CHECKS;
		ASSUME(check_rules[i].retries >= 1 && check_rules[i].level < LEVEL_COUNT);
		ASSUME(detection_ms[i] <= ladder_rule.detection_ms);
		/* A place that is no service's: no check is there, and none that may escalate. */
		ASSUME(i % CHECKS < service_rules[i / CHECKS].check_count || check_rules[i].level == LEVEL_ALERT);
	}
}

/* Of what the invariant says of a check, all that a verdict rests on. */
static bool is_readable(const struct check_state *check)
{
	return check->health <= HEALTH_DOWN && check->cause < CAUSE_COUNT && check->outcome < OUTCOME_COUNT &&
	        0 <= check->heard_ms && check->heard_ms <= check->expect_ms && check->expect_ms <= clock_ms &&
	        (check->good_ms == NEVER_MS || (0 <= check->good_ms && check->good_ms <= check->heard_ms));
}

static void any_state(void)
{
	any_rules();
	ANY(ladder_was);
	ANY(clock_ms);
	ANY(now_ms);
	ASSUME(0 <= clock_ms && clock_ms <= now_ms && now_ms < CLOCK_LAST_MS);
	ASSUME(ladder_invariant(&rules, &ladder_was, clock_ms));
	ladder = ladder_was;
	for (uint16_t i = 0; i < SERVICES; i++) {
		struct service_state any;

		was[i] = any;
		ASSUME(service_invariant(&rules, i, &was[i], clock_ms));
		is[i] = was[i];
	}
	for (uint16_t c = 0; c < ALL_CHECKS; c++) {
		struct check_state any;

		checks_were[c] = any;
		ASSUME(is_readable(&checks_were[c]));
		checks[c] = checks_were[c];
	}
}

/* And all else that the invariant says of them. */
static void any_sound_state(void)
{
	any_state();
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		ASSUME(check_invariant(&rules, c, &checks_were[c], clock_ms));
}

/* --- what is asked of all --- */

static bool counts(uint16_t c)
{
	return c - check_rules[c].service * CHECKS < service_rules[check_rules[c].service].check_count;
}

/* It says that there is nothing to measure, which is news of the checker and of nothing else (promise P4). */
static bool is_blind(uint16_t c)
{
	return checks[c].health == HEALTH_UNKNOWN && checks[c].outcome == OUTCOME_BLIND;
}

/* Its own good news is needed to feed. */
static bool may_climb(uint16_t c)
{
	return check_rules[c].level == LEVEL_REBOOT && !is[check_rules[c].service].excused && !is_blind(c);
}

/* Until when the oldest news allows feeding. */
static int64_t oldest_ms(void)
{
	int64_t oldest = FOREVER_MS;

	for (uint16_t c = 0; c < ALL_CHECKS; c++) {
		int64_t from_ms = may_climb(c) ? checks[c].good_ms : checks[c].heard_ms;

		if (counts(c) && from_ms + detection_ms[c] < oldest)
			oldest = from_ms + detection_ms[c];
	}
	return oldest;
}

static bool is_any(enum health health)
{
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (counts(c) && may_climb(c) && checks[c].health == health)
			return true;
	return false;
}

/* What is not well of it concerns the board: a check that may only alert does so while it is blind. */
static bool is_hint(uint16_t c)
{
	return counts(c) && !check_is_clean(&checks[c]) && (check_rules[c].level != LEVEL_ALERT || is_blind(c));
}

static bool is_all_well(void)
{
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (is_hint(c))
			return false;
	return true;
}

/* Nothing keeps the board from being well but blind checks, none of which was down before, and some good news is there. */
static bool is_sound(void)
{
	bool escalates = false, measures = false;

	for (uint16_t c = 0; c < ALL_CHECKS; c++) {
		if (is_hint(c) && (!is_blind(c) || (check_rules[c].level != LEVEL_ALERT && checks[c].failed)))
			return false;
		escalates = escalates || (counts(c) && check_rules[c].level == LEVEL_REBOOT);
		measures =
		        measures || (counts(c) && check_rules[c].level == LEVEL_REBOOT && check_is_clean(&checks[c]));
	}
	return measures || !escalates;
}

/* What a person would mend first: what is down by itself, then what fails, then what is blind. */
static int rank(uint16_t c)
{
	if (check_rules[c].level == LEVEL_REBOOT && checks[c].health == HEALTH_DOWN &&
	        is[check_rules[c].service].health == HEALTH_DOWN)
		return 3;
	return is_blind(c) ? 1 : 2;
}

static bool is_blame_right(const struct verdict *verdict)
{
	if (verdict->check == NO_INDEX)
		return verdict->service == NO_INDEX && verdict->well;
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (is_hint(c) && rank(c) > rank(verdict->check))
			return false;
	return is_hint(verdict->check) && verdict->service == check_rules[verdict->check].service && !verdict->well &&
	        verdict->cause == checks[verdict->check].cause;
}

void prove_weigh(void)
{
	struct verdict verdict;

	any_state();
	verdict = weigh(&rules, &board);
	PROVE(verdict.lease_ms <= now_ms + ladder_rule.detection_ms,
	        "P2: good news is worth one detection time at most");
	PROVE(!(verdict.up && verdict.down), "P3: what is down is not up");
	PROVE((verdict.service == NO_INDEX || verdict.service < SERVICES) &&
	                (verdict.check == NO_INDEX || verdict.check < ALL_CHECKS) && verdict.cause < CAUSE_COUNT,
	        "P14: a verdict is right in every field");
	PROVE(verdict.lease_ms == oldest_ms(),
	        "P1: the oldest good news of what may climb, and the oldest word of all else and of what is blind, sets the lease");
	PROVE(verdict.up == (!is_any(HEALTH_UNKNOWN) && !is_any(HEALTH_DOWN)),
	        "P1: up means that all that may climb is up");
	PROVE(!verdict.down || is_any(HEALTH_DOWN), "P12: only what may reboot the board makes it down");
	PROVE(verdict.down || !is_any(HEALTH_DOWN) || is_all_well(),
	        "P2: what may reboot the board and is down does make it down");
	PROVE(verdict.well == is_all_well(), "P8: well means that nothing hints at a failure, and nothing is blind");
	PROVE(verdict.sound == (verdict.well || is_sound()),
	        "P16: sound means well, or all that can measure is good and some of it may escalate");
	PROVE(!verdict.well || verdict.sound, "P16: what is well is sound");
	PROVE(verdict.pardoned == !(is[0].climbing || is[1].climbing),
	        "P12: an outage costs nothing only while nothing climbs");
	PROVE(verdict.excused == (is[0].excused || is[1].excused), "P12: an excuse is no good news");
	PROVE(is_blame_right(&verdict),
	        "P14: blamed is what is not well: first what is down by itself, last what is blind");
	REACHED();
}

/* --- a step --- */

/* A check that counts had been down before the step. */
static bool had_failed(uint16_t i)
{
	for (uint16_t c = i * CHECKS; c < (i + 1) * CHECKS; c++)
		if (counts(c) && check_rules[c].level != LEVEL_ALERT && checks_were[c].health == HEALTH_DOWN)
			return true;
	return false;
}

/* All checks that count and can measure are up. */
static bool is_up(uint16_t i)
{
	for (uint16_t c = i * CHECKS; c < (i + 1) * CHECKS; c++)
		if (counts(c) && check_rules[c].level != LEVEL_ALERT && checks[c].health != HEALTH_UP && !is_blind(c))
			return false;
	return true;
}

/* What service_judge() makes of any service, so that an order may rest on it. */
static bool is_judged(uint16_t i)
{
	if (is[i].health == HEALTH_DOWN && !had_failed(i))
		return false;
	if ((is[i].health == HEALTH_UP || is[i].blind) && !is_up(i))
		return false;
	if (is[i].ready && service_rules[i].need_count > 0)
		return (is[0].health == HEALTH_UP || is[0].blind) && !is[0].follows;
	return true;
}

static bool is_no_news(void)
{
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (checks[c].good_ms != checks_were[c].good_ms || checks[c].heard_ms != checks_were[c].heard_ms ||
		        (checks[c].health != checks_were[c].health && checks[c].health != HEALTH_UNKNOWN))
			return false;
	return true;
}

static bool is_any_late(void)
{
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (now_ms >= check_late_ms(&check_rules[c], &checks_were[c]))
			return true;
	return false;
}

static bool is_all_judged(void)
{
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (checks[c].unjudged)
			return false;
	return true;
}

static bool is_leased(const struct ladder *of)
{
	return of->state == BOARD_WELL || of->state == BOARD_DOUBT;
}

static int64_t later(int64_t one_ms, int64_t other_ms)
{
	return one_ms > other_ms ? one_ms : other_ms;
}

/* Of the ladder's at_once places. */
static int places_taken(void)
{
	return (is[0].slot_ms != NEVER_MS) + (is[1].slot_ms != NEVER_MS);
}

static bool is_restarted(uint16_t i)
{
	return is[i].restarts != was[i].restarts;
}

/* All of a step before the orders, whatever becomes of the ladder. */
void prove_judge(void)
{
	any_sound_state();
	is_ladder_any = true;
	board_step(&rules, &board, now_ms, &events);
	PROVE(is_no_news(), "P4: no step makes anything up or down that was not");
	PROVE(events.late == is_any_late(), "P4: a late checker is told of");
	PROVE(is_all_judged(), "P14: nothing is left to be judged");
	PROVE(is_judged(0) && is_judged(1), "P13: what an order rests on is judged in the same step");
	PROVE(!is_restarted(0) && !is_restarted(1), "P7: nothing is restarted where the ladder allows no restart");
	REACHED();
}

/* The orders of a step, after any judgement. */
void prove_restart(void)
{
	any_state();
	ASSUME(is_judged(0) && is_judged(1));
	events.count = 0;
	events.room = EVENTS_ROOM;
	order_services(&rules, &board, now_ms, &events);
	PROVE(is_no_news(), "P4: no order makes anything up or down that was not");
	PROVE((!is_restarted(0) || had_failed(0) || was[0].follows) &&
	                (!is_restarted(1) || had_failed(1) || was[1].follows),
	        "P4: nothing is restarted but what a check has found down, or what follows a restart");
	PROVE(!is_restarted(1) || service_rules[1].need_count == 0 || (is_up(0) && !is_restarted(0)),
	        "P13: nothing is restarted whose need is not up, nor blind, or is restarted itself");
	PROVE((!is_restarted(0) && !is_restarted(1)) || ladder_may_restart(&ladder),
	        "P7: nothing is restarted in maintenance, nor on the way down");
	PROVE(restarts_said == is_restarted(0) + is_restarted(1),
	        "P14: what is restarted is said, and what is said is done");
	PROVE(ladder_rule.at_once == 0 || restarts_said + starts_said == 0 || places_taken() <= ladder_rule.at_once,
	        "P3: no more services are started at the same time than at_once");
	REACHED();
}

/* What climbs: a step of the ladder, whatever came of checks and services before it. */
void prove_climb(void)
{
	bool is_climbing;
	int64_t oldest;
	uint16_t count;

	any_state();
	ASSUME(count <= EVENTS_ROOM - MOVES_ROOM);
	events.count = count;
	events.room = EVENTS_ROOM;
	step_ladder(&rules, &board, now_ms, &events);
	oldest = oldest_ms();
	is_climbing = ladder.state != ladder_was.state && ladder_was.state != BOARD_REBOOTING &&
	        (ladder.state == BOARD_RECOVERING || ladder.state == BOARD_REBOOTING || ladder.state == BOARD_HOLD);
	PROVE(!is_climbing || is_any(HEALTH_UNKNOWN) || is_any(HEALTH_DOWN) || oldest <= now_ms,
	        "P12: what may not reboot the board does not make it climb, unless nothing is heard of it");
	PROVE(!is_leased(&ladder) || !is_leased(&ladder_was) ||
	                ladder.feed_until_ms == later(ladder_was.feed_until_ms, oldest),
	        "P1: the lease is what the oldest good news makes it, and is never shortened");
	PROVE(!is_leased(&ladder) || is_leased(&ladder_was) || ladder_was.state == BOARD_MAINTENANCE ||
	                (ladder.feed_until_ms == oldest && !is_any(HEALTH_UNKNOWN) && !is_any(HEALTH_DOWN)),
	        "P1: an outage ends with good news of all that may climb");
	PROVE(ladder.state == BOARD_LETGO || ladder_may_feed(&ladder, now_ms), "P5: a rung whose time is over is left");
	REACHED();
}

/* --- the other calls --- */

static bool are_checks_kept(void)
{
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (!check_invariant(&rules, c, &checks[c], now_ms))
			return false;
	return true;
}

static bool are_services_kept(void)
{
	for (uint16_t i = 0; i < SERVICES; i++)
		if (!service_invariant(&rules, i, &is[i], now_ms))
			return false;
	return true;
}

void prove_result(void)
{
	struct result result;
	bool taken, had_to_step, changed;

	any_state();
	ASSUME(check_invariant(&rules, 0, &checks_were[0], clock_ms));
	result.check = 0;
	/* As record_take_result() lets it through. */
	ASSUME(0 <= result.started_ms && result.started_ms <= now_ms);
	ASSUME(result.outcome < OUTCOME_COUNT && result.cause < CAUSE_COUNT && result.conclusive < CONCLUSIVE_COUNT);
	had_to_step = board_has_to_step(&board, &result);
	taken = board_result(&rules, &board, &result, now_ms);
	changed = checks[result.check].health != checks_were[result.check].health;
	PROVE(taken || !changed, "P4: what is no news changes nothing");
	PROVE(had_to_step == (checks_were[result.check].unjudged == 1), "P14: what has changed is judged first");
	PROVE(board_has_to_step(&board, &result) == (had_to_step || changed),
	        "P14: each change of health is to be judged");
	PROVE(checks[1].health == checks_were[1].health && checks[1].heard_ms == checks_were[1].heard_ms,
	        "P4: news of one check is none of another");
	REACHED();
}

void prove_begin(void)
{
	uint16_t unsettled;

	any_sound_state();
	board_begin(&rules, &board, unsettled, now_ms);
	PROVE(board_invariant(&rules, &board, now_ms), "the invariant is true at the beginning");
	PROVE(!is_any(HEALTH_UP) && is[0].climbing && is[1].climbing,
	        "P2: at the beginning nothing is up, and nobody excused");
	REACHED();
}

void prove_person(void)
{
	uint8_t which;
	uint32_t duration_ms;
	int64_t since_ms;
	bool taken;

	any_state();
	ASSUME(0 <= since_ms && since_ms <= now_ms);
	if (which == 0)
		taken = board_resume(&rules, &board, now_ms, &events);
	else if (which == 1)
		taken = board_hold(&board, duration_ms, now_ms, &events);
	else
		taken = board_go_down(&rules, &board, since_ms, now_ms, &events);
	PROVE(ladder_invariant(&rules, &ladder, now_ms) && are_services_kept(), "the invariant is kept");
	PROVE(taken ||
	                (ladder.state == ladder_was.state && ladder.feed_until_ms == ladder_was.feed_until_ms &&
	                        is[0].attempts == was[0].attempts && events.count == 0),
	        "P7: what is refused changes nothing");
	PROVE(!taken || which || (is[0].attempts == 0 && is[1].attempts == 0),
	        "P7: who resumes gives all attempts back");
	PROVE(!taken ||
	                said ==
	                        (which == 0                  ? EVENT_RESUMED
	                                        : which == 1 ? EVENT_MAINTENANCE
	                                                     : EVENT_GOING_DOWN),
	        "P7: what a person asks for is said");
	PROVE(taken || which != 1 || ladder_was.state == BOARD_REBOOTING || ladder_was.state == BOARD_LETGO,
	        "P7: maintenance is refused only where it is too late");
	REACHED();
}

void prove_storage(void)
{
	uint8_t which, mood;
	int64_t at_ms;

	any_state();
	if (which)
		board_storage(&board, mood > 0);
	else
		board_reboot_refused(&board, at_ms);
	PROVE(ladder_invariant(&rules, &ladder, now_ms), "the invariant is kept");
	PROVE(!which ||
	                ladder.uncountable ==
	                        (ladder_was.state == BOARD_REBOOTING ? ladder_was.uncountable : mood == 0),
	        "P6: a disk that the reboot has made read-only does not take it back");
	PROVE(which ||
	                ladder.uncountable ==
	                        (ladder_was.uncountable ||
	                                (ladder_was.state == BOARD_REBOOTING && at_ms >= ladder_was.since_ms)),
	        "P6: a refusal takes back the reboot that it is about, and no later one");
	PROVE(ladder.state == ladder_was.state && ladder.feed_until_ms == ladder_was.feed_until_ms,
	        "P1: the actor's word is no news");
	REACHED();
}

/* No sooner and no later than the first of its parts. */
void prove_deadline(void)
{
	bool hold, may_restart, is_full;
	int64_t deadline_ms, first_ms;

	any_state();
	deadline_ms = board_deadline_ms(&rules, &board);
	hold = ladder.state == BOARD_HOLD;
	is_full = ladder_rule.at_once > 0 && places_taken() >= ladder_rule.at_once;
	may_restart = ladder_may_restart(&ladder);
	first_ms = ladder_deadline_ms(&ladder_rule, &ladder);
	for (uint16_t c = 0; c < ALL_CHECKS; c++)
		if (check_deadline_ms(&check_rules[c], &checks[c]) < first_ms)
			first_ms = check_deadline_ms(&check_rules[c], &checks[c]);
	/* Where all places are taken, the services wait for the first to be given back. */
	for (uint16_t i = 0; i < SERVICES; i++) {
		int64_t due_ms = is_full ? service_slot_end_ms(&service_rules[i], &is[i])
		                         : service_deadline_ms(&rules, i, is, hold);

		if (may_restart && due_ms < first_ms)
			first_ms = due_ms;
	}
	PROVE(deadline_ms == first_ms, "P5: the board is looked at again when the first of its parts wants to be");
	REACHED();
}

void prove_replaced(void)
{
	any_sound_state();
	board_checker_replaced(&rules, &board, now_ms);
	PROVE(are_checks_kept(), "the invariant is kept");
	PROVE(is_no_news(), "P4: another checker is no news");
	PROVE(checks[0].expect_ms == now_ms && checks[ALL_CHECKS - 1].expect_ms == now_ms,
	        "P4: another checker gets the time to answer");
	REACHED();
}
