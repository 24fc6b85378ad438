/* SPDX-License-Identifier: MIT
 *
 * What a step says: each change once, and nothing is lost where there is no room for it. To say is to note that it was said,
 * and nothing else.
 */
#include "core/tell.h"

#include "core/invariant.h"
#include "prove.h"

static struct ladder_rule ladder_rule;
static struct service_rule service_rules[1];
static struct check_rule check_rules[1];
static const struct rules rules = {
        .ladder = &ladder_rule,
        .services = service_rules,
        .checks = check_rules,
        .service_count = 1,
        .check_count = 1,
};
static struct ladder ladder;
static struct service_state services[1], service_was;
static struct check_state checks[1], check_was;
static const struct board board = {&ladder, services, checks};
static struct events events;
static int64_t now_ms;
static uint16_t first; /* what is said comes here */

static void any_state(void)
{
	uint16_t count, room;

	ANY(check_rules);
	ANY(service_rules);
	ANY(ladder);
	ANY(service_was);
	ANY(check_was);
	ANY(now_ms);
	events.count = count;
	events.room = room;
	events.more = false;
	service_rules[0].first_check = 0;
	check_rules[0].service = 0;
	ASSUME(service_rules[0].check_count == 1 && check_rules[0].retries >= 1 && check_rules[0].level < LEVEL_COUNT);
	ASSUME(0 <= now_ms && now_ms < CLOCK_LAST_MS);
	ASSUME(events.count <= events.room && events.room <= EVENTS_ROOM);
	ASSUME(ladder.state < BOARD_STATE_COUNT);
	ASSUME(service_invariant(&rules, 0, &service_was, now_ms));
	ASSUME(check_was.told <= 1 && check_was.warning_told <= WARNING_BLIND && check_was.cause < CAUSE_COUNT);
	ASSUME(0 <= check_was.since_ms && check_was.since_ms <= now_ms);
	/* When it was said lies in the past too. */
	ASSUME(0 <= check_was.told_ms && check_was.told_ms <= now_ms);
	ASSUME(0 <= service_was.down_ms && service_was.down_ms <= now_ms);
	checks[0] = check_was;
	services[0] = service_was;
	first = events.count;
}

/* Where in the list it comes makes no difference: prove_event() is of any place. */
static void any_empty_list(void)
{
	any_state();
	events.count = first = 0;
}

static bool is_said(enum event_kind kind)
{
	return events.count == first + 1 && events.list[first].kind == kind && events.list[first].at_ms == now_ms;
}

static bool is_nothing_said(void)
{
	return events.count == first;
}

/* Of a check nothing is changed but what was said of it. */
static bool is_only_told(void)
{
	return checks[0].told <= 1 && checks[0].warning_told <= WARNING_BLIND && checks[0].health == check_was.health &&
	        checks[0].heard_ms == check_was.heard_ms && checks[0].expect_ms == check_was.expect_ms &&
	        checks[0].good_ms == check_was.good_ms && checks[0].since_ms == check_was.since_ms &&
	        checks[0].failing_since_ms == check_was.failing_since_ms &&
	        checks[0].ignore_until_ms == check_was.ignore_until_ms &&
	        checks[0].grace_until_ms == check_was.grace_until_ms && checks[0].streak == check_was.streak &&
	        checks[0].cause == check_was.cause && checks[0].outcome == check_was.outcome &&
	        checks[0].warned == check_was.warned && checks[0].flap_count == check_was.flap_count &&
	        checks[0].unjudged == check_was.unjudged && checks[0].failed == check_was.failed;
}

void prove_event(void)
{
	uint8_t kind;
	struct event *event;

	any_state();
	ASSUME(kind < EVENT_KIND_COUNT);
	event = tell_event(&events, &board, (enum event_kind)kind, now_ms);
	PROVE((event == 0) == (first == events.room) && events.more == (event == 0),
	        "P14: what finds no room is to be asked for again");
	PROVE(!event ||
	                (event == &events.list[first] && is_said((enum event_kind)kind) &&
	                        event->state == ladder.state && event->service == NO_INDEX && event->check == NO_INDEX),
	        "P14: an event says what it is, when it was and how the board is");
	PROVE(events.count <= events.room, "P15: there is no more than there is room for");
	REACHED();
}

