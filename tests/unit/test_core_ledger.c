/* SPDX-License-Identifier: MIT
 *
 * core/ledger: a file that is torn, decayed or lost at every place, and what each end of a boot says about itself.
 */
#include "core/ledger.h"

#include "core/crc32.h"
#include "core/event.h"
#include "core/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char boot_one[BOOT_ID_SIZE + 1] = "11111111-1111-4111-8111-111111111111";
static const char boot_two[BOOT_ID_SIZE + 1] = "22222222-2222-4222-8222-222222222222";

enum { LIMIT = 3 };

/* A file as it lies on the disk. */
struct disk {
	uint8_t bytes[LEDGER_SIZE];
	size_t length;
};

static struct ledger opened(const char boot_id[BOOT_ID_SIZE + 1])
{
	struct ledger ledger;

	assert_int_equal(ledger_decode((const uint8_t *)"", 0, LIMIT, &ledger), LEDGER_FRESH);
	assert_true(ledger_open_boot(&ledger, LEDGER_FRESH, boot_id));
	return ledger;
}

/* Writes the first `count` bytes of the ledger's slot, as a power cut leaves them. */
static void write_part(struct disk *disk, const struct ledger *ledger, size_t count)
{
	uint8_t slot[LEDGER_SLOT_SIZE];
	size_t offset = ledger_encode(ledger, slot);

	memcpy(disk->bytes + offset, slot, count);
	if (count > 0 && disk->length < offset + count)
		disk->length = offset + count;
}

static void write_whole(struct disk *disk, const struct ledger *ledger)
{
	write_part(disk, ledger, LEDGER_SLOT_SIZE);
}

static enum ledger_reading read_disk(const struct disk *disk, struct ledger *ledger)
{
	return ledger_decode(disk->bytes, disk->length, LIMIT, ledger);
}

static void assert_same(const struct ledger *a, const struct ledger *b)
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
}

