/* SPDX-License-Identifier: MIT
 *
 * One sentence for each kind of event that somebody is told of. The board's name stands before it: whoever reads it on a
 * telephone has more than one.
 */
#include "alert_text.h"

#include "words/cause_text.h"
#include "words/span_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_SIZE = ALERT_TEXT_SIZE + 512 };

static const struct {
	bool told;
	enum alert_topic topic;
} topics[] = {
        [EVENT_BOOT] = {true, ALERT_BOOT},
        [EVENT_SERVICE_UP] = {true, ALERT_RECOVERED},
        [EVENT_CHECK_PASSED] = {true, ALERT_RECOVERED},
        [EVENT_RESTART] = {true, ALERT_RESTART},
        [EVENT_REBOOT] = {true, ALERT_REBOOT},
        [EVENT_REBOOT_FAILED] = {true, ALERT_REBOOT},
        [EVENT_LETGO] = {true, ALERT_LETGO},
        [EVENT_HOLD] = {true, ALERT_HOLD},
        [EVENT_MAINTENANCE] = {true, ALERT_MAINTENANCE},
        [EVENT_RESUMED] = {true, ALERT_MAINTENANCE},
        [EVENT_SETTLED] = {true, ALERT_RECOVERED},
        [EVENT_STORAGE] = {true, ALERT_WARNING},
        [EVENT_WARNING] = {true, ALERT_WARNING},
        [EVENT_WATCHDOG_LOST] = {true, ALERT_WARNING},
        [EVENT_WATCHDOG_BACK] = {true, ALERT_RECOVERED},
};

enum alert_topic alert_topic_of(const struct event *event)
{
	/* A check that changes nothing is down all the same. */
	bool down = event->kind == EVENT_SERVICE_DOWN || (event->kind == EVENT_WARNING && event->value == 1);

	/* What ends while the system goes down is no news. */
	if (down)
		return event->state == BOARD_REBOOTING ? ALERT_TOPIC_COUNT : ALERT_DOWN;
	return event->kind < sizeof(topics) / sizeof(topics[0]) && topics[event->kind].told ? topics[event->kind].topic
	                                                                                    : ALERT_TOPIC_COUNT;
}

