/* SPDX-License-Identifier: MIT
 *
 * The service manager's STATUS follows the log: a board that flaps must not flood process 1 either.
 */
#include "report.h"

#include "os/log_event.h"
#include "os/systemd/notify.h"

#include <inttypes.h>
#include <stdio.h>

enum { DROPPED_INTERVAL_MS = 10000 };

static void log_whole(struct feeder *feeder, const struct event *event, const struct folded *folded)
{
	char more[80] = "", status[64];

	if (folded->is_late)
		snprintf(more, sizeof(more), " suppressed=%" PRIu32 " since_ms=%" PRId64, folded->suppressed,
		        folded->since_ms);
	log_event(event, flat_service_name(feeder->flat, event->service), flat_check_name(feeder->flat, event->check),
	        more);
	if (event->kind != EVENT_STATE)
		return;
	snprintf(status, sizeof(status), "STATUS=%s", board_state_name((enum board_state)event->state));
	(void)!notify_send(feeder->notify_fd, status);
}

void feeder_tell(struct feeder *feeder, const struct event *event)
{
	struct folded folded;

	if (fold_passes(&feeder->fold, event, &folded))
		log_whole(feeder, event, &folded);
	helpers_send_event(&feeder->helpers, event);
	/* The LED shows a new state at once. */
	if (event->kind == EVENT_STATE)
		feeder->next_led_ms = event->at_ms;
}

void feeder_tell_helper(struct feeder *feeder, struct event event)
{
	event.state = feeder->board.ladder->state;
	feeder_tell(feeder, &event);
}

void feeder_tell_all(struct feeder *feeder, const struct events *events)
{
	for (uint16_t i = 0; i < events->count; i++) {
		struct event event = events->list[i];

		if (event.kind == EVENT_PROVEN)
			event.value = (int64_t)feeder->flat->fingerprint;
		feeder_tell(feeder, &event);
	}
}

void report_folded(struct feeder *feeder, int64_t now_ms)
{
	struct folded folded;
	struct event event;

	while (fold_due(&feeder->fold, now_ms, &event, &folded))
		log_whole(feeder, &event, &folded);
	log_tell_lost();
}

void report_flush(struct feeder *feeder, int64_t now_ms)
{
	struct folded folded;
	struct event event;

	while (fold_flush(&feeder->fold, now_ms, &event, &folded))
		log_whole(feeder, &event, &folded);
}

void report_dropped(struct feeder *feeder, int64_t now_ms)
{
	uint64_t dropped = feeder->snapshot->dog.failed_feeds;

	for (int i = 0; i < HELPER_COUNT; i++)
		dropped += feeder->helpers.states[i].dropped + feeder->helpers.process[i].in.dropped;
	if (dropped == feeder->dropped_said || now_ms < feeder->next_dropped_ms)
		return;
	log_line(LOG_PRIORITY_WARNING,
	        "event=dropped count=%llu checker_refused=%llu actor_lost=%llu actor_refused=%llu failed_feeds=%llu",
	        (unsigned long long)(dropped - feeder->dropped_said),
	        (unsigned long long)feeder->helpers.process[HELPER_CHECKER].in.dropped,
	        (unsigned long long)feeder->helpers.states[HELPER_ACTOR].dropped,
	        (unsigned long long)feeder->helpers.process[HELPER_ACTOR].in.dropped,
	        (unsigned long long)feeder->snapshot->dog.failed_feeds);
	feeder->dropped_said = dropped;
	feeder->next_dropped_ms = now_ms + DROPPED_INTERVAL_MS;
}
