/* SPDX-License-Identifier: MIT
 *
 * Each alert is on its own: one whose receiver is away holds no other up.
 */
#include "alerts.h"

#include "check_output.h"

#include "alert_send.h"

#include "core/crc32.h"
#include "os/clock.h"
#include "os/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void queue_path(char path[PATH_MAX], const struct alerts *alerts, const struct alert *alert)
{
	(void)snprintf(path, PATH_MAX, "%s/alerts/%u", alerts->run_dir, (unsigned)alert->index);
}

/* What it is sent to, as a number: another configuration's messages are not for it. */
static uint32_t whose(const struct alerts *alerts, const struct alert *alert)
{
	const struct alert_spec *spec = alert->spec;
	const char *url = flat_text(alerts->flat, spec->url);
	uint32_t crc = crc32_of((const uint8_t *)url, strlen(url));

	for (uint32_t i = 0; i < spec->command.argc; i++) {
		const char *argument = flat_argument(alerts->flat, spec->command, i);
		crc = crc * 31 + crc32_of((const uint8_t *)argument, strlen(argument));
	}
	return crc;
}

int alerts_begin(
        struct alerts *alerts, const struct flat *flat, const char *run_dir, const char *boot_id, int64_t now_ms)
{
	char path[PATH_MAX];

	*alerts = (struct alerts){.flat = flat, .count = flat->alert_count, .run_dir = run_dir, .boot_id = boot_id};
	if (alerts->count == 0)
		return 0;
	int error = guard_open(&alerts->guard);
	if (error)
		log_line(LOG_PRIORITY_WARNING, "event=no-guard error=\"%s\"", strerror(-error));
	alerts->alerts = calloc(alerts->count, sizeof(alerts->alerts[0]));
	alerts->told_down = calloc(flat->check_count + 1U, sizeof(alerts->told_down[0]));
	if (!alerts->alerts || !alerts->told_down)
		return -ENOMEM;
	for (uint32_t i = 0; i < alerts->count; i++) {
		struct alert *alert = &alerts->alerts[i];
		alert->spec = &flat_alerts(flat)[i];
		alert->index = i;
		alert->send_at_ms = now_ms;
		/* No service is called so. */
		(void)snprintf(alert->name, sizeof(alert->name), ".alert-%u", (unsigned)i + 1);
		job_output_begin(&alert->output, run_dir, alert->name, now_ms);
		alert_queue_begin(&alert->queue, now_ms);
		queue_path(path, alerts, alert);
		if (!alert_queue_take(path, whose(alerts, alert), &alert->queue))
			alert_queue_begin(&alert->queue, now_ms);
	}
	return 0;
}

void alerts_take_over(struct alerts *alerts, struct snapshot *snapshot)
{
	if (!snapshot || alerts->count == 0)
		return;
	const struct board board = snapshot_board(snapshot);
	for (uint32_t i = 0; i < alerts->flat->check_count; i++)
		alerts->told_down[i] = board.checks[i].warning_told >= WARNING_DOWN;
}

/* A check that may only alert has no service that comes up again with it, so its own return is told; if its end was. */
static bool is_news(struct alerts *alerts, const struct event *event)
{
	bool *told = event->check == NO_INDEX ? NULL : &alerts->told_down[event->check];

	if (event->kind == EVENT_WARNING && event->value != 0 && told)
		*told = true;
	if (event->kind != EVENT_CHECK_PASSED)
		return true;
	bool was_told = told && *told;
	if (told)
		*told = false;
	return was_told;
}

/* Rare by nature, and the last that one wants to miss. */
static bool is_always_sent(enum alert_topic topic)
{
	switch (topic) {
	case ALERT_REBOOT:
	case ALERT_LETGO:
	case ALERT_HOLD:
	case ALERT_BOOT:
		return true;
	case ALERT_DOWN:
	case ALERT_RESTART:
	case ALERT_RECOVERED:
	case ALERT_WARNING:
	case ALERT_MAINTENANCE:
	case ALERT_TOPIC_COUNT:
		break;
	}
	return false;
}

