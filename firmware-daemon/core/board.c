/* SPDX-License-Identifier: MIT
 *
 * Joins checks, services and the ladder.
 */
#include "board.h"

#include "tell.h"

void board_begin(const struct rules *rules, const struct board *board, uint16_t unsettled, int64_t now_ms)
{
	for (uint16_t i = 0; i < rules->service_count; i++)
		service_begin(rules, i, board->services, board->checks, now_ms);
	ladder_begin(rules->ladder, board->ladder, unsettled, now_ms);
}

bool board_result(const struct rules *rules, const struct board *board, const struct result *result, int64_t now_ms)
{
	const struct check_rule *rule = &rules->checks[result->check];
	const struct service_rule *service = &rules->services[rule->service];
	struct check_state *check = &board->checks[result->check];
	uint8_t was = check->health;

	if (!check_apply(service, rule, check, result, now_ms))
		return false;
	check_flap(service, check, result, now_ms);
	check->unjudged = check->unjudged || check->health != was;
	return true;
}

bool board_has_to_step(const struct board *board, const struct result *result)
{
	return board->checks[result->check].unjudged;
}

/* Down by itself, not because it waits for another: what a person would mend first. */
static bool is_root(const struct rules *rules, const struct board *board, uint16_t check)
{
	return rules->checks[check].level == LEVEL_REBOOT && board->checks[check].health == HEALTH_DOWN &&
	        board->services[rules->checks[check].service].health == HEALTH_DOWN;
}

/* The cause that a person should look at first has the highest rank. */
static int blame_rank(const struct rules *rules, const struct board *board, uint16_t check)
{
	if (is_root(rules, board, check))
		return 2;
	return check_is_blind(&board->checks[check]) ? 0 : 1;
}

/* The first check of the highest rank is the cause. */
static void blame_check(const struct rules *rules, const struct board *board, uint16_t index, struct verdict *verdict)
{
	if (verdict->check != NO_INDEX && blame_rank(rules, board, index) <= blame_rank(rules, board, verdict->check))
		return;
	verdict->service = rules->checks[index].service;
	verdict->check = index;
	verdict->cause = board->checks[index].cause;
	verdict->detail = board->checks[index].detail;
}

/* Adds one check to the verdict; `climbs`: it may reboot the board, so only its good news feeds the dog. */
static void weigh_check(
        const struct rules *rules, const struct board *board, uint16_t index, bool climbs, struct verdict *verdict)
{
	const struct check_rule *rule = &rules->checks[index];
	const struct check_state *check = &board->checks[index];
	bool is_blind = check_is_blind(check);
	/* A blind check proves that the checker works, and nothing about the server. */
	bool must_be_good = climbs && !is_blind;
	int64_t from_ms = must_be_good ? check->good_ms : check->heard_ms;
	/* Good never is still long ago with its detection added. */
	int64_t lease_ms = from_ms + check_detection_ms(rule);

	if (lease_ms < verdict->lease_ms)
		verdict->lease_ms = lease_ms;
	if (must_be_good && check->health != HEALTH_UP)
		verdict->up = false;
	if (must_be_good && check->health == HEALTH_DOWN)
		verdict->down = true;
	if (check_is_clean(check) || (rule->level == LEVEL_ALERT && !is_blind))
		return;
	blame_check(rules, board, index, verdict);
	verdict->well = false;
	/* A check that was down before it turned blind has not recovered. */
	if (!is_blind || (rule->level != LEVEL_ALERT && check->failed))
		verdict->sound = false;
}

/* Without a single good check that may escalate, nothing shows that the server works; where none may, none has to. */
static bool is_measured(const struct rules *rules, const struct board *board)
{
	bool may_escalate = false;

	for (uint16_t i = 0; i < rules->check_count; i++) {
		if (rules->checks[i].level != LEVEL_REBOOT)
			continue;
		if (check_is_clean(&board->checks[i]))
			return true;
		may_escalate = true;
	}
	return !may_escalate;
}

static struct verdict weigh(const struct rules *rules, const struct board *board)
{
	struct verdict verdict = {
	        .well = true,
	        .sound = true,
	        .up = true,
	        .pardoned = true,
	        .lease_ms = FOREVER_MS,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};

	for (uint16_t i = 0; i < rules->service_count; i++) {
		uint16_t index = rules->order[i];
		const struct service_rule *service = &rules->services[index];

		if (board->services[index].excused)
			verdict.excused = true;
		if (board->services[index].climbing)
			verdict.pardoned = false;
		for (uint16_t c = service->first_check; c < service->first_check + service->check_count; c++)
			weigh_check(rules, board, c,
			        rules->checks[c].level == LEVEL_REBOOT && !board->services[index].excused, &verdict);
	}
	verdict.sound = verdict.well || (verdict.sound && is_measured(rules, board));
	return verdict;
}

