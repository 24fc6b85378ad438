/* SPDX-License-Identifier: MIT
 *
 * P6: any bytes as the ledger. What is not empty never reads as fresh, and what cannot be read counts as a budget that is
 * spent. Then events are put down in it, each write is cut off at some byte, as a power cut would, and what is read after that is
 * the old or the new ledger.
 */
#include "fuzz.h"

#include "core/crc32.h"
#include "core/event.h"
#include "core/invariant.h"
#include "core/result.h"

#include <string.h>

enum { LIMIT = 3, MEND_MAGIC = 4, MAGIC = 0x4644474C, EVENTS_LAST = 12 };

static const char boot_ids[2][BOOT_ID_SIZE + 1] = {
        "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-aaaaaaaaaaaa"};

/* Random bytes never have the right checksum, so some are given it. */
static void mend(uint8_t *slot, bool magic)
{
	static const uint8_t head[8] = {MAGIC & 0xff, MAGIC >> 8 & 0xff, MAGIC >> 16 & 0xff, MAGIC >> 24, 1};
	uint32_t crc;

	if (magic)
		memcpy(slot, head, sizeof(head));
	crc = crc32_of(slot, LEDGER_SLOT_SIZE - 4);
	for (unsigned i = 0; i < 4; i++)
		slot[LEDGER_SLOT_SIZE - 4 + i] = (uint8_t)(crc >> 8 * i);
}

static void read_any(struct input *input, struct ledger *ledger)
{
	uint8_t how = take_byte(input);
	uint8_t image[LEDGER_SIZE + 16] = {0};
	/* The texts behind the numbers end at byte 330 or so: a slot's zeros need not be in the input. */
	size_t length = how & 0x80 ? take_number(input, 2) % (sizeof(image) + 1) : LEDGER_SIZE;
	enum ledger_reading reading;

	for (size_t slot = 0; slot < 2; slot++) {
		uint8_t *start = image + slot * LEDGER_SLOT_SIZE;

		if (!(how & 0x40))
			(void)take_some(input, start, 64);
		else if (slot == 0)
			(void)take_some(input, image, sizeof(image));
		if (how >> slot & 1)
			mend(start, how & MEND_MAGIC);
	}
	reading = ledger_decode(image, length, LIMIT, ledger);
	must((reading == LEDGER_FRESH) == (length == 0));
	must(reading != LEDGER_CORRUPT || ledger->unsettled == LIMIT);
	must(reading != LEDGER_FRESH || ledger->unsettled == 0);
	must(ledger_invariant(ledger));
	(void)ledger_open_boot(ledger, reading, boot_ids[how >> 3 & 1]);
	must(ledger_invariant(ledger));
}

static bool are_same(const struct ledger *one, const struct ledger *other)
{
	return one->sequence == other->sequence && one->unsettled == other->unsettled && one->phase == other->phase &&
	        one->maintenance_until_ms == other->maintenance_until_ms && one->cause == other->cause &&
	        one->last_cause == other->last_cause && one->last_why == other->last_why &&
	        strcmp(one->service, other->service) == 0 && strcmp(one->check, other->check) == 0 &&
	        strcmp(one->last_service, other->last_service) == 0 && strcmp(one->last_check, other->last_check) == 0;
}

/* A write of which only the first bytes came to the disk, over what is there; then the whole of it. */
static void write_cut(uint8_t image[LEDGER_SIZE], const struct ledger *old, const struct ledger *new, size_t cut)
{
	uint8_t slot[LEDGER_SLOT_SIZE];
	size_t at = ledger_encode(new, slot);
	struct ledger read;

	must(at == 0 || at == LEDGER_SLOT_SIZE);
	memcpy(image + at, slot, cut);
	must(ledger_decode(image, LEDGER_SIZE, LIMIT, &read) == LEDGER_READ);
	must(are_same(&read, old) || are_same(&read, new));
	memcpy(image + at, slot, LEDGER_SLOT_SIZE);
	must(ledger_decode(image, LEDGER_SIZE, LIMIT, &read) == LEDGER_READ && are_same(&read, new));
}

static void play_events(struct input *input, struct ledger *ledger)
{
	uint8_t image[LEDGER_SIZE] = {0};
	struct ledger before;
	size_t at;

	/* A sequence that is about to end was not counted up to it by anybody. */
	ledger->sequence &= INT64_MAX;
	for (unsigned i = 0; i < 2; i++, ledger->sequence++) {
		uint8_t slot[LEDGER_SLOT_SIZE];

		at = ledger_encode(ledger, slot);
		memcpy(image + at, slot, sizeof(slot));
	}
	ledger->sequence--;
	for (unsigned i = 0; i < EVENTS_LAST && input->size > 0; i++) {
		struct event event = {
		        .kind = take_byte(input),
		        .state = take_byte(input) % BOARD_STATE_COUNT,
		        .cause = take_byte(input) % CAUSE_COUNT,
		        .value = (int64_t)(int16_t)take_number(input, 2),
		        .at_ms = (int64_t)take_number(input, 3),
		        .span_ms = (int64_t)take_number(input, 3),
		        .detail = take_byte(input),
		};
		size_t cut = take_number(input, 2) % (LEDGER_SLOT_SIZE + 1);

		before = *ledger;
		if (ledger_apply(ledger, &event, "a service with a name that is longer than names may be, by far", "c"))
			write_cut(image, &before, ledger, cut);
		else
			must(are_same(&before, ledger));
		must(ledger_invariant(ledger));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	struct ledger ledger;

	read_any(&input, &ledger);
	play_events(&input, &ledger);
	return 0;
}