void alerts_note(struct alerts *alerts, const struct ledger *ledger, const struct event *event, const char *reason,
        int64_t now_ms)
{
	enum alert_topic topic = alert_topic_of(event);
	struct alert_message message;
	char output[OUTPUT_TEXT_SIZE];

	if (topic == ALERT_TOPIC_COUNT || alerts->count == 0 || !is_news(alerts, event))
		return;
	memset(&message, 0, sizeof(message));
	message.event = *event;
	message.always = is_always_sent(topic);
	message.wall_s = clock_wall_s();
	alert_text(alerts->flat, ledger, event, reason, check_output(alerts->output, alerts->flat, event, output),
	        message.text);
	for (uint32_t i = 0; i < alerts->count; i++) {
		struct alert *alert = &alerts->alerts[i];
		if ((alert->spec->on & 1U << topic) == 0)
			continue;
		alert_queue_add(&alert->queue, &message, alert->job.phase != JOB_NONE, now_ms);
		alert->changed = true;
	}
}

/* Said once in a row of failures, and once when it works again. */
static void tell(const struct alert *alert, const struct job_end *end, const char *error)
{
	char line[LOG_LINE_SIZE];
	size_t length = (size_t)snprintf(
	        line, sizeof(line), "event=alert-%s alert=%u", end || error ? "failed" : "sent", alert->index + 1);

	if (end)
		length += (size_t)snprintf(line + length, sizeof(line) - length, " cause=%s detail=%d",
		        cause_name(end->cause), (int)end->detail);
	if (error)
		length = log_append_text(line, sizeof(line), length, "reason", error);
	if (end || error)
		(void)snprintf(line + length, sizeof(line) - length, " retry_ms=%u", (unsigned)alert->retry_ms);
	else
		(void)snprintf(line + length, sizeof(line) - length, " failures=%u", (unsigned)alert->failures);
	log_line(end || error ? LOG_PRIORITY_WARNING : LOG_PRIORITY_NOTICE, "%s", line);
}

static void note_failure(struct alert *alert, const struct job_end *end, const char *error, int64_t now_ms)
{
	/* The next beat was set when this one began: a receiver that is slow to fail does not delay it. */
	if (alert->spec->heartbeat)
		alert->retry_ms = alert->send_at_ms > now_ms ? (uint32_t)(alert->send_at_ms - now_ms) : 0;
	else if (alert->failures == 0)
		alert->retry_ms = ALERT_RETRY_FIRST_MS;
	else
		alert->retry_ms = alert->retry_ms < ALERT_RETRY_LAST_MS / 2 ? alert->retry_ms * 2 : ALERT_RETRY_LAST_MS;
	if (!alert->spec->heartbeat)
		alert->send_at_ms = now_ms + alert->retry_ms;
	if (alert->failures++ == 0)
		tell(alert, end, error);
}

static void note_success(struct alert *alert, int64_t now_ms)
{
	if (alert->failures > 0)
		tell(alert, NULL, NULL);
	alert->failures = 0;
	if (alert->spec->heartbeat)
		return;
	alert->send_at_ms = now_ms;
	alert_queue_sent(&alert->queue);
	alert->changed = true;
}

/* The receiver answered that it will never take this message. Others it may take. */
static bool is_refused(const struct alert *alert, const struct job_end *end)
{
	return alert->spec->url && end->cause == CAUSE_EXIT_CODE && end->detail == EX_DATAERR;
}

static void note_refusal(struct alert *alert, int64_t now_ms)
{
	log_line(LOG_PRIORITY_WARNING, "event=alert-refused alert=%u", alert->index + 1);
	alert->failures = 0;
	alert->send_at_ms = now_ms;
	alert_queue_refused(&alert->queue);
	alert->changed = true;
}