/* Every field another value. */
static struct ledger full(uint64_t sequence)
{
	return (struct ledger){
	        .sequence = sequence,
	        .maintenance_until_ms = 0x0102030405060708,
	        .unsettled = 0x1234,
	        .unexplained = 0x5678,
	        .phase_ms = 0x1112131415161718,
	        .continued = 1,
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

/* --- the file --- */

/* P6: a file that is not there is fresh: nothing is spent, and the boot is the first. */
static void test_missing_is_fresh(void **state)
{
	struct ledger ledger;

	(void)state;
	assert_int_equal(ledger_decode((const uint8_t *)"", 0, LIMIT, &ledger), LEDGER_FRESH);
	assert_int_equal(ledger.unsettled, 0);
	assert_int_equal(ledger.sequence, 0);
	assert_int_equal(ledger.last_cause, END_FIRST);
	assert_true(ledger.maintenance_until_ms == NEVER_MS);
	assert_string_equal(ledger.boot_id, "");
}

static void test_every_field_survives(void **state)
{
	(void)state;
	for (uint64_t sequence = 0x0102030405060708; sequence < 0x010203040506070A; sequence++) {
		struct disk disk = {0};
		struct ledger wrote = full(sequence);
		struct ledger read;

		write_whole(&disk, &wrote);
		assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
		assert_same(&read, &wrote);
	}
}

static void test_a_time_before_the_beginning_survives(void **state)
{
	struct disk disk = {0};
	struct ledger wrote = full(2);
	struct ledger read;

	(void)state;
	wrote.maintenance_until_ms = NEVER_MS;
	write_whole(&disk, &wrote);
	assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
	assert_true(read.maintenance_until_ms == NEVER_MS);
}

/* The layout is little-endian on every machine: a card may move between boards. */
static void test_layout(void **state)
{
	struct ledger wrote = full(0x0102030405060709);
	uint8_t slot[LEDGER_SLOT_SIZE];
	uint32_t crc;

	(void)state;
	assert_int_equal(ledger_encode(&wrote, slot), LEDGER_SLOT_SIZE);
	assert_memory_equal(slot, "LGDF\1\0\0\0\x09\7\6\5\4\3\2\1", 16);
	assert_memory_equal(slot + 16, "\x08\7\6\5\4\3\2\1\x34\x12", 10);
	assert_int_equal(slot[26], LEDGER_OUTAGE);
	assert_memory_equal(slot + 30, "33333333-", 9);
	/* After the names: unexplained, phase_ms, continued, and zeros up to the checksum. */
	assert_memory_equal(slot + 195, "\x78\x56\x18\x17\x16\x15\x14\x13\x12\x11\1", 11);
	for (size_t at = 206; at < LEDGER_SLOT_SIZE - 4; at++)
		assert_int_equal(slot[at], 0);
	crc = crc32_of(slot, LEDGER_SLOT_SIZE - 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(slot[LEDGER_SLOT_SIZE - 4 + i], crc >> 8 * i & 0xff);
	wrote.sequence++;
	assert_int_equal(ledger_encode(&wrote, slot), 0);
}

/* What lay in the slot's memory before is not written with it, and what lies behind the slot is left alone. */
static void test_a_slot_is_all_its_own(void **state)
{
	struct ledger ledger = full(2);
	uint8_t clean[LEDGER_SLOT_SIZE] = {0}, dirty[LEDGER_SLOT_SIZE + 1];

	(void)state;
	memset(dirty, 0xaa, sizeof(dirty));
	ledger_encode(&ledger, clean);
	ledger_encode(&ledger, dirty);
	assert_memory_equal(clean, dirty, sizeof(clean));
	assert_int_equal(dirty[LEDGER_SLOT_SIZE], 0xaa);
}

/* A file that grew has two slots all the same. */
static void test_what_follows_the_slots_is_not_read(void **state)
{
	static uint8_t bytes[3 * LEDGER_SLOT_SIZE];
	struct ledger older = full(8), newer = full(11), read;

	(void)state;
	ledger_encode(&older, bytes);
	ledger_encode(&newer, bytes + 2 * (size_t)LEDGER_SLOT_SIZE);
	assert_int_equal(ledger_decode(bytes, sizeof(bytes), LIMIT, &read), LEDGER_READ);
	assert_same(&read, &older);
}

/* P9: the newer of two good slots counts, in whichever place it is. */
static void test_the_newer_slot_counts(void **state)
{
	(void)state;
	for (uint64_t sequence = 1; sequence < 5; sequence++) {
		struct disk disk = {0};
		struct ledger older = full(sequence), newer = full(sequence + 1), read;

		newer.unsettled = 7;
		write_whole(&disk, &newer);
		write_whole(&disk, &older);
		assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
		assert_same(&read, &newer);
	}
}

/* P9: power cut at every byte of a write: what is read is all of the old or all of the new. */
static void test_torn_at_every_byte(void **state)
{
	(void)state;
	for (uint64_t sequence = 1; sequence < 3; sequence++) {
		struct disk disk = {0};
		struct ledger oldest = full(sequence - 1), older = full(sequence), newer = full(sequence + 1), read;
		uint8_t slot[LEDGER_SLOT_SIZE];
		size_t offset;

		newer.unsettled = 7;
		newer.phase = LEDGER_REBOOT;
		write_whole(&disk, &oldest);
		write_whole(&disk, &older);
		offset = ledger_encode(&newer, slot);
		for (size_t cut = 0; cut <= LEDGER_SLOT_SIZE; cut++) {
			if (cut > 0)
				disk.bytes[offset + cut - 1] = slot[cut - 1];
			/* Only zeros lie between the values and the checksum. */
			if (cut > 300 && cut < LEDGER_SLOT_SIZE - 8)
				continue;
			assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
			assert_same(&read, cut == LEDGER_SLOT_SIZE ? &newer : &older);
		}
	}
}

/* P6: a first write that is torn at any byte is corrupt, for nobody can tell it from a worn-out card: budget spent. */
static void test_a_torn_first_write_is_corrupt(void **state)
{
	(void)state;
	for (uint64_t sequence = 1; sequence < 3; sequence++)
		for (size_t cut = 1; cut < LEDGER_SLOT_SIZE; cut += cut < 300 || cut >= LEDGER_SLOT_SIZE - 8 ? 1 : 7) {
			struct disk disk = {0};
			struct ledger first = full(sequence), read;

			write_part(&disk, &first, cut);
			assert_int_equal(read_disk(&disk, &read), LEDGER_CORRUPT);
			assert_int_equal(read.unsettled, LIMIT);
			assert_int_equal(read.last_cause, END_UNKNOWN);
		}
}

/* P6, P9: any decayed byte is found: in one slot the other stands in, in both the budget is spent. */
static void test_decay_at_every_byte(void **state)
{
	struct disk good = {0};
	struct ledger older = full(8), newer = full(9), read;

	(void)state;
	newer.unsettled = 1;
	write_whole(&good, &older);
	write_whole(&good, &newer);
	for (size_t at = 0; at < LEDGER_SLOT_SIZE; at++)
		for (unsigned flip = 1; flip < 256; flip += at < 200 ? 1 + flip : 255) {
			struct disk disk = good;

			disk.bytes[LEDGER_SLOT_SIZE + at] ^= (uint8_t)flip;
			assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
			assert_int_equal(read.sequence, 8);
			disk.bytes[at] ^= (uint8_t)flip;
			assert_int_equal(read_disk(&disk, &read), LEDGER_CORRUPT);
			assert_int_equal(read.unsettled, LIMIT);
			disk.bytes[LEDGER_SLOT_SIZE + at] ^= (uint8_t)flip;
			assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
			assert_int_equal(read.sequence, 9);
		}
}

/* P6: what was never a ledger is corrupt, at every length. */
static void test_foreign_files_are_corrupt(void **state)
{
	static const uint8_t fills[] = {0, 0xff, 'x'};

	(void)state;
	for (size_t f = 0; f < sizeof(fills); f++)
		for (size_t length = 1; length <= LEDGER_SIZE; length += length < 20 ? 1 : 509) {
			uint8_t bytes[LEDGER_SIZE];
			struct ledger ledger;

			memset(bytes, fills[f], sizeof(bytes));
			assert_int_equal(ledger_decode(bytes, length, LIMIT, &ledger), LEDGER_CORRUPT);
			assert_int_equal(ledger.unsettled, LIMIT);
			assert_true(ledger.maintenance_until_ms == NEVER_MS);
		}
}

/* P9: a file that lost its end is read as far as it is whole. */
static void test_a_file_that_lost_its_end(void **state)
{
	struct disk disk = {0};
	struct ledger even = full(8), odd = full(9), read;

	(void)state;
	write_whole(&disk, &even);
	write_whole(&disk, &odd);
	for (disk.length = 1; disk.length < LEDGER_SLOT_SIZE; disk.length++)
		assert_int_equal(read_disk(&disk, &read), LEDGER_CORRUPT);
	for (; disk.length < LEDGER_SIZE; disk.length++) {
		assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
		assert_int_equal(read.sequence, 8);
	}
	assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
	assert_int_equal(read.sequence, 9);
}

static void seal(uint8_t slot[LEDGER_SLOT_SIZE])
{
	uint32_t crc = crc32_of(slot, LEDGER_SLOT_SIZE - 4);

	for (unsigned i = 0; i < 4; i++)
		slot[LEDGER_SLOT_SIZE - 4 + i] = (uint8_t)(crc >> 8 * i);
}

/* P6: a slot whose checksum is right but whose values cannot be is refused all the same. */
static void test_impossible_values_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t last_good, first_bad;
	} fields[] = {
	        {0, 'L', 'M'},
	        {4, 1, 2},
	        {4, 1, 0},
	        {26, LEDGER_PHASE_COUNT - 1, LEDGER_PHASE_COUNT},
	        {27, CAUSE_COUNT - 1, CAUSE_COUNT},
	        {28, END_CAUSE_COUNT - 1, END_CAUSE_COUNT},
	        {29, CAUSE_COUNT - 1, CAUSE_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct disk disk = {0};
		struct ledger ledger = full(2), read;

		write_whole(&disk, &ledger);
		disk.bytes[fields[i].at] = fields[i].last_good;
		seal(disk.bytes);
		assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
		disk.bytes[fields[i].at] = fields[i].first_bad;
		seal(disk.bytes);
		assert_int_equal(read_disk(&disk, &read), LEDGER_CORRUPT);
	}
}

/* P6: a slot that says it is newer, and whose values cannot be, is passed over. */
static void test_a_newer_slot_that_cannot_be_is_passed_over(void **state)
{
	(void)state;
	for (uint64_t sequence = 2; sequence < 4; sequence++) {
		struct disk disk = {0};
		struct ledger good = full(sequence), bad = full(sequence + 1), read;
		uint8_t *slot = disk.bytes + (sequence + 1) % 2 * LEDGER_SLOT_SIZE;

		write_whole(&disk, &good);
		write_whole(&disk, &bad);
		slot[26] = LEDGER_PHASE_COUNT;
		seal(slot);
		assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
		assert_same(&read, &good);
	}
}

/* Names without an end get one. */
static void test_names_end(void **state)
{
	struct disk disk = {0};
	struct ledger ledger = full(2), read;

	(void)state;
	write_whole(&disk, &ledger);
	memset(disk.bytes + 30, 'z', BOOT_ID_SIZE + 1 + 4 * NAME_SIZE);
	seal(disk.bytes);
	assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
	assert_int_equal(strlen(read.boot_id), BOOT_ID_SIZE);
	assert_int_equal(strlen(read.service), NAME_SIZE - 1);
	assert_int_equal(strlen(read.check), NAME_SIZE - 1);
	assert_int_equal(strlen(read.last_service), NAME_SIZE - 1);
	assert_int_equal(strlen(read.last_check), NAME_SIZE - 1);
}

/* --- events --- */

static struct event event_of(enum event_kind kind, enum board_state board, int64_t value)
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

static bool apply(struct ledger *ledger, enum event_kind kind, enum board_state board, int64_t value)
{
	struct event event = event_of(kind, board, value);
	uint64_t before = ledger->sequence;
	bool changed = ledger_apply(ledger, &event, "web", "http");

	assert_int_equal(ledger->sequence, before + (changed ? 1 : 0));
	return changed;
}

/* P9: in steady state, and for all that the ledger does not keep, nothing is written. */
static void test_most_events_change_nothing(void **state)
{
	static const enum event_kind kinds[] = {EVENT_BOOT, EVENT_CHECK_FAILED, EVENT_CHECK_PASSED, EVENT_SERVICE_DOWN,
	        EVENT_SERVICE_UP, EVENT_START, EVENT_RESTART, EVENT_RESTART_DONE, EVENT_RESTART_FAILED,
	        EVENT_HELPER_DIED, EVENT_HELPER_STARTED, EVENT_DROPPED, EVENT_STORAGE, EVENT_WARNING, EVENT_EXITED,
	        EVENT_REBOOT_DONE, EVENT_REBOOT_FAILED, EVENT_KIND_COUNT};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (int board = 0; board <= BOARD_STATE_COUNT; board++) {
			struct ledger ledger = opened(boot_one);
			struct ledger before = ledger;

			assert_false(apply(&ledger, kinds[i], (enum board_state)board, 9));
			assert_same(&ledger, &before);
		}
}

/* P9: doubt and back is not written: only what matters to the next boot. */
static void test_states_that_are_written(void **state)
{
	static const struct {
		enum board_state board;
		enum ledger_phase from, to;
	} cases[] = {
	        {BOARD_WELL, LEDGER_RUNNING, LEDGER_RUNNING},
	        {BOARD_DOUBT, LEDGER_RUNNING, LEDGER_RUNNING},
	        {BOARD_MAINTENANCE, LEDGER_RUNNING, LEDGER_RUNNING},
	        {BOARD_STARTING, LEDGER_OUTAGE, LEDGER_OUTAGE},
	        {BOARD_REBOOTING, LEDGER_REBOOT, LEDGER_REBOOT},
	        {BOARD_LETGO, LEDGER_LETGO, LEDGER_LETGO},
	        {BOARD_HOLD, LEDGER_HOLD, LEDGER_HOLD},
	        {BOARD_STATE_COUNT, LEDGER_OUTAGE, LEDGER_OUTAGE},
	        {BOARD_RECOVERING, LEDGER_OUTAGE, LEDGER_OUTAGE},
	        {BOARD_RECOVERING, LEDGER_RUNNING, LEDGER_OUTAGE},
	        {BOARD_WELL, LEDGER_OUTAGE, LEDGER_RUNNING},
	        {BOARD_DOUBT, LEDGER_OUTAGE, LEDGER_RUNNING},
	        {BOARD_WELL, LEDGER_HOLD, LEDGER_RUNNING},
	        {BOARD_MAINTENANCE, LEDGER_HOLD, LEDGER_RUNNING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ledger ledger = opened(boot_one);

		ledger.phase = (uint8_t)cases[i].from;
		assert_int_equal(apply(&ledger, EVENT_STATE, cases[i].board, 0), cases[i].from != cases[i].to);
		assert_int_equal(ledger.phase, cases[i].to);
	}
}

/* P14: an outage notes who is to blame; its end forgets it. */
static void test_an_outage_notes_its_culprit(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_string_equal(ledger.service, "web");
	assert_string_equal(ledger.check, "http");
	assert_int_equal(ledger.cause, CAUSE_REFUSED);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_WELL, 0));
	assert_string_equal(ledger.service, "");
	assert_string_equal(ledger.check, "");
}

/* P6: a reboot, letting go and hold bring the count with them. */
static void test_the_count_is_kept(void **state)
{
	static const enum event_kind kinds[] = {EVENT_REBOOT, EVENT_LETGO, EVENT_HOLD};
	static const enum ledger_phase phases[] = {LEDGER_REBOOT, LEDGER_LETGO, LEDGER_HOLD};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ledger ledger = opened(boot_one);

		assert_true(apply(&ledger, kinds[i], BOARD_REBOOTING, 2));
		assert_int_equal(ledger.unsettled, 2);
		assert_int_equal(ledger.phase, phases[i]);
		assert_string_equal(ledger.service, "web");
		/* Said again it is written again: the count may be another. */
		assert_true(apply(&ledger, kinds[i], BOARD_REBOOTING, 3));
		assert_int_equal(ledger.unsettled, 3);
		assert_true(apply(&ledger, EVENT_SETTLED, BOARD_WELL, 3));
		assert_int_equal(ledger.unsettled, 0);
	}
}