/* No step climbs more rungs than there are; each says two things at most. */
enum { MOVES_LAST = 4, MOVES_ROOM = 2 * MOVES_LAST };

static void step_ladder(const struct rules *rules, const struct board *board, int64_t now_ms, struct events *events)
{
	struct verdict verdict = weigh(rules, board);

	for (unsigned i = 0; i < MOVES_LAST; i++) {
		struct ladder before = *board->ladder;
		enum ladder_move move = ladder_step(rules->ladder, board->ladder, &verdict, now_ms);

		if (move == LADDER_STAY)
			return;
		tell_move(board, move, &before, now_ms, events);
	}
}

/* Whether as many services are being started as may be; end_ms: when the first of them gives its place back. */
static bool is_full(const struct rules *rules, const struct board *board, int64_t *end_ms)
{
	uint16_t taken = 0;

	*end_ms = FOREVER_MS;
	for (uint16_t i = 0; i < rules->service_count; i++) {
		int64_t ms = service_slot_end_ms(&rules->services[i], &board->services[i]);

		taken = (uint16_t)(taken + (ms != FOREVER_MS));
		*end_ms = ms < *end_ms ? ms : *end_ms;
	}
	return rules->ladder->at_once > 0 && taken >= rules->ladder->at_once;
}

/*
 * The service that is to be ordered next, NO_INDEX where there is none. Where places are short it is the one whose last order
 * is the longest ago, so that services that fail for ever do not keep the others waiting; else those that others need come first.
 */
static uint16_t next_due(const struct rules *rules, const struct board *board, int64_t now_ms)
{
	bool hold = board->ladder->state == BOARD_HOLD;
	uint16_t next = NO_INDEX;

	for (uint16_t i = 0; i < rules->service_count; i++) {
		uint16_t index = rules->order[i];

		if (service_due(rules, index, board->services, board->checks, hold, now_ms) == SERVICE_LEAVE)
			continue;
		if (rules->ladder->at_once == 0)
			return index;
		if (next == NO_INDEX || board->services[index].ordered_ms < board->services[next].ordered_ms)
			next = index;
	}
	return next;
}

/* False where there is no room to say it. */
static bool order_service(
        const struct rules *rules, const struct board *board, uint16_t index, int64_t now_ms, struct events *events)
{
	bool hold = board->ladder->state == BOARD_HOLD;
	enum service_order order = service_due(rules, index, board->services, board->checks, hold, now_ms);
	bool charged = service_is_charged(&board->services[index]);
	uint16_t culprit = board->services[index].culprit;
	struct event *event = tell_event(events, board, order == SERVICE_START ? EVENT_START : EVENT_RESTART, now_ms);

	if (!event)
		return false;
	tell_blame(event, rules, board, culprit);
	event->service = index;
	service_ordered(rules, index, order, board->services, board->checks, hold, now_ms);
	/* The service is unknown now, and what follows from that is still to be said. */
	events->more = true;
	event->value = order == SERVICE_RESTART && charged ? board->services[index].attempts : 0;
	return true;
}

/* What finds no place stays due, and is looked at again in each step. */
static void order_services(const struct rules *rules, const struct board *board, int64_t now_ms, struct events *events)
{
	int64_t end_ms;
	uint16_t next;

	if (!ladder_may_restart(board->ladder))
		return;
	while (!is_full(rules, board, &end_ms) && (next = next_due(rules, board, now_ms)) != NO_INDEX)
		if (!order_service(rules, board, next, now_ms, events))
			return;
}

void board_step(const struct rules *rules, const struct board *board, int64_t now_ms, struct events *events)
{
	tell_clear(events, EVENTS_ROOM - MOVES_ROOM);
	for (uint16_t i = 0; i < rules->check_count; i++) {
		board->checks[i].unjudged = false;
		if (check_age(&rules->checks[i], &board->checks[i], now_ms))
			events->late = true;
		tell_check(rules, board, i, now_ms, events);
		tell_warning(rules, board, i, now_ms, events);
	}
	for (uint16_t i = 0; i < rules->service_count; i++) {
		uint16_t index = rules->order[i];

		service_settle(&board->services[index], rules->ladder->settle_ms, now_ms);
		service_judge(rules, index, board->services, board->checks, now_ms);
		service_free_slot(&rules->services[index], &board->services[index], now_ms);
		tell_service(rules, board, index, now_ms, events);
	}
	events->room = EVENTS_ROOM;
	step_ladder(rules, board, now_ms, events);
	/* An order makes a service unknown, so what is still to be said about it comes first. */
	if (!events->more)
		order_services(rules, board, now_ms, events);
}

