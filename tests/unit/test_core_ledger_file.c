/* SPDX-License-Identifier: MIT
 *
 * core/ledger: its bytes, whatever becomes of them.
 */
#include "ledger_fixture.h"

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
	assert_memory_equal(slot, "LGDF\2\0\0\0\x09\7\6\5\4\3\2\1", 16);
	assert_memory_equal(slot + 16, "\x08\7\6\5\4\3\2\1\x34\x12", 10);
	assert_int_equal(slot[26], LEDGER_OUTAGE);
	assert_memory_equal(slot + 30, "33333333-", 9);
	/* After the names: unexplained, phase_ms, continued, proven, outage, last_counted, and zeros up to the checksum. */
	assert_memory_equal(slot + 195, "\x78\x56\x18\x17\x16\x15\x14\x13\x12\x11\1", 11);
	assert_memory_equal(slot + 206, "\x28\x27\x26\x25\x24\x23\x22\x21\1\1", 10);
	for (size_t at = 216; at < LEDGER_SLOT_SIZE - 4; at++)
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

/* P6, P16: the ledger of feeddog 0.1 is read; nothing is proven by it, and its phase says whether it ended in an outage. */
static void test_the_old_version_is_read(void **state)
{
	static const struct {
		enum ledger_phase phase;
		bool outage;
	} cases[] = {{LEDGER_RUNNING, false}, {LEDGER_OUTAGE, true}, {LEDGER_REBOOT, true}, {LEDGER_LETGO, true},
	        {LEDGER_HOLD, true}, {LEDGER_STOPPED, false}, {LEDGER_GOING_DOWN, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct disk disk = {0};
		struct ledger ledger = full(2), read;

		ledger.phase = (uint8_t)cases[i].phase;
		ledger.proven = 0;
		ledger.outage = ledger.last_counted = 0;
		write_whole(&disk, &ledger);
		disk.bytes[4] = 1;
		seal(disk.bytes);
		assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
		ledger.outage = cases[i].outage;
		assert_same(&read, &ledger);
	}
}

/* P6: a slot whose checksum is right but whose values cannot be is refused all the same. */
static void test_impossible_values_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t last_good, first_bad;
	} fields[] = {
	        {0, 'L', 'M'},
	        {4, 2, 3},
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
	        cmocka_unit_test(test_the_old_version_is_read),
	        cmocka_unit_test(test_impossible_values_are_refused),
	        cmocka_unit_test(test_a_newer_slot_that_cannot_be_is_passed_over),
	        cmocka_unit_test(test_names_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