static void test_long_names_are_cut(void **state)
{
	struct ledger ledger = opened(boot_one);
	struct event event = event_of(EVENT_REBOOT, BOARD_REBOOTING, 1);
	static const char longest[] = "0123456789012345678901234567890123456789";
	char name[sizeof(longest)];

	(void)state;
	for (size_t length = 0; length < sizeof(longest); length++) {
		size_t kept = length < NAME_SIZE - 1 ? length : NAME_SIZE - 1;

		memset(name, 0, sizeof(name));
		memcpy(name, longest, length);
		ledger.phase = LEDGER_RUNNING;
		ledger_apply(&ledger, &event, name, name);
		assert_int_equal(strlen(ledger.service), kept);
		assert_memory_equal(ledger.service, longest, kept);
		assert_string_equal(ledger.check, ledger.service);
	}
}

/* P7: maintenance is remembered to its end, by this boot's clock. */
static void test_maintenance_is_remembered(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_MAINTENANCE, BOARD_MAINTENANCE, 0));
	assert_int_equal(ledger.maintenance_until_ms, 5700);
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, boot_one));
	assert_int_equal(ledger.maintenance_until_ms, 5700);
	struct ledger other = ledger;
	assert_true(ledger_open_boot(&other, LEDGER_READ, boot_two));
	assert_true(other.maintenance_until_ms == NEVER_MS);
	assert_true(apply(&ledger, EVENT_RESUMED, BOARD_DOUBT, 0));
	assert_true(ledger.maintenance_until_ms == NEVER_MS);
}

