/* SPDX-License-Identifier: MIT
 *
 * What a step says: each change once, and nothing is lost where there is no room for it. To say is to note that it was said,
 * and nothing else.
 */
#include "core/tell.h"

#include "core/invariant.h"
#include "prove.h"

static struct ladder_rule ladder_rule;
static struct service_rule service_rule;
static struct check_rule check_rule;
static const struct rules rules = {
        .ladder = &ladder_rule,
        .services = &service_rule,
        .checks = &check_rule,
        .service_count = 1,
        .check_count = 1,
};
static struct ladder ladder;
static struct service_state service, service_was;
static struct check_state check, check_was;
static const struct board board = {&ladder, &service, &check};
static struct events events;
static int64_t now_ms;
static uint16_t first; /* what is said comes here */

static void any_state(void)
{
	ANY(check_rule);
	ANY(service_rule);
	ANY(ladder);
	ANY(service_was);
	ANY(check_was);
	ANY(events);
	ANY(now_ms);
	service_rule.first_check = 0;
	check_rule.service = 0;
	ASSUME(service_rule.check_count == 1 && check_rule.retries >= 1 && check_rule.level < LEVEL_COUNT);
	ASSUME(0 <= now_ms && now_ms < CLOCK_LAST_MS);
	ASSUME(events.count <= events.room && events.room <= EVENTS_ROOM && !events.more);
	ASSUME(ladder.state < BOARD_STATE_COUNT);
	ASSUME(service_invariant(&rules, 0, &service_was, now_ms));
	ASSUME(check_was.told <= 1 && check_was.warning_told <= WARNING_DOWN && check_was.cause < CAUSE_COUNT);
	ASSUME(0 <= check_was.since_ms && check_was.since_ms <= now_ms);
	/* When it was said lies in the past too. */
	ASSUME(0 <= check_was.told_ms && check_was.told_ms <= now_ms);
	ASSUME(0 <= service_was.down_ms && service_was.down_ms <= now_ms);
	check = check_was;
	service = service_was;
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
	return check.told <= 1 && check.warning_told <= WARNING_DOWN && check.health == check_was.health &&
	        check.heard_ms == check_was.heard_ms && check.expect_ms == check_was.expect_ms &&
	        check.good_ms == check_was.good_ms && check.since_ms == check_was.since_ms &&
	        check.failing_since_ms == check_was.failing_since_ms &&
	        check.ignore_until_ms == check_was.ignore_until_ms &&
	        check.grace_until_ms == check_was.grace_until_ms && check.streak == check_was.streak &&
	        check.cause == check_was.cause && check.outcome == check_was.outcome &&
	        check.warned == check_was.warned && check.flap_count == check_was.flap_count &&
	        check.unjudged == check_was.unjudged;
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
	                (is_said(EVENT_CHECK_FAILED) && check.told && events.list[first].check == 0),
	        "P14: a check that fails is said to");
	PROVE(!check_was.told || !check_is_clean(&check_was) || events.more ||
	                (is_said(EVENT_CHECK_PASSED) && !check.told),
	        "P14: and that it passes again");
	PROVE(!events.more || (is_nothing_said() && check.told == check_was.told),
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
	PROVE(is_only_told() && check.told == check_was.told, "P1: to say is no news");
	PROVE(check_rule.level != LEVEL_ALERT || check.health != HEALTH_DOWN ||
	                check_was.warning_told == WARNING_DOWN || events.more || is_said(EVENT_WARNING),
	        "P14: what may only alert is told of when it is down");
	if (!events.more) {
		/* The next step begins with an empty list. */
		events.count = 0;
		tell_warning(&rules, &board, 0, now_ms, &events);
		PROVE(is_nothing_said() && !events.more, "P14: each change is said once");
	}
	REACHED();
}

void prove_service(void)
{
	any_empty_list();
	tell_service(&rules, &board, 0, now_ms, &events);
	PROVE(service_invariant(&rules, 0, &service, now_ms), "the invariant is kept");
	PROVE(service.health == service_was.health && service.attempts == service_was.attempts &&
	                service.ready == service_was.ready,
	        "P1: to say is no news");
	PROVE(service_was.down_told || service.health != HEALTH_DOWN || events.more || is_said(EVENT_SERVICE_DOWN),
	        "P14: a service that is down is said to be");
	PROVE(!service_was.down_told || service.health != HEALTH_UP || events.more || is_said(EVENT_SERVICE_UP),
	        "P14: and that it is up again");
	if (!events.more) {
		/* The next step begins with an empty list. */
		events.count = 0;
		tell_service(&rules, &board, 0, now_ms, &events);
		PROVE(is_nothing_said() && !events.more, "P14: each change is said once");
	}
	REACHED();
}
