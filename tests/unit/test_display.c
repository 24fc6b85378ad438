/* SPDX-License-Identifier: MIT
 *
 * What the LED shows: the edges of silence, the phase of patterns, and the feeder's leave-taking.
 */
#include "core/rules.h"
#include "led/display.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { T0 = 1000000 };

static void tell(struct display *display, enum led_pattern pattern, uint16_t number, int64_t now_ms)
{
	const struct led_news news = {.at_ms = now_ms, .pattern = (uint8_t)pattern, .number = number};

	display_tell(display, &news, now_ms);
}

static bool lit(struct display *display, int64_t now_ms)
{
	int64_t until_ms;

	return display_lit(display, now_ms, &until_ms);
}

static int64_t until(struct display *display, int64_t now_ms)
{
	int64_t until_ms;

	(void)display_lit(display, now_ms, &until_ms);
	return until_ms;
}

/* P8 */
static void test_silence_of_two_seconds_is_fault(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	tell(&display, LED_WELL, 0, T0);
	(void)lit(&display, T0 + LED_SILENCE_MS - 1);
	assert_int_equal(display.pattern, LED_WELL);
	(void)lit(&display, T0 + LED_SILENCE_MS);
	assert_int_equal(display.pattern, LED_FAULT);
	assert_int_equal(display.begun_ms, T0 + LED_SILENCE_MS);
}

/* P8: also where the feeder never said a word. */
static void test_silence_from_the_start_is_fault(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	assert_false(lit(&display, T0));
	assert_int_equal(until(&display, T0), T0 + LED_SILENCE_MS);
	assert_true(lit(&display, T0 + LED_SILENCE_MS));
	assert_int_equal(display.pattern, LED_FAULT);
}

static void test_each_word_renews_the_time(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	for (int64_t ms = T0; ms < T0 + 60000; ms += LED_SILENCE_MS - 1) {
		tell(&display, LED_MAINTENANCE, 0, ms);
		(void)lit(&display, ms + LED_SILENCE_MS - 1);
		assert_int_equal(display.pattern, LED_MAINTENANCE);
	}
}

/* P8: what waited in the channel while this process was stopped does not count as fresh. */
static void test_old_words_do_not_move_the_led(void **state)
{
	struct display display;
	const struct led_news news = {.at_ms = T0 + 1000, .pattern = LED_WELL};

	(void)state;
	display_begin(&display, T0);
	display_tell(&display, &news, T0 + 1000 + LED_SILENCE_MS);
	(void)lit(&display, T0 + 1000 + LED_SILENCE_MS);
	assert_int_equal(display.pattern, LED_FAULT);
}

static void test_words_after_a_fault_are_shown_again(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	tell(&display, LED_WELL, 0, T0);
	(void)lit(&display, T0 + 5000);
	tell(&display, LED_WELL, 0, T0 + 5300);
	assert_true(lit(&display, T0 + 5300));
	assert_int_equal(display.pattern, LED_WELL);
	assert_int_equal(display.begun_ms, T0 + 5300);
}

static void test_a_pattern_that_is_told_again_keeps_its_phase(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	tell(&display, LED_HOLD, 2, T0);
	tell(&display, LED_HOLD, 2, T0 + 333);
	assert_int_equal(display.begun_ms, T0);
	tell(&display, LED_HOLD, 3, T0 + 666);
	assert_int_equal(display.begun_ms, T0 + 666);
	tell(&display, LED_LETGO, 3, T0 + 999);
	assert_int_equal(display.begun_ms, T0 + 999);
}

/* Every pattern: waking only when told to, however late, shows in each slot what its table says. */
static void test_waking_at_the_deadline_shows_every_slot(void **state)
{
	struct display display;

	(void)state;
	for (unsigned pattern = 0; pattern < LED_PATTERN_COUNT; pattern++) {
		bool shown = false;
		int64_t wake_ms = T0;

		display_begin(&display, T0);
		tell(&display, (enum led_pattern)pattern, 3, T0);
		for (int64_t ms = T0; ms < T0 + 30000; ms++) {
			if (ms % 500 == 0)
				tell(&display, (enum led_pattern)pattern, 3, ms);
			if (ms >= wake_ms)
				shown = display_lit(&display, ms, &wake_ms);
			assert_true(wake_ms > ms);
			uint32_t slot = (uint32_t)((ms - T0) / LED_SLOT_MS);
			assert_int_equal(shown, led_pattern_lit((enum led_pattern)pattern, 3, slot));
		}
	}
}

static void test_a_late_wake_up_does_not_shift_the_next(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	tell(&display, LED_REBOOTING, 0, T0);
	assert_int_equal(until(&display, T0 + LED_SLOT_MS - 1), T0 + LED_SLOT_MS);
	assert_int_equal(until(&display, T0 + LED_SLOT_MS), T0 + 2 * LED_SLOT_MS);
	assert_int_equal(until(&display, T0 + 2 * LED_SLOT_MS + 70), T0 + 3 * LED_SLOT_MS);
}

/* P8 */
static void test_a_feeder_that_is_lost_is_fault_at_once_and_for_ever(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	tell(&display, LED_WELL, 0, T0);
	assert_false(display_lose(&display, T0 + 10));
	assert_true(lit(&display, T0 + 10));
	assert_int_equal(display.pattern, LED_FAULT);
	(void)lit(&display, T0 + 86400000);
	assert_int_equal(display.pattern, LED_FAULT);
	assert_int_equal(display.begun_ms, T0 + 10);
}

static void test_only_a_feeder_that_said_off_took_its_leave(void **state)
{
	struct display display;

	(void)state;
	display_begin(&display, T0);
	assert_false(display_lose(&display, T0));
	display_begin(&display, T0);
	tell(&display, LED_OFF, 0, T0);
	assert_int_equal(until(&display, T0), T0 + LED_SILENCE_MS);
	assert_true(display_lose(&display, T0 + 5000));
	display_begin(&display, T0);
	tell(&display, LED_OFF, 0, T0);
	tell(&display, LED_STARTING, 0, T0 + 1);
	assert_false(display_lose(&display, T0 + 5000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_silence_of_two_seconds_is_fault),
	        cmocka_unit_test(test_silence_from_the_start_is_fault),
	        cmocka_unit_test(test_each_word_renews_the_time),
	        cmocka_unit_test(test_old_words_do_not_move_the_led),
	        cmocka_unit_test(test_words_after_a_fault_are_shown_again),
	        cmocka_unit_test(test_a_pattern_that_is_told_again_keeps_its_phase),
	        cmocka_unit_test(test_waking_at_the_deadline_shows_every_slot),
	        cmocka_unit_test(test_a_late_wake_up_does_not_shift_the_next),
	        cmocka_unit_test(test_a_feeder_that_is_lost_is_fault_at_once_and_for_ever),
	        cmocka_unit_test(test_only_a_feeder_that_said_off_took_its_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
