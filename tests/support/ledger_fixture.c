/* SPDX-License-Identifier: MIT
 *
 * What the parts of these tests share.
 */
#include "ledger_fixture.h"

struct ledger opened(const char boot_id[BOOT_ID_SIZE + 1])
{
	struct ledger ledger;

	assert_int_equal(ledger_decode((const uint8_t *)"", 0, LIMIT, &ledger), LEDGER_FRESH);
	assert_true(ledger_open_boot(&ledger, LEDGER_FRESH, boot_id));
	return ledger;
}

void write_part(struct disk *disk, const struct ledger *ledger, size_t count)
{
	uint8_t slot[LEDGER_SLOT_SIZE];
	size_t offset = ledger_encode(ledger, slot);

	memcpy(disk->bytes + offset, slot, count);
	if (count > 0 && disk->length < offset + count)
		disk->length = offset + count;
}

void write_whole(struct disk *disk, const struct ledger *ledger)
{
	write_part(disk, ledger, LEDGER_SLOT_SIZE);
}

enum ledger_reading read_disk(const struct disk *disk, struct ledger *ledger)
{
	return ledger_decode(disk->bytes, disk->length, LIMIT, ledger);
}

void assert_same(const struct ledger *a, const struct ledger *b)
{
	assert_int_equal(a->sequence, b->sequence);
	assert_true(a->maintenance_until_ms == b->maintenance_until_ms);
	assert_int_equal(a->unsettled, b->unsettled);
	assert_int_equal(a->phase, b->phase);
	assert_int_equal(a->cause, b->cause);
	assert_int_equal(a->last_cause, b->last_cause);
	assert_int_equal(a->last_why, b->last_why);
	assert_string_equal(a->boot_id, b->boot_id);
	assert_string_equal(a->service, b->service);
	assert_string_equal(a->check, b->check);
	assert_string_equal(a->last_service, b->last_service);
	assert_string_equal(a->last_check, b->last_check);
	assert_int_equal(a->unexplained, b->unexplained);
	assert_true(a->phase_ms == b->phase_ms);
	assert_int_equal(a->continued, b->continued);
	assert_true(a->proven == b->proven);
	assert_int_equal(a->outage, b->outage);
	assert_int_equal(a->last_counted, b->last_counted);
}

struct ledger full(uint64_t sequence)
{
	return (struct ledger){
	        .sequence = sequence,
	        .maintenance_until_ms = 0x0102030405060708,
	        .unsettled = 0x1234,
	        .unexplained = 0x5678,
	        .phase_ms = 0x1112131415161718,
	        .continued = 1,
	        .proven = 0x2122232425262728,
	        .outage = 1,
	        .last_counted = 1,
	        .phase = LEDGER_OUTAGE,
	        .cause = CAUSE_STATUS,
	        .last_cause = END_LETGO,
	        .last_why = CAUSE_LATE,
	        .boot_id = "33333333-3333-4333-8333-333333333333",
	        .service = "a-service-with-a-very-long-name",
	        .check = "check",
	        .last_service = "last-service",
	        .last_check = "last-check-with-a-very-long-nam",
	};
}

struct event event_of(enum event_kind kind, enum board_state board, int64_t value)
{
	return (struct event){
	        .kind = (uint8_t)kind,
	        .state = (uint8_t)board,
	        .value = value,
	        .cause = CAUSE_REFUSED,
	        .at_ms = 5000,
	        .span_ms = 700,
	};
}

bool apply(struct ledger *ledger, enum event_kind kind, enum board_state board, int64_t value)
{
	struct event event = event_of(kind, board, value);
	uint64_t before = ledger->sequence;
	bool changed = ledger_apply(ledger, &event, "web", "http");

	assert_int_equal(ledger->sequence, before + (changed ? 1 : 0));
	return changed;
}