/* P14: a boot that ends on its way down was planned, also where the last word of feeddogd is lost; unless it was let go of. */
static void test_a_shutdown_is_a_planned_end(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
	assert_false(apply(&ledger, EVENT_STATE, BOARD_REBOOTING, 0));
	struct ledger hung = ledger;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.last_cause, END_PLANNED);
	assert_int_equal(ledger.unsettled, 0);
	assert_true(apply(&hung, EVENT_LETGO, BOARD_LETGO, 0));
	assert_true(ledger_open_boot(&hung, LEDGER_READ, boot_two));
	assert_int_equal(hung.last_cause, END_LETGO);
	assert_int_equal(hung.unsettled, 0);
	assert_int_equal(hung.unexplained, 0);
}

/* P6: a person who ends a hold gives the reboots back; the end of maintenance, by a person or by time, does not. */
static void test_who_ends_a_hold_gives_reboots_back(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	apply(&ledger, EVENT_HOLD, BOARD_HOLD, 3);
	struct ledger by_time = ledger, maintained = ledger;
	assert_true(apply(&ledger, EVENT_RESUMED, BOARD_DOUBT, 1));
	assert_int_equal(ledger.unsettled, 0);
	apply(&maintained, EVENT_MAINTENANCE, BOARD_MAINTENANCE, 0);
	apply(&maintained, EVENT_STATE, BOARD_MAINTENANCE, 0);
	apply(&maintained, EVENT_RESUMED, BOARD_DOUBT, 1);
	assert_int_equal(maintained.unsettled, 3);
	/* Maintenance in a hold that ends by time, though the word of its beginning was lost. */
	apply(&by_time, EVENT_RESUMED, BOARD_DOUBT, 0);
	assert_int_equal(by_time.unsettled, 3);
}