void prove_check(void)
{
	any_empty_list();
	tell_check(&rules, &board, 0, now_ms, &events);
	PROVE(is_only_told(), "P1: to say is no news");
	PROVE(check_was.told || check_was.streak == 0 || events.more ||
	                (is_said(EVENT_CHECK_FAILED) && checks[0].told && events.list[first].check == 0),
	        "P14: a check that fails is said to");
	PROVE(check_was.told || check_was.health != HEALTH_UNKNOWN || check_was.outcome != OUTCOME_BLIND ||
	                events.more || is_said(EVENT_CHECK_FAILED),
	        "P4: a check that is blind is said to fail");
	PROVE(!check_was.told || !check_is_clean(&check_was) || events.more ||
	                (is_said(EVENT_CHECK_PASSED) && !checks[0].told),
	        "P14: and that it passes again");
	PROVE(!events.more || (is_nothing_said() && checks[0].told == check_was.told),
	        "P14: what finds no room is said later");
	if (!events.more) {
		/* The next step begins with an empty list. */
		events.count = 0;
		tell_check(&rules, &board, 0, now_ms, &events);
		PROVE(is_nothing_said() && !events.more, "P14: each change is said once");
	}
	REACHED();
}

void prove_warning(void)
{
	any_empty_list();
	tell_warning(&rules, &board, 0, now_ms, &events);
	PROVE(is_only_told() && checks[0].told == check_was.told, "P1: to say is no news");
	PROVE(check_rules[0].level != LEVEL_ALERT || checks[0].health != HEALTH_DOWN ||
	                check_was.warning_told == WARNING_DOWN || events.more ||
	                (is_said(EVENT_WARNING) && checks[0].warning_told == WARNING_DOWN),
	        "P14: what may only alert is told of when it is down");
	PROVE(checks[0].health != HEALTH_UNKNOWN || checks[0].outcome != OUTCOME_BLIND ||
	                check_was.warning_told == WARNING_BLIND || events.more ||
	                (is_said(EVENT_WARNING) && checks[0].warning_told == WARNING_BLIND),
	        "P4: a blind check is warned of");
	if (!events.more) {
		/* The next step begins with an empty list. */
		events.count = 0;
		tell_warning(&rules, &board, 0, now_ms, &events);
		PROVE(is_nothing_said() && !events.more, "P14: each change is said once");
	}
	REACHED();
}

/* By itself: beside the statements below the solver does not find an end. */
void prove_kept(void)
{
	any_empty_list();
	tell_service(&rules, &board, 0, now_ms, &events);
	PROVE(service_invariant(&rules, 0, &services[0], now_ms), "the invariant is kept");
	REACHED();
}

void prove_service(void)
{
	any_empty_list();
	tell_service(&rules, &board, 0, now_ms, &events);
	PROVE(services[0].health == service_was.health && services[0].attempts == service_was.attempts &&
	                services[0].ready == service_was.ready,
	        "P1: to say is no news");
	PROVE(service_was.down_told || services[0].health != HEALTH_DOWN || events.more || is_said(EVENT_SERVICE_DOWN),
	        "P14: a service that is down is said to be");
	PROVE(!service_was.down_told || services[0].health != HEALTH_UP || events.more || is_said(EVENT_SERVICE_UP),
	        "P14: and that it is up again");
	if (!events.more) {
		/* The next step begins with an empty list. */
		events.count = 0;
		tell_service(&rules, &board, 0, now_ms, &events);
		PROVE(is_nothing_said() && !events.more, "P14: each change is said once");
	}
	REACHED();
}
