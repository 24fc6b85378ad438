/* SPDX-License-Identifier: MIT
 *
 * A ring whose last part is kept for what must not be lost.
 */
#include "outbox.h"

#include <errno.h>
#include <stdlib.h>

enum {
	EACH_SERVICE = 4, /* check-failed, service-down and restart, and some to spare */
	LADDER_ROOM = 32, /* for what the ladder says beside the orders */
};

int outbox_open(struct outbox *outbox, uint16_t service_count)
{
	*outbox = (struct outbox){
	        .room = (uint32_t)service_count * EACH_SERVICE + 2 * LADDER_ROOM,
	        .reserve = (uint32_t)service_count + LADDER_ROOM,
	};
	outbox->events = calloc(outbox->room, sizeof(outbox->events[0]));
	return outbox->events ? 0 : -ENOMEM;
}

static bool is_order(uint8_t kind)
{
	return kind == EVENT_START || kind == EVENT_RESTART;
}

/* Nobody else would do or know it. */
static bool is_vital(uint8_t kind)
{
	switch ((enum event_kind)kind) {
	case EVENT_START:
	case EVENT_RESTART:
	case EVENT_REBOOT:
	case EVENT_LETGO:
	case EVENT_HOLD:
	case EVENT_STATE:
	case EVENT_SETTLED:
	case EVENT_PROVEN:
	case EVENT_MAINTENANCE:
	case EVENT_RESUMED:
	case EVENT_ARMED:
	case EVENT_BOOT:
	case EVENT_DISARMED:
	case EVENT_GOING_DOWN:
	case EVENT_DRILL:
		return true;
	case EVENT_CHECK_FAILED:
	case EVENT_CHECK_PASSED:
	case EVENT_SERVICE_DOWN:
	case EVENT_SERVICE_UP:
	case EVENT_RESTART_DONE:
	case EVENT_RESTART_FAILED:
	case EVENT_HELPER_DIED:
	case EVENT_HELPER_STARTED:
	case EVENT_DROPPED:
	case EVENT_STORAGE:
	case EVENT_WARNING:
	case EVENT_EXITED:
	case EVENT_REBOOT_DONE:
	case EVENT_REBOOT_FAILED:
	case EVENT_WATCHDOG_LOST:
	case EVENT_WATCHDOG_BACK:
	case EVENT_KIND_COUNT:
		break;
	}
	return false;
}

static struct event *at(const struct outbox *outbox, uint32_t index)
{
	return &outbox->events[(outbox->first + index) % outbox->room];
}

/* Where room is short: what the new one makes needless, NULL where there is none. */
static struct event *replaced_by(const struct outbox *outbox, const struct event *event)
{
	for (uint32_t i = 0; is_order(event->kind) && i < outbox->count; i++)
		if (is_order(at(outbox, i)->kind) && at(outbox, i)->service == event->service)
			return at(outbox, i);
	if (event->kind == EVENT_STATE && at(outbox, outbox->count - 1)->kind == EVENT_STATE)
		return at(outbox, outbox->count - 1);
	return NULL;
}

bool outbox_put(struct outbox *outbox, const struct event *event)
{
	struct event *place = NULL;

	if (outbox->count + outbox->reserve >= outbox->room) {
		if (!is_vital(event->kind))
			return false;
		place = replaced_by(outbox, event);
	}
	if (!place && outbox->count == outbox->room)
		return false;
	if (!place)
		place = at(outbox, outbox->count++);
	*place = *event;
	return true;
}

const struct event *outbox_first(const struct outbox *outbox)
{
	return outbox->count > 0 ? at(outbox, 0) : NULL;
}

void outbox_pop(struct outbox *outbox)
{
	outbox->first = (outbox->first + 1) % outbox->room;
	outbox->count--;
}
