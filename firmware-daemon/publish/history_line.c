/* SPDX-License-Identifier: MIT
 *
 * What is said of each kind of event is a table.
 */
#include "history_line.h"

#include "core/result.h"
#include "core/state.h"

struct shape {
	enum history_kept kept;
	const char *value; /* the key for the event's value, NULL: it has no meaning */
	const char *span;  /* for its span */
};

static const struct shape shapes[] = {
        [EVENT_ARMED] = {.kept = HISTORY_LEFT_OUT},
        [EVENT_BOOT] = {.kept = HISTORY_ALWAYS, .value = "unsettled"},
        [EVENT_CHECK_FAILED] = {.kept = HISTORY_LEFT_OUT},
        [EVENT_CHECK_PASSED] = {.kept = HISTORY_LEFT_OUT},
        [EVENT_SERVICE_DOWN] = {.kept = HISTORY_LIMITED, .span = "up_s"},
        [EVENT_SERVICE_UP] = {.kept = HISTORY_LIMITED, .span = "down_s"},
        [EVENT_START] = {.kept = HISTORY_LIMITED},
        [EVENT_RESTART] = {.kept = HISTORY_LIMITED, .value = "attempt"},
        [EVENT_RESTART_DONE] = {.kept = HISTORY_LIMITED, .span = "took_s"},
        [EVENT_RESTART_FAILED] = {.kept = HISTORY_LIMITED, .span = "took_s"},
        [EVENT_REBOOT] = {.kept = HISTORY_ALWAYS, .value = "unsettled"},
        [EVENT_LETGO] = {.kept = HISTORY_ALWAYS, .value = "unsettled"},
        [EVENT_HOLD] = {.kept = HISTORY_ALWAYS, .value = "unsettled"},
        [EVENT_MAINTENANCE] = {.kept = HISTORY_ALWAYS, .span = "for_s"},
        [EVENT_RESUMED] = {.kept = HISTORY_ALWAYS, .value = "by_person"},
        [EVENT_HELPER_DIED] = {.kept = HISTORY_LIMITED, .value = "pid"},
        [EVENT_HELPER_STARTED] = {.kept = HISTORY_LEFT_OUT},
        [EVENT_DROPPED] = {.kept = HISTORY_LEFT_OUT},
        [EVENT_DISARMED] = {.kept = HISTORY_ALWAYS, .value = "disarmed"},
        [EVENT_STATE] = {.kept = HISTORY_LEFT_OUT},
        [EVENT_SETTLED] = {.kept = HISTORY_ALWAYS, .value = "forgotten"},
        [EVENT_STORAGE] = {.kept = HISTORY_LIMITED, .value = "stable"},
        [EVENT_WARNING] = {.kept = HISTORY_LIMITED, .value = "down"},
        [EVENT_EXITED] = {.kept = HISTORY_LIMITED, .value = "ordered", .span = "ran_s"},
        [EVENT_REBOOT_DONE] = {.kept = HISTORY_ALWAYS, .span = "took_s"},
        [EVENT_REBOOT_FAILED] = {.kept = HISTORY_ALWAYS, .span = "took_s"},
        [EVENT_GOING_DOWN] = {.kept = HISTORY_ALWAYS},
        [EVENT_PROVEN] = {.kept = HISTORY_LIMITED},
        [EVENT_WATCHDOG_LOST] = {.kept = HISTORY_LIMITED},
        [EVENT_WATCHDOG_BACK] = {.kept = HISTORY_LIMITED, .span = "lost_s"},
        [EVENT_DRILL] = {.kept = HISTORY_ALWAYS, .value = "begins"},
};
_Static_assert(sizeof(shapes) / sizeof(shapes[0]) == EVENT_KIND_COUNT, "a shape for every kind of event");

enum history_kept history_kept(enum event_kind kind)
{
	return kind < EVENT_KIND_COUNT ? shapes[kind].kept : HISTORY_LEFT_OUT;
}

static void add_text(struct json_writer *json, const char *key, const char *value)
{
	if (value && *value)
		json_text(json, key, value);
}

static void add_last_boot(struct json_writer *json, const struct ledger *ledger)
{
	json_text(json, "last_cause", end_cause_name((enum end_cause)ledger->last_cause));
	add_text(json, "last_service", ledger->last_service);
	add_text(json, "last_check", ledger->last_check);
	if (ledger->last_why != CAUSE_NONE)
		json_text(json, "last_why", cause_name((enum cause)ledger->last_why));
	if (ledger->last_counted)
		json_boolean(json, "counted", true);
}

static void add_cause(struct json_writer *json, const struct event *event)
{
	if (event->cause != CAUSE_NONE)
		json_text(json, "cause", cause_name((enum cause)event->cause));
	if (event->cause != CAUSE_NONE || event->kind == EVENT_STORAGE || event->kind == EVENT_WATCHDOG_LOST)
		json_integer(json, "detail", event->detail);
}

void history_line(struct json_writer *json, const struct history_facts *facts)
{
	const struct event *event = facts->event;
	const struct shape *shape = &shapes[event->kind];

	json_begin(json);
	json_open_object(json, NULL);
	json_text(json, "boot", facts->ledger->boot_id);
	json_seconds(json, "at_s", event->at_ms);
	json_integer(json, "wall", facts->wall_s);
	json_text(json, "event", event_name((enum event_kind)event->kind));
	json_text(json, "state", board_state_name((enum board_state)event->state));
	add_text(json, "service", flat_service_name(facts->flat, event->service));
	add_text(json, "check", flat_check_name(facts->flat, event->check));
	if (event->helper != HELPER_NONE)
		json_text(json, "helper", helper_name((enum helper)event->helper));
	add_cause(json, event);
	if (event->kind == EVENT_BOOT)
		add_last_boot(json, facts->ledger);
	if (event->kind == EVENT_BOOT && facts->played)
		json_seconds(json, "began_s", event->at_ms);
	/* A blind check (value 2) is not down; its cause says so. */
	if (shape->value)
		json_integer(json, shape->value, event->kind == EVENT_WARNING ? event->value == 1 : event->value);
	if (shape->span)
		json_seconds(json, shape->span, event->span_ms);
	if (event->kind == EVENT_HOLD)
		json_text(json, "why", hold_why_name((enum hold_why)event->why));
	add_text(json, "command", facts->command);
	add_text(json, "reason", facts->reason);
	add_text(json, "output", facts->output);
	if (facts->suppressed > 0)
		json_integer(json, "suppressed", (int64_t)facts->suppressed);
	json_close_object(json);
}
