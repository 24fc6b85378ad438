/* SPDX-License-Identifier: MIT
 *
 * The ledger's bytes, and what events change in it.
 */
#include "ledger.h"

#include "crc32.h"
#include "event.h"
#include "result.h"

#include <string.h>

enum {
	SLOT_MAGIC = 0x4644474C, /* "LGDF" */
	SLOT_VERSION = 2,
	SLOT_VERSION_OLD = 1, /* of feeddog 0.1: without `proven`, `outage` and `last_counted` */
};

/* A place in a slot's bytes; all numbers are little-endian, so a card may move between boards. */
struct cursor {
	uint8_t *write;
	const uint8_t *read;
	size_t at;
};

static void put(struct cursor *cursor, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		cursor->write[cursor->at++] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(struct cursor *cursor, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)cursor->read[cursor->at++] << 8 * i;
	return value;
}

static void put_text(struct cursor *cursor, const char *text, size_t size)
{
	memcpy(cursor->write + cursor->at, text, size);
	cursor->at += size;
}

static void get_text(struct cursor *cursor, char *text, size_t size)
{
	memcpy(text, cursor->read + cursor->at, size);
	text[size - 1] = '\0';
	cursor->at += size;
}

static void copy_name(char to[NAME_SIZE], const char *from)
{
	size_t length = strlen(from);

	if (length > NAME_SIZE - 1)
		length = NAME_SIZE - 1;
	memset(to, 0, NAME_SIZE);
	memcpy(to, from, length);
}

size_t ledger_encode(const struct ledger *ledger, uint8_t slot[LEDGER_SLOT_SIZE])
{
	struct cursor cursor = {.write = slot};

	memset(slot, 0, LEDGER_SLOT_SIZE);
	put(&cursor, SLOT_MAGIC, 4);
	put(&cursor, SLOT_VERSION, 4);
	put(&cursor, ledger->sequence, 8);
	put(&cursor, (uint64_t)ledger->maintenance_until_ms, 8);
	put(&cursor, ledger->unsettled, 2);
	put(&cursor, ledger->phase, 1);
	put(&cursor, ledger->cause, 1);
	put(&cursor, ledger->last_cause, 1);
	put(&cursor, ledger->last_why, 1);
	put_text(&cursor, ledger->boot_id, sizeof(ledger->boot_id));
	put_text(&cursor, ledger->service, NAME_SIZE);
	put_text(&cursor, ledger->check, NAME_SIZE);
	put_text(&cursor, ledger->last_service, NAME_SIZE);
	put_text(&cursor, ledger->last_check, NAME_SIZE);
	put(&cursor, ledger->unexplained, 2);
	put(&cursor, (uint64_t)ledger->phase_ms, 8);
	put(&cursor, ledger->continued, 1);
	put(&cursor, ledger->proven, 8);
	put(&cursor, ledger->outage, 1);
	put(&cursor, ledger->last_counted, 1);
	cursor.at = LEDGER_SLOT_SIZE - 4;
	put(&cursor, crc32_of(slot, LEDGER_SLOT_SIZE - 4), 4);
	return ledger->sequence % 2 * LEDGER_SLOT_SIZE;
}

static bool is_outage(uint8_t phase)
{
	return phase == LEDGER_OUTAGE || phase == LEDGER_REBOOT || phase == LEDGER_LETGO || phase == LEDGER_HOLD;
}

