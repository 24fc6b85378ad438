/* SPDX-License-Identifier: MIT
 *
 * So many matches within so long, and when an alarm is over.
 */
#include "checker/log/match_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add(struct match_window *window, int64_t now_ms, int matches)
{
	while (matches-- > 0)
		match_window_add(window, now_ms);
}

static void exactly_so_many(void **state)
{
	struct match_window window;

	(void)state;
	for (uint32_t count = 1; count < 5; count++) {
		assert_int_equal(match_window_open(&window, count, 1000), 0);
		for (uint32_t i = 1; i < count; i++) {
			add(&window, i, 1);
			assert_int_equal(match_window_judge(&window, i), 0);
		}
		add(&window, count, 1);
		assert_int_equal(match_window_judge(&window, count), count);
		match_window_close(&window);
	}
}

/* One millisecond before, at and after the first of three is too old. */
static void exactly_so_long(void **state)
{
	struct match_window window;

	(void)state;
	for (int64_t last_ms = 1099; last_ms <= 1101; last_ms++) {
		assert_int_equal(match_window_open(&window, 3, 1000), 0);
		add(&window, 100, 1);
		add(&window, 600, 1);
		assert_int_equal(match_window_judge(&window, 600), 0);
		add(&window, last_ms, 1);
		assert_int_equal(match_window_judge(&window, last_ms), last_ms <= 1100 ? 3 : 0);
		match_window_close(&window);
	}
}

static void slow_ones_never_come_to_it(void **state)
{
	struct match_window window;

	(void)state;
	assert_int_equal(match_window_open(&window, 3, 1000), 0);
	for (int64_t now_ms = 0; now_ms < 1000000; now_ms += 501) {
		add(&window, now_ms, 1);
		assert_int_equal(match_window_judge(&window, now_ms), 0);
	}
	match_window_close(&window);
}

static void all_are_told(void **state)
{
	struct match_window window;

	(void)state;
	assert_int_equal(match_window_open(&window, 3, 1000), 0);
	add(&window, 0, 2);
	assert_int_equal(match_window_judge(&window, 0), 0);
	/* The two are too old by now, though they leave the ring only now. */
	add(&window, 1001, 10);
	assert_int_equal(match_window_judge(&window, 1001), 10);
	match_window_close(&window);
}

static void an_alarm_is_an_episode(void **state)
{
	struct match_window window;

	(void)state;
	assert_int_equal(match_window_open(&window, 3, 1000), 0);
	add(&window, 10, 5);
	assert_int_equal(match_window_judge(&window, 10), 5);
	/* While they keep coming, however few. */
	add(&window, 20, 1);
	assert_int_equal(match_window_judge(&window, 20), 1);
	add(&window, 30, 2);
	assert_int_equal(match_window_judge(&window, 30), 2);
	/* Over at the first look without any, and what came before is used up. */
	assert_int_equal(match_window_judge(&window, 40), 0);
	add(&window, 50, 2);
	assert_int_equal(match_window_judge(&window, 50), 0);
	add(&window, 60, 1);
	assert_int_equal(match_window_judge(&window, 60), 3);
	match_window_close(&window);
}

/* P4: at every point of its ring, a window that was stored and restored goes on as if nothing had happened. */
static void a_window_outlives_its_checker(void **state)
{
	struct match_window window, next;
	struct match_record record;
	int64_t times_ms[3];

	(void)state;
	for (int before = 0; before < 8; before++) {
		assert_int_equal(match_window_open(&window, 3, 1000), 0);
		assert_int_equal(match_window_open(&next, 3, 1000), 0);
		for (int i = 0; i < before; i++)
			match_window_add(&window, 100 * i);
		match_window_store(&window, &record, times_ms);
		match_window_restore(&next, &record, times_ms);
		add(&window, 1150, 1);
		add(&next, 1150, 1);
		assert_int_equal(match_window_judge(&next, 1150), match_window_judge(&window, 1150));
		match_window_store(&window, &record, times_ms);
		match_window_restore(&next, &record, times_ms);
		add(&window, 1160, 1);
		add(&next, 1160, 1);
		assert_int_equal(match_window_judge(&next, 1160), match_window_judge(&window, 1160));
		match_window_close(&window);
		match_window_close(&next);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(exactly_so_many),
	        cmocka_unit_test(exactly_so_long),
	        cmocka_unit_test(slow_ones_never_come_to_it),
	        cmocka_unit_test(all_are_told),
	        cmocka_unit_test(an_alarm_is_an_episode),
	        cmocka_unit_test(a_window_outlives_its_checker),
	};

	return cmocka_run_group_tests_name("checker/log/match_window", tests, NULL, NULL);
}