void board_continue(const struct rules *rules, const struct board *board, enum board_state state, int64_t since_ms,
        int64_t now_ms, struct events *events)
{
	struct ladder before = *board->ladder;

	tell_clear(events, EVENTS_ROOM);
	ladder_continue(rules->ladder, board->ladder, state, since_ms, now_ms);
	tell_move(board, LADDER_STATE, &before, now_ms, events);
}

bool board_hold(const struct board *board, uint32_t duration_ms, int64_t now_ms, struct events *events)
{
	struct ladder before = *board->ladder;
	struct event *event;

	tell_clear(events, EVENTS_ROOM);
	if (!ladder_hold(board->ladder, now_ms + duration_ms, now_ms))
		return false;
	event = tell_event(events, board, EVENT_MAINTENANCE, now_ms);
	if (event)
		event->span_ms = duration_ms;
	tell_move(board, LADDER_STATE, &before, now_ms, events);
	return true;
}

bool board_resume(const struct rules *rules, const struct board *board, int64_t now_ms, struct events *events)
{
	struct ladder before = *board->ladder;
	struct event *event;

	tell_clear(events, EVENTS_ROOM);
	if (!ladder_resume(rules->ladder, board->ladder, now_ms))
		return false;
	for (uint16_t i = 0; i < rules->service_count; i++) {
		board->services[i].attempts = 0;
		board->services[i].backoff_ms = 0;
		board->services[i].restart_at_ms = NEVER_MS;
	}
	event = tell_event(events, board, EVENT_RESUMED, now_ms);
	if (event)
		event->value = 1;
	tell_move(board, LADDER_STATE, &before, now_ms, events);
	return true;
}

bool board_go_down(
        const struct rules *rules, const struct board *board, int64_t since_ms, int64_t now_ms, struct events *events)
{
	struct ladder before = *board->ladder;

	tell_clear(events, EVENTS_ROOM);
	if (!ladder_go_down(rules->ladder, board->ladder, since_ms, now_ms))
		return false;
	(void)tell_event(events, board, EVENT_GOING_DOWN, now_ms);
	tell_move(board, LADDER_STATE, &before, now_ms, events);
	return true;
}

void board_checker_replaced(const struct rules *rules, const struct board *board, int64_t now_ms)
{
	for (uint16_t i = 0; i < rules->check_count; i++)
		check_expect(&board->checks[i], now_ms);
}

void board_unproven(const struct board *board)
{
	ladder_unproven(board->ladder);
}

void board_actor_silent(const struct board *board, bool silent)
{
	board->ladder->silent = silent;
}

void board_unexplained(const struct board *board, uint16_t count)
{
	board->ladder->unexplained = count;
}

void board_storage(const struct board *board, bool stable)
{
	if (board->ladder->state != BOARD_REBOOTING)
		board->ladder->uncountable = !stable;
}

void board_reboot_refused(const struct board *board, int64_t at_ms)
{
	/* An earlier word was about an earlier order. */
	if (board->ladder->state == BOARD_REBOOTING && at_ms >= board->ladder->since_ms)
		board->ladder->uncountable = true;
}

bool board_may_feed(const struct board *board, int64_t now_ms)
{
	return ladder_may_feed(board->ladder, now_ms);
}

int64_t board_deadline_ms(const struct rules *rules, const struct board *board)
{
	int64_t deadline_ms = ladder_deadline_ms(rules->ladder, board->ladder);
	bool hold = board->ladder->state == BOARD_HOLD;
	bool may_restart = ladder_may_restart(board->ladder);
	int64_t end_ms;

	/* What is due waits for a place. */
	if (may_restart && is_full(rules, board, &end_ms)) {
		deadline_ms = end_ms < deadline_ms ? end_ms : deadline_ms;
		may_restart = false;
	}
	for (uint16_t i = 0; i < rules->check_count; i++) {
		int64_t silent_ms = check_deadline_ms(&rules->checks[i], &board->checks[i]);

		deadline_ms = silent_ms < deadline_ms ? silent_ms : deadline_ms;
	}
	for (uint16_t i = 0; may_restart && i < rules->service_count; i++) {
		int64_t due_ms = service_deadline_ms(rules, i, board->services, hold);

		deadline_ms = due_ms < deadline_ms ? due_ms : deadline_ms;
	}
	return deadline_ms;
}