static bool decode_slot(const uint8_t slot[LEDGER_SLOT_SIZE], struct ledger *ledger)
{
	struct cursor cursor = {.read = slot, .at = LEDGER_SLOT_SIZE - 4};
	uint32_t version;

	if (get(&cursor, 4) != crc32_of(slot, LEDGER_SLOT_SIZE - 4))
		return false;
	cursor.at = 0;
	if (get(&cursor, 4) != SLOT_MAGIC)
		return false;
	version = (uint32_t)get(&cursor, 4);
	if (version != SLOT_VERSION && version != SLOT_VERSION_OLD)
		return false;
	ledger->sequence = get(&cursor, 8);
	ledger->maintenance_until_ms = (int64_t)get(&cursor, 8);
	ledger->unsettled = (uint16_t)get(&cursor, 2);
	ledger->phase = (uint8_t)get(&cursor, 1);
	ledger->cause = (uint8_t)get(&cursor, 1);
	ledger->last_cause = (uint8_t)get(&cursor, 1);
	ledger->last_why = (uint8_t)get(&cursor, 1);
	get_text(&cursor, ledger->boot_id, sizeof(ledger->boot_id));
	get_text(&cursor, ledger->service, NAME_SIZE);
	get_text(&cursor, ledger->check, NAME_SIZE);
	get_text(&cursor, ledger->last_service, NAME_SIZE);
	get_text(&cursor, ledger->last_check, NAME_SIZE);
	ledger->unexplained = (uint16_t)get(&cursor, 2);
	ledger->phase_ms = (int64_t)get(&cursor, 8);
	ledger->continued = get(&cursor, 1) != 0;
	/* The old version has zeros here. */
	ledger->proven = get(&cursor, 8);
	ledger->outage = get(&cursor, 1) != 0 || (version == SLOT_VERSION_OLD && is_outage(ledger->phase));
	ledger->last_counted = get(&cursor, 1) != 0;
	return ledger->phase < LEDGER_PHASE_COUNT && ledger->cause < CAUSE_COUNT &&
	        ledger->last_cause < END_CAUSE_COUNT && ledger->last_why < CAUSE_COUNT;
}

enum ledger_reading ledger_decode(const uint8_t bytes[], size_t length, uint16_t limit, struct ledger *ledger)
{
	struct ledger slots[2];
	bool good[2] = {false, false};

	*ledger = (struct ledger){.maintenance_until_ms = NEVER_MS, .last_cause = END_FIRST};
	if (length == 0)
		return LEDGER_FRESH;
	for (size_t i = 0; i < 2 && (i + 1) * LEDGER_SLOT_SIZE <= length; i++)
		good[i] = decode_slot(bytes + i * LEDGER_SLOT_SIZE, &slots[i]);
	if (!good[0] && !good[1]) {
		ledger->unsettled = limit;
		ledger->last_cause = END_UNKNOWN;
		return LEDGER_CORRUPT;
	}
	if (good[0] && good[1])
		*ledger = slots[0].sequence > slots[1].sequence ? slots[0] : slots[1];
	else
		*ledger = good[0] ? slots[0] : slots[1];
	return LEDGER_READ;
}

/* What the phase in which a boot ended says about its end. */
static enum end_cause end_of(enum ledger_phase phase)
{
	switch (phase) {
	case LEDGER_REBOOT:
		return END_REBOOT;
	case LEDGER_LETGO:
		return END_LETGO;
	case LEDGER_STOPPED:
	case LEDGER_GOING_DOWN:
		return END_PLANNED;
	case LEDGER_DRILL:
		return END_DRILL;
	case LEDGER_RUNNING:
	case LEDGER_OUTAGE:
	case LEDGER_HOLD:
	case LEDGER_PHASE_COUNT:
		break;
	}
	return END_UNEXPLAINED;
}

/* The ladder counts before it acts; but not a shutdown by another, which it only ends. */
static bool is_counted(const struct ledger *ledger)
{
	return ledger->phase == LEDGER_REBOOT || (ledger->phase == LEDGER_LETGO && ledger->cause != CAUSE_SHUTDOWN);
}

/*
 * An end in an outage counts, whoever caused it: starting anew did not help, or may not. An end without a word while healthy
 * is a hang or a power cut and does not count; it is noted, since it may be a reset that a hanging actor could not count.
 */
