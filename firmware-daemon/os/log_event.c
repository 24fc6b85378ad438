/* SPDX-License-Identifier: MIT
 *
 * One table says what an event's numbers are called, and how loud it is.
 */
#include "log_event.h"

#include "core/result.h"
#include "core/rules.h"
#include "core/state.h"

#include <stdio.h>

struct wording {
	const char *value; /* key of event->value, NULL: not said */
	const char *span;  /* key of event->span_ms, NULL: not said */
	enum log_priority priority;
};

static const struct wording wordings[] = {
        [EVENT_ARMED] = {"timeout_ms", NULL, LOG_PRIORITY_NOTICE},
        [EVENT_BOOT] = {"unsettled", NULL, LOG_PRIORITY_NOTICE},
        [EVENT_CHECK_FAILED] = {"row", "was_ms", LOG_PRIORITY_WARNING},
        [EVENT_CHECK_PASSED] = {NULL, "failed_ms", LOG_PRIORITY_NOTICE},
        [EVENT_SERVICE_DOWN] = {NULL, NULL, LOG_PRIORITY_ERROR},
        [EVENT_SERVICE_UP] = {"attempts", "down_ms", LOG_PRIORITY_NOTICE},
        [EVENT_START] = {NULL, NULL, LOG_PRIORITY_NOTICE},
        [EVENT_RESTART] = {"attempt", NULL, LOG_PRIORITY_WARNING},
        [EVENT_RESTART_DONE] = {NULL, "took_ms", LOG_PRIORITY_NOTICE},
        [EVENT_RESTART_FAILED] = {NULL, "took_ms", LOG_PRIORITY_ERROR},
        [EVENT_REBOOT] = {"unsettled", NULL, LOG_PRIORITY_ERROR},
        [EVENT_LETGO] = {"unsettled", NULL, LOG_PRIORITY_ERROR},
        [EVENT_HOLD] = {"unsettled", NULL, LOG_PRIORITY_ERROR},
        [EVENT_MAINTENANCE] = {NULL, "for_ms", LOG_PRIORITY_NOTICE},
        [EVENT_RESUMED] = {"by_person", NULL, LOG_PRIORITY_NOTICE},
        [EVENT_HELPER_DIED] = {"pid", "delay_ms", LOG_PRIORITY_ERROR},
        [EVENT_HELPER_STARTED] = {"pid", NULL, LOG_PRIORITY_INFO},
        [EVENT_DROPPED] = {"count", NULL, LOG_PRIORITY_WARNING},
        [EVENT_DISARMED] = {"disarmed", NULL, LOG_PRIORITY_NOTICE},
        [EVENT_STATE] = {NULL, "was_ms", LOG_PRIORITY_NOTICE},
        [EVENT_SETTLED] = {"forgotten", NULL, LOG_PRIORITY_NOTICE},
        [EVENT_STORAGE] = {"stable", NULL, LOG_PRIORITY_ERROR},
        [EVENT_WARNING] = {"down", NULL, LOG_PRIORITY_WARNING},
        [EVENT_EXITED] = {"ordered", "ran_ms", LOG_PRIORITY_WARNING},
        [EVENT_REBOOT_DONE] = {NULL, "took_ms", LOG_PRIORITY_NOTICE},
        [EVENT_REBOOT_FAILED] = {NULL, "took_ms", LOG_PRIORITY_ERROR},
        [EVENT_GOING_DOWN] = {NULL, NULL, LOG_PRIORITY_NOTICE},
        [EVENT_PROVEN] = {NULL, NULL, LOG_PRIORITY_NOTICE},
        [EVENT_WATCHDOG_LOST] = {NULL, NULL, LOG_PRIORITY_ERROR},
        [EVENT_WATCHDOG_BACK] = {NULL, "lost_ms", LOG_PRIORITY_NOTICE},
        [EVENT_DRILL] = {"begins", "within_ms", LOG_PRIORITY_NOTICE},
};
_Static_assert(sizeof(wordings) / sizeof(wordings[0]) == EVENT_KIND_COUNT, "a wording for every event");

static size_t append_number(char line[], size_t size, size_t length, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	return log_append_text(line, size, length, key, text);
}

static size_t append_what(const struct event *event, char line[], size_t size, size_t length)
{
	if (event->kind == EVENT_STATE) {
		length = log_append_text(line, size, length, "state", board_state_name((enum board_state)event->state));
		length = log_append_text(line, size, length, "was", board_state_name((enum board_state)event->value));
	}
	if (event->kind == EVENT_BOOT)
		length = log_append_text(line, size, length, "last", end_cause_name((enum end_cause)event->detail));
	if (event->helper != HELPER_NONE)
		length = log_append_text(line, size, length, "helper", helper_name((enum helper)event->helper));
	return length;
}

static size_t append_why(const struct event *event, char line[], size_t size, size_t length)
{
	if (event->kind == EVENT_EXITED && event->cause == CAUSE_NONE)
		length = log_append_text(line, size, length, "cause", "unknown");
	else if (event->cause != CAUSE_NONE && event->cause != CAUSE_OK)
		length = log_append_text(line, size, length, "cause", cause_name((enum cause)event->cause));
	if (event->kind == EVENT_HOLD)
		length = log_append_text(line, size, length, "why", hold_why_name((enum hold_why)event->why));
	/* An exit code of 0 is one. */
	if ((event->detail != 0 && event->kind != EVENT_BOOT) || event->cause == CAUSE_EXIT_CODE)
		length = append_number(line, size, length, "detail", event->detail);
	return length;
}

size_t log_event_text(const struct event *event, const char *service, const char *check, char line[], size_t size)
{
	const struct wording *wording = &wordings[event->kind < EVENT_KIND_COUNT ? event->kind : EVENT_DROPPED];
	size_t length = (size_t)snprintf(line, size, "event=%s", event_name((enum event_kind)event->kind));

	length = append_what(event, line, size, length);
	if (*service)
		length = log_append_text(line, size, length, "service", service);
	if (*check)
		length = log_append_text(line, size, length, "check", check);
	length = append_why(event, line, size, length);
	/* A blind check (value 2) is not down; its cause says so. */
	if (wording->value)
		length = append_number(line, size, length, wording->value,
		        event->kind == EVENT_WARNING ? event->value == 1 : event->value);
	if (wording->span)
		length = append_number(line, size, length, wording->span, event->span_ms);
	return length;
}

enum log_priority log_event_priority(const struct event *event)
{
	return wordings[event->kind < EVENT_KIND_COUNT ? event->kind : EVENT_DROPPED].priority;
}

void log_event(const struct event *event, const char *service, const char *check, const char *more)
{
	char line[LOG_LINE_SIZE];

	log_event_text(event, service, check, line, sizeof(line));
	log_line(log_event_priority(event), "%s%s", line, more);
}