/* P14: the last word on a boot is the ladder's, whatever stops on the way down. */
static void test_endings_are_not_overwritten(void **state)
{
	static const enum event_kind endings[] = {EVENT_REBOOT, EVENT_LETGO};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ledger ledger = opened(boot_one);

		apply(&ledger, endings[i], BOARD_REBOOTING, 1);
		uint8_t phase = ledger.phase;
		assert_false(apply(&ledger, EVENT_DISARMED, BOARD_REBOOTING, 0));
		assert_int_equal(ledger.phase, phase);
		assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
		assert_int_equal(ledger.phase, phase);
		assert_string_equal(ledger.service, "web");
	}
}

/* P6: arming is always written: it shows that the ledger can be. */
static void test_arming_is_written(void **state)
{
	static const enum ledger_phase phases[] = {LEDGER_RUNNING, LEDGER_STOPPED, LEDGER_HOLD};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ledger ledger = opened(boot_one);

		ledger.phase = (uint8_t)phases[i];
		assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
		assert_int_equal(ledger.phase, LEDGER_RUNNING);
	}
}

/*
 * P2: whoever is killed in an outage goes on with it: arming once more does not say that all is well. Found by killing
 * feeddogd again and again in an outage: each start found the ledger running and had a whole restart_for.
 */
