/* SPDX-License-Identifier: MIT
 *
 * core/crc32: the checksum of IEEE 802.3, by its published check values, and what it must find.
 */
#include "core/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
