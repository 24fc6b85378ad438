/* SPDX-License-Identifier: MIT
 *
 * core/crc32: the checksum of IEEE 802.3, by its published check values, and what it must find.
 */
#include "core/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_published_values(void **state)
{
	uint8_t zeros[32] = {0};
	uint8_t ones[32];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(crc32_of((const uint8_t *)"123456789", 9), 0xCBF43926);
	assert_int_equal(crc32_of((const uint8_t *)"", 0), 0);
	assert_int_equal(crc32_of((const uint8_t *)"a", 1), 0xE8B7BE43);
	assert_int_equal(crc32_of((const uint8_t *)"The quick brown fox jumps over the lazy dog", 43), 0x414FA339);
	assert_int_equal(crc32_of(zeros, sizeof(zeros)), 0x190A55AD);
	assert_int_equal(crc32_of(ones, sizeof(ones)), 0xFF6CAB0B);
}

/* P9: every single decayed bit, and every pair of them, shows. */
static void test_decayed_bits_are_found(void **state)
{
	uint8_t bytes[24];
	uint32_t good;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	good = crc32_of(bytes, sizeof(bytes));
	for (size_t a = 0; a < 8 * sizeof(bytes); a++) {
		bytes[a / 8] ^= (uint8_t)(1U << a % 8);
		assert_int_not_equal(crc32_of(bytes, sizeof(bytes)), good);
		for (size_t b = 0; b < a; b++) {
			bytes[b / 8] ^= (uint8_t)(1U << b % 8);
			assert_int_not_equal(crc32_of(bytes, sizeof(bytes)), good);
			bytes[b / 8] ^= (uint8_t)(1U << b % 8);
		}
		bytes[a / 8] ^= (uint8_t)(1U << a % 8);
	}
	assert_int_equal(crc32_of(bytes, sizeof(bytes)), good);
}

/* --- over a whole slot of the ledger --- */

enum { SLOT_BYTES = 4092, SLOT_BITS = 8 * SLOT_BYTES };

/*
 * What one flipped bit does to the checksum. It is the same whatever the slot holds, and whatever comes before that bit, and what
 * several do is the sum of what each does. Bits are counted from the slot's end.
 */
static uint32_t traces[SLOT_BITS];

static void trace_all(void)
{
	static uint8_t bytes[SLOT_BYTES];

	for (size_t length = 1; length <= SLOT_BYTES; length++) {
		uint32_t none = crc32_of(bytes, length);

		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[0] = (uint8_t)(1U << bit);
			traces[8 * (length - 1) + 7 - bit] = crc32_of(bytes, length) ^ none;
		}
		bytes[0] = 0;
	}
}

static void test_what_a_bit_does_is_the_same_in_any_slot(void **state)
{
	uint8_t bytes[SLOT_BYTES];
	uint32_t good;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i % 251);
	good = crc32_of(bytes, sizeof(bytes));
	for (size_t from_end = 0; from_end < SLOT_BITS; from_end += 1009) {
		size_t at = SLOT_BYTES - 1 - from_end / 8;

		bytes[at] ^= (uint8_t)(1U << (7 - from_end % 8));
		good ^= traces[from_end];
		assert_int_equal(crc32_of(bytes, sizeof(bytes)), good);
	}
}

static int compare(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

/* P9: any one or two flipped bits of a slot show: no bit leaves no trace, and no two leave the same. */
static void test_any_two_bits_of_a_slot_show(void **state)
{
	static uint32_t sorted[SLOT_BITS];

	(void)state;
	memcpy(sorted, traces, sizeof(sorted));
	qsort(sorted, SLOT_BITS, sizeof(sorted[0]), compare);
	assert_true(sorted[0] > 0);
	for (size_t i = 1; i < SLOT_BITS; i++)
		assert_true(sorted[i] > sorted[i - 1]);
}

/* Whether no sum of these 32 is nothing: elimination, bit by bit. */
static bool are_independent(const uint32_t words[32])
{
	uint32_t basis[32] = {0};
	int found = 0;

	for (int i = 0; i < 32; i++) {
		uint32_t rest = words[i];

		for (int bit = 31; bit >= 0 && rest != 0; bit--) {
			if (!(rest >> bit & 1))
				continue;
			if (basis[bit] == 0) {
				basis[bit] = rest;
				found++;
				break;
			}
			rest ^= basis[bit];
		}
	}
	return found == 32;
}

/* P9: and so does whatever becomes of 32 bits in a row, be it a byte or four. */
static void test_any_run_of_32_bits_shows(void **state)
{
	(void)state;
	for (size_t first = 0; first + 32 <= SLOT_BITS; first++)
		assert_true(are_independent(traces + first));
}

static void test_length_counts(void **state)
{
	static const uint8_t zeros[8] = {0};

	(void)state;
	for (size_t a = 0; a <= sizeof(zeros); a++)
		for (size_t b = 0; b < a; b++)
			assert_int_not_equal(crc32_of(zeros, a), crc32_of(zeros, b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_published_values),
	        cmocka_unit_test(test_decayed_bits_are_found),
	        cmocka_unit_test(test_length_counts),
	        cmocka_unit_test(test_what_a_bit_does_is_the_same_in_any_slot),
	        cmocka_unit_test(test_any_two_bits_of_a_slot_show),
	        cmocka_unit_test(test_any_run_of_32_bits_shows),
	};

	trace_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