static void test_arming_does_not_end_an_outage(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_int_equal(ledger.phase_ms, 0);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_int_equal(ledger.phase_ms, 5000);
	assert_int_equal(ledger.continued, 0);
	ledger.phase_ms = 4000;
	assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
	assert_int_equal(ledger.phase, LEDGER_OUTAGE);
	assert_int_equal(ledger.continued, 1);
	assert_false(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_int_equal(ledger.phase_ms, 4000);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_WELL, 0));
	assert_int_equal(ledger.phase_ms, 5000);
	assert_int_equal(ledger.continued, 0);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.phase_ms, 0);
}

/*
 * P2, P14: nor a shutdown. A feeder that was killed in one found the ledger stopped: it began anew, restarted what had been shut
 * down, had all of its budgets, and the next boot called the end unexplained.
 */
static void test_arming_does_not_end_a_shutdown(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
	assert_int_equal(ledger.phase, LEDGER_GOING_DOWN);
	ledger.phase_ms = 4000;
	assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
	assert_int_equal(ledger.phase, LEDGER_GOING_DOWN);
	assert_int_equal(ledger.continued, 1);
	assert_false(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
	assert_int_equal(ledger.phase_ms, 4000);
	/* A stop in order ends it: what starts then is another system, though of the same boot. */
	assert_true(apply(&ledger, EVENT_DISARMED, BOARD_REBOOTING, 0));
	assert_int_equal(ledger.phase, LEDGER_STOPPED);
	/* A reboot of ours is the last word on a boot. */
	ledger.phase = LEDGER_REBOOT;
	assert_false(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
}

static void test_a_stop_is_noted_once(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_DISARMED, BOARD_WELL, 1));
	assert_int_equal(ledger.phase, LEDGER_STOPPED);
	assert_false(apply(&ledger, EVENT_DISARMED, BOARD_WELL, 1));
}

/* --- boots --- */