struct words {
	const struct flat *flat;
	const struct event *event;
	const char *output; /* of the command of the check, "": none */
	char *text;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct words *words, const char *format, ...)
{
	size_t room = ALERT_TEXT_SIZE - words->length;
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(words->text + words->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		words->length += (size_t)length < room ? (size_t)length : room - 1;
}

static const char *service_of(const struct words *words)
{
	const char *name = flat_service_name(words->flat, words->event->service);

	return *name ? name : "a service";
}

/* ": http status 503" */
static void add_cause(struct words *words)
{
	const struct event *event = words->event;
	enum check_kind kind =
	        event->check == NO_INDEX ? KIND_COUNT : (enum check_kind)flat_checks(words->flat)[event->check].kind;
	char text[CAUSE_TEXT_SIZE];

	if (event->cause != CAUSE_NONE)
		add(words, ": %s", cause_text((enum cause)event->cause, kind, event->detail, text));
	if (*words->output)
		add(words, " (%s)", words->output);
}

/* " (was up for 3d 4h)" */
static void add_span(struct words *words, const char *what)
{
	char text[SPAN_TEXT_SIZE];

	if (words->event->span_ms > 0)
		add(words, " (%s %s)", what, span_text(text, words->event->span_ms));
}

/* " because of web: http status 503" */
static void add_blame(struct words *words)
{
	if (words->event->service != NO_INDEX)
		add(words, " because of %s", service_of(words));
	add_cause(words);
}

static void add_reboots(struct words *words)
{
	int64_t limit = words->flat->ladder.reboot_limit;

	if (words->event->value > 0 && words->event->value <= limit)
		add(words, " (reboot %" PRId64 " of %" PRId64 ")", words->event->value, limit);
	else if (words->event->value > 0)
		add(words, " (reboot %" PRId64 ")", words->event->value);
}

static void add_boot(struct words *words, const struct ledger *ledger)
{
	char end[END_TEXT_SIZE], cause[CAUSE_TEXT_SIZE];

	add(words, "booted; why the last boot ended: %s",
	        end_text((enum end_cause)words->event->detail, ledger->last_service, ledger->last_check, end));
	if (ledger->last_why != CAUSE_NONE)
		add(words, ": %s", cause_text((enum cause)ledger->last_why, KIND_COUNT, 0, cause));
	if (ledger->last_counted)
		add(words, "; it counts as a reboot that did not help");
	add_reboots(words);
}

static void add_warning(struct words *words)
{
	static const char *const warnings[] = {"warns", "is down", "is blind"};
	const struct event *event = words->event;

	add(words, "%s: check %s %s", service_of(words), flat_check_name(words->flat, event->check),
	        event->value >= 0 && event->value <= 2 ? warnings[event->value] : warnings[0]);
	add_cause(words);
}

static void add_maintenance(struct words *words, const char *reason)
{
	char span[SPAN_TEXT_SIZE];

	add(words, "in maintenance for %s", span_text(span, words->event->span_ms));
	if (reason && *reason)
		add(words, ": %s", reason);
}

static void add_storage(struct words *words, const char *reason)
{
	if (words->event->value)
		add(words, "reboots are counted on stable storage again");
	else
		add(words, "reboots cannot be counted, so none is ordered: %s",
		        reason ? reason : strerror(words->event->detail));
}

static void add_hold(struct words *words)
{
	enum hold_why why = (enum hold_why)words->event->why;

	add(words, "on hold");
	if (why == HOLD_SPENT)
		add(words, " after %" PRId64 " reboots or resets in an outage that did not help,", words->event->value);
	add_blame(words);
	if (why == HOLD_NEVER_WELL)
		add(words,
		        "; no reboot is ordered for services that were never well on this board (check the "
		        "configuration)");
	else if (why == HOLD_CANNOT_COUNT)
		add(words, "; no reboot is ordered that cannot be counted on stable storage");
}

void alert_text(const struct flat *flat, const struct ledger *ledger, const struct event *event, const char *reason,
        const char *output, char text[ALERT_TEXT_SIZE])
{
	struct words words = {.flat = flat, .event = event, .output = output, .text = text};

	text[0] = '\0';
	switch ((enum event_kind)event->kind) {
	case EVENT_BOOT:
		add_boot(&words, ledger);
		break;
	case EVENT_SERVICE_DOWN:
		add(&words, "%s is down", service_of(&words));
		add_cause(&words);
		add_span(&words, "was up for");
		break;
	case EVENT_SERVICE_UP:
		add(&words, "%s is up again", service_of(&words));
		add_span(&words, "was down for");
		break;
	case EVENT_CHECK_PASSED:
		add(&words, "%s: check %s is good again", service_of(&words), flat_check_name(flat, event->check));
		add_span(&words, "had failed for");
		break;
	case EVENT_RESTART:
		add(&words, "%s is restarted", service_of(&words));
		add_cause(&words);
		break;
	case EVENT_REBOOT:
		add(&words, "rebooting");
		add_blame(&words);
		add_reboots(&words);
		break;
	case EVENT_REBOOT_FAILED:
		add(&words, "the reboot command failed");
		add_cause(&words);
		if (reason)
			add(&words, ": %s", reason);
		break;
	case EVENT_LETGO:
		add(&words, "not fed any more");
		add_blame(&words);
		add(&words, "; the hardware resets the board");
		break;
	case EVENT_HOLD:
		add_hold(&words);
		break;
	case EVENT_MAINTENANCE:
		add_maintenance(&words, reason);
		break;
	case EVENT_RESUMED:
		add(&words, "resumed %s", event->value ? "by a person" : "by time");
		break;
	case EVENT_SETTLED:
		add(&words, "settled; %" PRId64 " reboots are forgotten", event->value);
		break;
	case EVENT_STORAGE:
		add_storage(&words, reason);
		break;
	case EVENT_WARNING:
		add_warning(&words);
		break;
	case EVENT_WATCHDOG_LOST:
		add(&words, "the watchdog takes no feed, so this board is unguarded: %s", strerror(event->detail));
		break;
	case EVENT_WATCHDOG_BACK:
		add(&words, "the watchdog is fed again");
		add_span(&words, "the board was unguarded for");
		break;
	case EVENT_ARMED:
	case EVENT_CHECK_FAILED:
	case EVENT_START:
	case EVENT_RESTART_DONE:
	case EVENT_RESTART_FAILED:
	case EVENT_HELPER_DIED:
	case EVENT_HELPER_STARTED:
	case EVENT_DROPPED:
	case EVENT_DISARMED:
	case EVENT_STATE:
	case EVENT_EXITED:
	case EVENT_REBOOT_DONE:
	case EVENT_GOING_DOWN:
	case EVENT_PROVEN:
	case EVENT_DRILL:
	case EVENT_KIND_COUNT:
		break;
	}
}

static void add_object(struct json_writer *json, const struct flat *flat, const struct alert_message *message,
        const char *host, const char *boot_id)
{
	const struct event *event = &message->event;

	json_open_object(json, NULL);
	json_text(json, "host", host);
	json_text(json, "event", event_name((enum event_kind)event->kind));
	json_text(json, "topic", alert_topic_name(alert_topic_of(event)));
	json_text(json, "service", flat_service_name(flat, event->service));
	json_text(json, "check", flat_check_name(flat, event->check));
	json_text(json, "cause", event->cause == CAUSE_NONE ? NULL : cause_name((enum cause)event->cause));
	json_integer(json, "detail", event->detail);
	json_text(json, "state", board_state_name((enum board_state)event->state));
	json_text(json, "text", message->text);
	json_integer(json, "at", message->wall_s);
	json_text(json, "boot", boot_id);
	json_integer(json, "missed", message->missed);
	json_close_object(json);
}

/* "closet-7: web is down (and 3 more before)" */
static void write_sentence(const struct alert_message *message, const char *host, char sentence[SENTENCE_SIZE])
{
	char missed[64] = "";

	if (message->missed > 0)
		(void)snprintf(missed, sizeof(missed), " (and %" PRIu32 " more before)", message->missed);
	(void)snprintf(sentence, SENTENCE_SIZE, "%s: %s%s", host, message->text, missed);
}

static void add_one_text(struct json_writer *json, const char *key, const char *sentence)
{
	json_open_object(json, NULL);
	json_text(json, key, sentence);
	json_close_object(json);
}

/* Words like @everyone in the output of a service notify nobody. */
static void add_discord(struct json_writer *json, const char *sentence)
{
	json_open_object(json, NULL);
	json_text(json, "content", sentence);
	json_open_object(json, "allowed_mentions");
	json_open_array(json, "parse");
	json_close_array(json);
	json_close_object(json);
	json_close_object(json);
}

void alert_body(struct json_writer *json, const struct flat *flat, const struct alert_message *message,
        const char *host, const char *boot_id, enum alert_format format)
{
	char sentence[SENTENCE_SIZE];

	json_begin(json);
	write_sentence(message, host, sentence);
	switch (format) {
	case FORMAT_TEXT:
	case ALERT_FORMAT_COUNT:
		json_raw(json, sentence);
		break;
	case FORMAT_JSON:
		add_object(json, flat, message, host, boot_id);
		break;
	case FORMAT_DISCORD:
		add_discord(json, sentence);
		break;
	case FORMAT_SLACK:
		add_one_text(json, "text", sentence);
		break;
	case FORMAT_GOTIFY:
		add_one_text(json, "message", sentence);
		break;
	}
	json_raw(json, "\n");
}
