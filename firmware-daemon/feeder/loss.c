/* SPDX-License-Identifier: MIT
 *
 * The lost watchdog.
 */
#include "loss.h"

#include "report.h"

#include "os/log_event.h"

#include <errno.h>
#include <string.h>

enum {
	/* One feed that fails may be a bus that is busy; the next one comes within a second. */
	FAILED_FEEDS_MAX = 2,
	RETAKE_INTERVAL_MS = 1000,
};

/* Of a device that is gone the descriptor is of no more use. */
static bool is_gone(int error)
{
	return error == ENODEV || error == ENXIO || error == EBADF;
}

static void report(struct feeder *feeder, enum event_kind kind, int64_t now_ms)
{
	struct event event = {
	        .at_ms = now_ms,
	        .span_ms = kind == EVENT_WATCHDOG_BACK ? now_ms - feeder->lost_ms : 0,
	        .detail = (int32_t)feeder->snapshot->dog.lost,
	        .kind = (uint8_t)kind,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};

	feeder_tell_helper(feeder, event);
	/* The LED shows it at once. */
	feeder->next_led_ms = now_ms;
}

void loss_note_feed(struct feeder *feeder, int error, int64_t now_ms)
{
	struct dog_state *dog = &feeder->snapshot->dog;

	feeder->unfed = error != 0;
	if (error) {
		dog->failed_feeds++;
		feeder->failed_in_a_row++;
		if (dog->lost || (feeder->failed_in_a_row < FAILED_FEEDS_MAX && !is_gone(-error)))
			return;
		dog->lost = (uint32_t)-error;
		feeder->lost_ms = now_ms;
		report(feeder, EVENT_WATCHDOG_LOST, now_ms);
		return;
	}
	dog->fed_ms = now_ms;
	dog->feeds++;
	feeder->failed_in_a_row = 0;
	if (!dog->lost)
		return;
	dog->lost = 0;
	report(feeder, EVENT_WATCHDOG_BACK, now_ms);
}

void loss_retake(struct feeder *feeder, int64_t now_ms)
{
	const struct watchdog_spec *spec = &feeder->flat->watchdog;
	struct dog_state *state = &feeder->snapshot->dog;
	struct dog *dog = &feeder->dog;
	char before[DOG_WHY_SIZE];

	if (!is_gone((int)state->lost) || spec->simulated || spec->via == VIA_SYSTEMD || now_ms < feeder->retake_ms)
		return;
	feeder->retake_ms = now_ms + RETAKE_INTERVAL_MS;
	memcpy(before, dog->why, sizeof(before));
	if (dog_retake(feeder->flat, dog, state) == 0)
		loss_note_feed(feeder, 0, now_ms);
	else if (dog->why[0] && strcmp(before, dog->why) != 0)
		log_line(LOG_PRIORITY_ERROR, "event=watchdog device=%s reason=\"%s\"", dog->device, dog->why);
}