/* P14: every way in which a boot can end says so in the next one, with service, check and cause. */
static void test_every_phase_is_attributed(void **state)
{
	static const struct {
		enum ledger_phase phase;
		enum end_cause end;
		uint16_t unsettled, unexplained;
	} cases[] = {
	        {LEDGER_RUNNING, END_UNEXPLAINED, 1, 3}, /* P6: it may be a reset that could not be counted */
	        {LEDGER_OUTAGE, END_UNEXPLAINED, 2, 2},  /* P6: it may be the outage that reset the board */
	        {LEDGER_REBOOT, END_REBOOT, 1, 2},
	        {LEDGER_LETGO, END_LETGO, 1, 2},
	        {LEDGER_HOLD, END_UNEXPLAINED, 1, 3},
	        {LEDGER_STOPPED, END_PLANNED, 1, 0},
	        {LEDGER_GOING_DOWN, END_PLANNED, 1, 0},
	        {LEDGER_PHASE_COUNT, END_UNEXPLAINED, 1, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ledger ledger = full(5);

		ledger.phase = (uint8_t)cases[i].phase;
		ledger.unsettled = 1;
		ledger.unexplained = 2;
		assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
		assert_int_equal(ledger.last_cause, cases[i].end);
		assert_int_equal(ledger.last_why, CAUSE_STATUS);
		assert_string_equal(ledger.last_service, "a-service-with-a-very-long-name");
		assert_string_equal(ledger.last_check, "check");
		assert_int_equal(ledger.unsettled, cases[i].unsettled);
		assert_int_equal(ledger.unexplained, cases[i].unexplained);
		assert_int_equal(ledger.phase, LEDGER_RUNNING);
		assert_int_equal(ledger.cause, CAUSE_NONE);
		assert_string_equal(ledger.service, "");
		assert_string_equal(ledger.check, "");
		assert_string_equal(ledger.boot_id, boot_two);
		assert_true(ledger.maintenance_until_ms == NEVER_MS);
	}
}

static void test_the_count_of_outages_does_not_wrap(void **state)
{
	struct ledger ledger = full(5);

	(void)state;
	ledger.unsettled = UINT16_MAX;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.unsettled, UINT16_MAX);
	assert_int_equal(ledger.unexplained, 0x5678);
	ledger.unexplained = UINT16_MAX;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_one));
	assert_int_equal(ledger.unexplained, UINT16_MAX);
}

/* P6: what being well for long, or a person, gives back. */
static void test_ends_without_a_word_are_forgotten_with_the_reboots(void **state)
{
	struct ledger ledger = full(5);

	(void)state;
	assert_true(apply(&ledger, EVENT_SETTLED, BOARD_WELL, 0));
	assert_int_equal(ledger.unexplained, 0);
	ledger.unexplained = 2;
	ledger.phase = LEDGER_HOLD;
	assert_true(apply(&ledger, EVENT_RESUMED, BOARD_DOUBT, 1));
	assert_int_equal(ledger.unexplained, 0);
}

/* P6: where the kernel tells no boot id, no two starts are of one boot. */
static void test_no_boot_id_is_nobodys(void **state)
{
	static const char none[BOOT_ID_SIZE + 1] = "";
	struct ledger ledger = opened(none);

	(void)state;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, none));
	assert_int_equal(ledger.last_cause, END_UNEXPLAINED);
}

/* But the shortest id there can be is one. */
static void test_a_boot_id_of_one_letter_is_one(void **state)
{
	static const char one[BOOT_ID_SIZE + 1] = "1";
	struct ledger ledger = opened(one);

	(void)state;
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, one));
}

/* P14: that feeddogd was killed and went on is of one boot; the next begins without it. */
static void test_a_new_boot_is_not_continued(void **state)
{
	struct ledger ledger = full(5);

	(void)state;
	assert_int_equal(ledger.continued, 1);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.continued, 0);
}

/* P14: the same boot goes on as it was: feeddogd was started again, nothing has ended. */
static void test_the_same_boot_goes_on(void **state)
{
	struct ledger ledger = full(5);
	struct ledger before = ledger;

	(void)state;
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, before.boot_id));
	assert_same(&ledger, &before);
}

/* P14: what differs only by a part is another boot. */
static void test_boots_are_told_apart_to_the_last_character(void **state)
{
	static const char *const others[] = {"", "3", "33333333-3333-4333-8333-33333333333",
	        "33333333-3333-4333-8333-333333333334", "43333333-3333-4333-8333-333333333333"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct ledger ledger = full(5);
		char boot_id[BOOT_ID_SIZE + 1] = "";

		memcpy(boot_id, others[i], strlen(others[i]));
		assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_id));
		assert_string_equal(ledger.boot_id, others[i]);
	}
}

static void test_a_boot_id_that_is_too_long_is_cut(void **state)
{
	static const char longer[] = "11111111-1111-4111-8111-1111111111112222";
	struct ledger ledger = opened(longer);

	(void)state;
	assert_string_equal(ledger.boot_id, boot_one);
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, longer));
}

