/* SPDX-License-Identifier: MIT
 *
 * What a step has to say, in events.
 */
#include "tell.h"

struct event *tell_event(struct events *events, const struct board *board, enum event_kind kind, int64_t now_ms)
{
	struct event *event;

	if (events->count >= events->room) {
		events->more = true;
		return 0;
	}
	event = &events->list[events->count++];
	*event = (struct event){
	        .at_ms = now_ms,
	        .kind = (uint8_t)kind,
	        .state = board->ladder->state,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	        .helper = HELPER_NONE,
	};
	return event;
}

void tell_clear(struct events *events, uint16_t room)
{
	events->count = 0;
	events->room = room;
	events->more = false;
	events->late = false;
}

void tell_blame(struct event *event, const struct rules *rules, const struct board *board, uint16_t check)
{
	if (check == NO_INDEX)
		return;
	event->service = rules->checks[check].service;
	event->check = check;
	event->cause = board->checks[check].cause;
	event->detail = board->checks[check].detail;
}

static void blame_ladder(struct event *event, const struct board *board)
{
	event->service = board->ladder->service;
	event->check = board->ladder->check;
	event->cause = board->ladder->cause;
	event->detail = board->ladder->detail;
}

/* Something is wrong with the check, not only "not known yet". */
static bool is_failing(const struct check_state *check)
{
	return check->streak > 0 || check_is_blind(check) ||
	        (check->health == HEALTH_UNKNOWN && (check->cause == CAUSE_LATE || check->cause == CAUSE_CANNOT_PROBE));
}

void tell_check(
        const struct rules *rules, const struct board *board, uint16_t index, int64_t now_ms, struct events *events)
{
	struct check_state *check = &board->checks[index];
	struct event *event;

	if (!check->told && is_failing(check)) {
		event = tell_event(events, board, EVENT_CHECK_FAILED, now_ms);
		if (!event)
			return;
		tell_blame(event, rules, board, index);
		event->value = check->streak;
		event->span_ms = now_ms - check->since_ms;
		check->told = 1;
		check->told_ms = now_ms;
	} else if (check->told && check_is_clean(check)) {
		event = tell_event(events, board, EVENT_CHECK_PASSED, now_ms);
		if (!event)
			return;
		tell_blame(event, rules, board, index);
		event->span_ms = now_ms - check->told_ms;
		check->told = 0;
	}
}

static uint8_t warning_of(const struct rules *rules, const struct check_state *check, uint16_t index)
{
	if (check_is_blind(check))
		return WARNING_BLIND;
	if (rules->checks[index].level == LEVEL_ALERT && check->health == HEALTH_DOWN)
		return WARNING_DOWN;
	return check->health == HEALTH_UP && check->warned ? WARNING_GOOD : WARNING_NONE;
}

void tell_warning(
        const struct rules *rules, const struct board *board, uint16_t index, int64_t now_ms, struct events *events)
{
	struct check_state *check = &board->checks[index];
	uint8_t warning = warning_of(rules, check, index);
	struct event *event;

	if (warning == WARNING_NONE)
		check->warning_told = WARNING_NONE;
	/* A warning that became another one is said again. */
	if (check->warning_told == warning)
		return;
	event = tell_event(events, board, EVENT_WARNING, now_ms);
	if (!event)
		return;
	tell_blame(event, rules, board, index);
	event->value = warning - WARNING_GOOD;
	check->warning_told = warning;
}

void tell_service(
        const struct rules *rules, const struct board *board, uint16_t index, int64_t now_ms, struct events *events)
{
	struct service_state *service = &board->services[index];
	struct event *event;

	if (!service->down_told && service->health == HEALTH_DOWN) {
		event = tell_event(events, board, EVENT_SERVICE_DOWN, now_ms);
		if (!event)
			return;
		tell_blame(event, rules, board, service->culprit);
		event->service = index;
		event->span_ms = service->up_ms == NEVER_MS ? 0 : now_ms - service->up_ms;
		service->down_told = 1;
		service->down_ms = now_ms;
	} else if (service->down_told && service->health == HEALTH_UP) {
		event = tell_event(events, board, EVENT_SERVICE_UP, now_ms);
		if (!event)
			return;
		event->service = index;
		event->span_ms = now_ms - service->down_ms;
		event->value = service->attempts;
		service->down_told = 0;
	}
}

void tell_move(const struct board *board, enum ladder_move move, const struct ladder *before, int64_t now_ms,
        struct events *events)
{
	static const enum event_kind kinds[] = {
	        [LADDER_STAY] = EVENT_STATE,
	        [LADDER_STATE] = EVENT_STATE,
	        [LADDER_REBOOT] = EVENT_REBOOT,
	        [LADDER_LETGO] = EVENT_LETGO,
	        [LADDER_HOLD] = EVENT_HOLD,
	        [LADDER_RESUMED] = EVENT_RESUMED,
	        [LADDER_FORGIVEN] = EVENT_SETTLED,
	        [LADDER_PROVEN] = EVENT_PROVEN,
	};
	struct event *event;

	/* There is always room for a move: it was kept free. */
	event = move == LADDER_STATE ? 0 : tell_event(events, board, kinds[move], now_ms);
	if (event) {
		blame_ladder(event, board);
		event->why = board->ladder->hold_why;
		event->value = move == LADDER_FORGIVEN ? before->unsettled
		        : move == LADDER_RESUMED       ? 0
		                                       : board->ladder->unsettled;
	}
	event = board->ladder->state == before->state ? 0 : tell_event(events, board, EVENT_STATE, now_ms);
	if (event) {
		blame_ladder(event, board);
		event->value = before->state;
		event->span_ms = now_ms - before->since_ms;
	}
}
