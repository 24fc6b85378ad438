/* SPDX-License-Identifier: MIT
 *
 * core/respawn: when a helper that died is started again.
 */
#include "core/respawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* P4: a helper that dies again and again is started again for ever, at growing distances. */
static void test_delay_doubles_to_ten_seconds(void **state)
{
	static const uint32_t delays_ms[] = {250, 500, 1000, 2000, 4000, 8000, 10000, 10000, 10000};
	uint32_t delay_ms = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
		delay_ms = respawn_delay_ms(delay_ms, 0);
		assert_int_equal(delay_ms, delays_ms[i]);
	}
}

/* P4: one that lived for a minute is started again at once, and its next delay is the first again. */
static void test_a_minute_of_life_makes_whole(void **state)
{
	(void)state;
	assert_int_equal(respawn_delay_ms(10000, 59999), 10000);
	assert_int_equal(respawn_delay_ms(10000, 60000), 0);
	assert_int_equal(respawn_delay_ms(10000, 60001), 0);
	assert_int_equal(respawn_delay_ms(0, 60000), 0);
	assert_int_equal(respawn_delay_ms(0, 59999), 250);
}

static void test_last_delay_is_met_from_both_sides(void **state)
{
	(void)state;
	assert_int_equal(respawn_delay_ms(4999, 0), 9998);
	assert_int_equal(respawn_delay_ms(5000, 0), 10000);
	assert_int_equal(respawn_delay_ms(5001, 0), 10000);
	assert_int_equal(respawn_delay_ms(UINT32_MAX, 0), 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_delay_doubles_to_ten_seconds),
	        cmocka_unit_test(test_a_minute_of_life_makes_whole),
	        cmocka_unit_test(test_last_delay_is_met_from_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