/* P14: a first boot is one, and what cannot be read is said to be unknown. */
static void test_first_and_unknown(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_int_equal(ledger.last_cause, END_FIRST);
	assert_int_equal(ledger.unsettled, 0);
	assert_string_equal(ledger.boot_id, boot_one);
	assert_int_equal(ledger_decode((const uint8_t *)"?", 1, LIMIT, &ledger), LEDGER_CORRUPT);
	assert_true(ledger_open_boot(&ledger, LEDGER_CORRUPT, boot_one));
	assert_int_equal(ledger.last_cause, END_UNKNOWN);
	assert_int_equal(ledger.unsettled, LIMIT);
	assert_string_equal(ledger.boot_id, boot_one);
}

/* P14: the cause of the boot before the last is forgotten, not mixed up. */
static void test_a_planned_stop_after_a_reboot(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	apply(&ledger, EVENT_REBOOT, BOARD_REBOOTING, 1);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.last_cause, END_REBOOT);
	assert_string_equal(ledger.last_service, "web");
	apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0);
	struct event stop = event_of(EVENT_DISARMED, BOARD_WELL, 1);
	stop.cause = CAUSE_NONE;
	assert_true(ledger_apply(&ledger, &stop, "", ""));
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_one));
	assert_int_equal(ledger.last_cause, END_PLANNED);
	assert_int_equal(ledger.last_why, CAUSE_NONE);
	assert_string_equal(ledger.last_service, "");
	assert_int_equal(ledger.unsettled, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_missing_is_fresh),
	        cmocka_unit_test(test_every_field_survives),
	        cmocka_unit_test(test_a_time_before_the_beginning_survives),
	        cmocka_unit_test(test_layout),
	        cmocka_unit_test(test_a_slot_is_all_its_own),
	        cmocka_unit_test(test_what_follows_the_slots_is_not_read),
	        cmocka_unit_test(test_the_newer_slot_counts),
	        cmocka_unit_test(test_torn_at_every_byte),
	        cmocka_unit_test(test_a_torn_first_write_is_corrupt),
	        cmocka_unit_test(test_decay_at_every_byte),
	        cmocka_unit_test(test_foreign_files_are_corrupt),
	        cmocka_unit_test(test_a_file_that_lost_its_end),
	        cmocka_unit_test(test_impossible_values_are_refused),
	        cmocka_unit_test(test_a_newer_slot_that_cannot_be_is_passed_over),
	        cmocka_unit_test(test_names_end),
	        cmocka_unit_test(test_most_events_change_nothing),
	        cmocka_unit_test(test_states_that_are_written),
	        cmocka_unit_test(test_an_outage_notes_its_culprit),
	        cmocka_unit_test(test_the_count_is_kept),
	        cmocka_unit_test(test_long_names_are_cut),
	        cmocka_unit_test(test_maintenance_is_remembered),
	        cmocka_unit_test(test_a_shutdown_is_a_planned_end),
	        cmocka_unit_test(test_who_ends_a_hold_gives_reboots_back),
	        cmocka_unit_test(test_endings_are_not_overwritten),
	        cmocka_unit_test(test_arming_is_written),
	        cmocka_unit_test(test_arming_does_not_end_an_outage),
	        cmocka_unit_test(test_arming_does_not_end_a_shutdown),
	        cmocka_unit_test(test_a_stop_is_noted_once),
	        cmocka_unit_test(test_every_phase_is_attributed),
	        cmocka_unit_test(test_the_count_of_outages_does_not_wrap),
	        cmocka_unit_test(test_ends_without_a_word_are_forgotten_with_the_reboots),
	        cmocka_unit_test(test_no_boot_id_is_nobodys),
	        cmocka_unit_test(test_a_boot_id_of_one_letter_is_one),
	        cmocka_unit_test(test_a_new_boot_is_not_continued),
	        cmocka_unit_test(test_the_same_boot_goes_on),
	        cmocka_unit_test(test_boots_are_told_apart_to_the_last_character),
	        cmocka_unit_test(test_a_boot_id_that_is_too_long_is_cut),
	        cmocka_unit_test(test_first_and_unknown),
	        cmocka_unit_test(test_a_planned_stop_after_a_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