static void count_end(struct ledger *ledger)
{
	ledger->last_counted = ledger->outage && !is_counted(ledger);
	if (ledger->last_counted)
		ledger->unsettled = (uint16_t)(ledger->unsettled + (ledger->unsettled < UINT16_MAX));
	else if (ledger->last_cause == END_UNEXPLAINED)
		ledger->unexplained = (uint16_t)(ledger->unexplained + (ledger->unexplained < UINT16_MAX));
	else if (ledger->last_cause == END_PLANNED)
		ledger->unexplained = 0;
}

/* What is known of an outage is kept until the board has recovered, over boots and stops. */
static void forget_outage(struct ledger *ledger)
{
	ledger->outage = false;
	ledger->cause = CAUSE_NONE;
	copy_name(ledger->service, "");
	copy_name(ledger->check, "");
}

bool ledger_open_boot(struct ledger *ledger, enum ledger_reading reading, const char boot_id[BOOT_ID_SIZE + 1])
{
	size_t length = strlen(boot_id);

	if (length > BOOT_ID_SIZE)
		length = BOOT_ID_SIZE;
	if (reading == LEDGER_READ) {
		/* No id is nobody's. */
		if (length > 0 && strlen(ledger->boot_id) == length && memcmp(ledger->boot_id, boot_id, length) == 0)
			return false;
		ledger->last_cause = (uint8_t)end_of((enum ledger_phase)ledger->phase);
		ledger->last_why = ledger->cause;
		copy_name(ledger->last_service, ledger->service);
		copy_name(ledger->last_check, ledger->check);
		count_end(ledger);
	}
	memset(ledger->boot_id, 0, sizeof(ledger->boot_id));
	memcpy(ledger->boot_id, boot_id, length);
	ledger->phase = LEDGER_RUNNING;
	ledger->phase_ms = 0;
	ledger->continued = 0;
	ledger->maintenance_until_ms = NEVER_MS;
	if (!ledger->outage)
		forget_outage(ledger);
	return true;
}

void ledger_merge(struct ledger *ledger, const struct ledger *found)
{
	if (found->unsettled > ledger->unsettled)
		ledger->unsettled = found->unsettled;
	if (found->unexplained > ledger->unexplained)
		ledger->unexplained = found->unexplained;
	if (found->last_cause != END_FIRST) {
		ledger->last_cause = found->last_cause;
		ledger->last_why = found->last_why;
		copy_name(ledger->last_service, found->last_service);
		copy_name(ledger->last_check, found->last_check);
		ledger->last_counted = found->last_counted;
	}
	if (ledger->proven == 0)
		ledger->proven = found->proven;
	/* The next write goes to the slot which is not the newest. */
	ledger->sequence = (found->sequence > ledger->sequence ? found->sequence : ledger->sequence) + 1;
	if (ledger->sequence % 2 == found->sequence % 2)
		ledger->sequence++;
}

static bool set_phase(struct ledger *ledger, enum ledger_phase phase, const struct event *event, const char *service,
        const char *check)
{
	/* A phase without a cause of its own leaves what is known of the outage. */
	bool keeps = ledger->outage && *service == '\0' && event->cause != CAUSE_SHUTDOWN;

	if (ledger->phase == phase)
		return false;
	ledger->phase = (uint8_t)phase;
	ledger->phase_ms = event->at_ms;
	ledger->continued = 0;
	if (keeps)
		return true;
	ledger->cause = event->cause;
	copy_name(ledger->service, service);
	copy_name(ledger->check, check);
	return true;
}

/* A reboot or letting go is the last word on a boot; what follows it on the way down changes nothing. */
static bool is_ending(const struct ledger *ledger)
{
	return ledger->phase == LEDGER_REBOOT || ledger->phase == LEDGER_LETGO;
}

static bool apply_outage(struct ledger *ledger, const struct event *event, const char *service, const char *check)
{
	bool was_outage = ledger->outage != 0;

	ledger->outage = true;
	return set_phase(ledger, LEDGER_OUTAGE, event, service, check) || !was_outage;
}

