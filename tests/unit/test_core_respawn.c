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

/* P4: the time in which one that was started has to be heard doubles for each before it that never was, up to a bound. */
static void test_unheard_time_doubles(void **state)
{
	uint32_t time_ms = RESPAWN_UNHEARD_MS;
	(void)state;

	for (unsigned unheard = 0; unheard < 100; unheard++) {
		assert_int_equal(respawn_unheard_ms(unheard), time_ms);
		if (time_ms < RESPAWN_UNHEARD_MAX_MS)
			time_ms *= 2;
	}
	assert_int_equal(time_ms, RESPAWN_UNHEARD_MAX_MS);
	assert_int_equal(respawn_unheard_ms(UINT32_MAX), RESPAWN_UNHEARD_MAX_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_delay_doubles_to_ten_seconds),
	        cmocka_unit_test(test_a_minute_of_life_makes_whole),
	        cmocka_unit_test(test_last_delay_is_met_from_both_sides),
	        cmocka_unit_test(test_unheard_time_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