static void look_after(const struct alerts *alerts, struct alert *alert, int64_t now_ms)
{
	struct job_end end;

	bool has_ended = job_step(&alert->job, now_ms, &end);
	if (alert->job.phase == JOB_NONE && alert->guarded > 0) {
		guard_forget(&alerts->guard, alert->guarded);
		alert->guarded = 0;
	}
	if (!has_ended)
		return;
	if (alert->output.fd >= 0)
		job_output_drain(&alert->output, now_ms);
	job_output_end(&alert->output, now_ms);
	if (end.cause == CAUSE_OK)
		note_success(alert, now_ms);
	else if (is_refused(alert, &end))
		note_refusal(alert, now_ms);
	else
		note_failure(alert, &end, NULL, now_ms);
}

/* Only as long as that is known: a feeder that hangs leaves its last word standing. */
static bool is_well(const struct snapshot *snapshot, int64_t now_ms)
{
	return snapshot && snapshot->ladder.state == BOARD_WELL && now_ms - snapshot->at_ms < ALERT_FRESH_MS &&
	        snapshot_is_fed(snapshot, now_ms);
}

static bool is_due(const struct alert *alert, const struct snapshot *snapshot, int64_t now_ms)
{
	if (alert->job.phase != JOB_NONE || now_ms < alert->send_at_ms)
		return false;
	return alert->spec->heartbeat ? is_well(snapshot, now_ms) : alert->queue.count > 0;
}

static void keep(const struct alerts *alerts, struct alert *alert)
{
	char path[PATH_MAX];

	if (!alert->changed)
		return;
	alert->changed = false;
	queue_path(path, alerts, alert);
	/* A full RUN is said elsewhere; what is in memory is sent all the same. */
	(void)!alert_queue_keep(path, whose(alerts, alert), &alert->queue);
}

void alerts_step(struct alerts *alerts, const struct snapshot *snapshot, int64_t now_ms)
{
	for (uint32_t i = 0; i < alerts->count; i++) {
		struct alert *alert = &alerts->alerts[i];
		look_after(alerts, alert, now_ms);
		while (alert_queue_release(&alert->queue, alert->job.phase != JOB_NONE, now_ms))
			alert->changed = true;
		keep(alerts, alert);
		if (!is_due(alert, snapshot, now_ms))
			continue;
		if (alert->spec->heartbeat)
			alert->send_at_ms = now_ms + alert->spec->every_ms;
		int error =
		        alert_send(alerts, alert, alert->spec->heartbeat ? NULL : &alert->queue.messages[0], now_ms);
		if (error)
			note_failure(alert, NULL, strerror(-error), now_ms);
	}
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

int64_t alerts_deadline_ms(const struct alerts *alerts)
{
	int64_t first_ms = FOREVER_MS;

	for (uint32_t i = 0; i < alerts->count; i++) {
		const struct alert *alert = &alerts->alerts[i];
		first_ms = earlier(first_ms, job_deadline_ms(&alert->job));
		first_ms = earlier(first_ms, alert_queue_release_ms(&alert->queue));
		/* A heartbeat waits for a snapshot that says well, and those are looked at once a second. */
		if (alert->job.phase == JOB_NONE && alert->queue.count > 0)
			first_ms = earlier(first_ms, alert->send_at_ms);
	}
	return first_ms;
}

nfds_t alerts_poll(const struct alerts *alerts, struct pollfd fds[])
{
	nfds_t count = 0;

	for (uint32_t i = 0; i < alerts->count; i++)
		if (alerts->alerts[i].output.fd >= 0)
			fds[count++] = (struct pollfd){.fd = alerts->alerts[i].output.fd, .events = POLLIN};
	return count;
}

void alerts_drain(struct alerts *alerts, int64_t now_ms)
{
	for (uint32_t i = 0; i < alerts->count; i++) {
		if (alerts->alerts[i].output.fd >= 0)
			job_output_drain(&alerts->alerts[i].output, now_ms);
		job_output_step(&alerts->alerts[i].output, now_ms);
	}
}

void alerts_end(struct alerts *alerts)
{
	if (alerts->count > 0)
		guard_close(&alerts->guard);
	free(alerts->alerts);
	free(alerts->body.text);
	free(alerts->told_down);
	alerts->alerts = NULL;
	alerts->told_down = NULL;
	alerts->count = 0;
}