/* The ladder leaves an outage for WELL or DOUBT only when all that may escalate is good, or a person ends it. */
static bool apply_recovery(struct ledger *ledger, const struct event *event)
{
	bool was_outage = ledger->outage != 0;

	forget_outage(ledger);
	return set_phase(ledger, LEDGER_RUNNING, event, "", "") || was_outage;
}

static bool apply_state(struct ledger *ledger, const struct event *event, const char *service, const char *check)
{
	switch ((enum board_state)event->state) {
	case BOARD_RECOVERING:
		return apply_outage(ledger, event, service, check);
	case BOARD_WELL:
	case BOARD_DOUBT:
	case BOARD_MAINTENANCE:
		return apply_recovery(ledger, event);
	case BOARD_STARTING:
	case BOARD_REBOOTING:
	case BOARD_LETGO:
	case BOARD_HOLD:
	case BOARD_STATE_COUNT:
		break;
	}
	return false;
}

static void apply_rung(struct ledger *ledger, const struct event *event, const char *service, const char *check)
{
	enum ledger_phase phase = event->kind == EVENT_REBOOT ? LEDGER_REBOOT
	        : event->kind == EVENT_LETGO                  ? LEDGER_LETGO
	                                                      : LEDGER_HOLD;

	ledger->unsettled = (uint16_t)event->value;
	/* To let go of a shutdown by another is no outage. */
	if (event->cause != CAUSE_SHUTDOWN)
		ledger->outage = true;
	(void)set_phase(ledger, phase, event, service, check);
}

static bool apply(struct ledger *ledger, const struct event *event, const char *service, const char *check)
{
	switch ((enum event_kind)event->kind) {
	case EVENT_ARMED:
		/* A feeder that was killed in an outage, or in a shutdown, goes on with it. */
		if (is_ending(ledger) || ledger->phase == LEDGER_OUTAGE || ledger->phase == LEDGER_GOING_DOWN)
			ledger->continued = 1;
		else
			set_phase(ledger, LEDGER_RUNNING, event, "", "");
		/* Written though nothing may have changed: it shows that the ledger can be written. */
		return true;
	case EVENT_STATE:
		return apply_state(ledger, event, service, check);
	case EVENT_REBOOT:
	case EVENT_LETGO:
	case EVENT_HOLD:
		apply_rung(ledger, event, service, check);
		return true;
	case EVENT_MAINTENANCE:
		ledger->maintenance_until_ms = event->at_ms + event->span_ms;
		return true;
	case EVENT_RESUMED:
		/* A person who ends a hold gives the reboots back; time does not. */
		if (ledger->phase == LEDGER_HOLD && event->value != 0)
			ledger->unsettled = ledger->unexplained = 0;
		ledger->maintenance_until_ms = NEVER_MS;
		return true;
	case EVENT_SETTLED:
		ledger->unsettled = ledger->unexplained = 0;
		return true;
	case EVENT_PROVEN:
		ledger->proven = (uint64_t)event->value;
		return true;
	case EVENT_DRILL:
		/* What is wrong already is not the drill's doing. */
		return ledger->phase == (event->value ? LEDGER_RUNNING : LEDGER_DRILL) &&
		        set_phase(ledger, event->value ? LEDGER_DRILL : LEDGER_RUNNING, event, "", "");
	case EVENT_GOING_DOWN:
	case EVENT_DISARMED:
		/* An end in order, unless the ladder has let go, or has to. */
		return !is_ending(ledger) &&
		        set_phase(ledger, event->kind == EVENT_DISARMED ? LEDGER_STOPPED : LEDGER_GOING_DOWN, event, "",
		                "");
	case EVENT_BOOT:
	case EVENT_CHECK_FAILED:
	case EVENT_CHECK_PASSED:
	case EVENT_SERVICE_DOWN:
	case EVENT_SERVICE_UP:
	case EVENT_START:
	case EVENT_RESTART:
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

bool ledger_apply(struct ledger *ledger, const struct event *event, const char *service, const char *check)
{
	if (!apply(ledger, event, service, check))
		return false;
	ledger->sequence++;
	return true;
}
