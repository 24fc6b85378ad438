/* SPDX-License-Identifier: MIT
 *
 * core/led_pattern: the patterns of the README, slot by slot, and that no two of them look alike.
 */
#include "core/led_pattern.h"

#include "core/rules.h"
#include "core/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROW = 128 };

/* The pattern's slots once through: '#' lit, '.' dark. */
static void draw(enum led_pattern pattern, uint16_t number, char row[ROW])
{
	uint32_t slots = led_pattern_slots(pattern, number);

	assert_in_range(slots, 1, ROW - 1);
	for (uint32_t i = 0; i < slots; i++)
		row[i] = led_pattern_lit(pattern, number, i) ? '#' : '.';
	row[slots] = '\0';
}

static void assert_drawn(enum led_pattern pattern, uint16_t number, const char *expected)
{
	char row[ROW];

	draw(pattern, number, row);
	assert_string_equal(row, expected);
}

/* P8: the table, slot by slot of 125 ms. */
static void test_the_table(void **state)
{
	(void)state;
	assert_int_equal(LED_SLOT_MS, 125);
	assert_drawn(LED_STARTING, 0, "####....");
	assert_drawn(LED_WELL, 0, "#...............");
	assert_drawn(LED_DOUBT, 0, "#.#.............");
	assert_drawn(LED_RECOVERING, 0,
	        "#.#.#.#."
	        "...."
	        "........");
	assert_drawn(LED_RECOVERING, 1,
	        "#.#.#.#."
	        "...."
	        "##.."
	        "........");
	assert_drawn(LED_RECOVERING, 3,
	        "#.#.#.#."
	        "...."
	        "##..##..##.."
	        "........");
	assert_drawn(LED_REBOOTING, 0, "#.");
	assert_drawn(LED_LETGO, 0, "#.");
	assert_drawn(LED_HOLD, 0,
	        "####..####..####.."
	        "#.#.#."
	        "...."
	        "........");
	assert_drawn(LED_HOLD, 2,
	        "####..####..####.."
	        "#.#.#."
	        "...."
	        "##..##.."
	        "........");
	assert_drawn(LED_MAINTENANCE, 0, "##############..");
	assert_drawn(LED_FAULT, 0, "#.#.#...#.#.#.....");
	assert_drawn(LED_OFF, 0, ".");
}

/* P8: a second or two, then the picture comes again, for ever. */
static void test_patterns_repeat(void **state)
{
	(void)state;
	for (int p = 0; p < LED_PATTERN_COUNT; p++)
		for (uint16_t number = 0; number < 4; number++) {
			uint32_t slots = led_pattern_slots((enum led_pattern)p, number);

			for (uint32_t i = 0; i < 3 * slots; i++)
				assert_int_equal(led_pattern_lit((enum led_pattern)p, number, i),
				        led_pattern_lit((enum led_pattern)p, number, i % slots));
		}
}

/* P8: only recovering and hold count flashes, one for each number up to twelve. */
static void test_numbers(void **state)
{
	(void)state;
	for (int p = 0; p < LED_PATTERN_COUNT; p++) {
		enum led_pattern pattern = (enum led_pattern)p;
		bool counts = pattern == LED_RECOVERING || pattern == LED_HOLD;
		uint32_t none = led_pattern_slots(pattern, 0);

		for (uint16_t number = 0; number <= 12; number++)
			assert_int_equal(led_pattern_slots(pattern, number), none + (counts ? 4U * number : 0));
		assert_int_equal(led_pattern_slots(pattern, 13), led_pattern_slots(pattern, 12));
		assert_int_equal(led_pattern_slots(pattern, MAX_SERVICES), led_pattern_slots(pattern, 12));
		assert_int_equal(led_pattern_slots(pattern, UINT16_MAX), led_pattern_slots(pattern, 12));
	}
}

/* P8: everything but off and on moves within two seconds and a half, so a board that hangs is seen to. */
static void test_everything_moves(void **state)
{
	(void)state;
	for (int p = 0; p < LED_OFF; p++)
		for (uint16_t number = 0; number <= 12; number++) {
			uint32_t slots = led_pattern_slots((enum led_pattern)p, number);
			uint32_t still = 0;

			for (uint32_t i = 1; i < 3 * slots; i++) {
				bool moved = led_pattern_lit((enum led_pattern)p, number, i) !=
				        led_pattern_lit((enum led_pattern)p, number, i - 1);
				still = moved ? 0 : still + 1;
				assert_in_range(still, 0, 19);
			}
		}
}

/* Whether `window` slots of a from one of its phases can be seen in b too. */
static bool looks_like(
        enum led_pattern a, uint16_t a_number, uint32_t a_phase, enum led_pattern b, uint16_t b_number, uint32_t window)
{
	for (uint32_t b_phase = 0; b_phase < led_pattern_slots(b, b_number); b_phase++) {
		uint32_t same = 0;

		while (same < window &&
		        led_pattern_lit(a, a_number, a_phase + same) == led_pattern_lit(b, b_number, b_phase + same))
			same++;
		if (same == window)
			return true;
	}
	return false;
}

/* P8: fault is told from every other pattern, whenever one begins to look, by looking for its one period. */
static void test_fault_is_like_nothing_else(void **state)
{
	uint32_t period = led_pattern_slots(LED_FAULT, 0);

	(void)state;
	for (uint32_t phase = 0; phase < period; phase++)
		for (int p = 0; p < LED_PATTERN_COUNT; p++)
			for (uint16_t number = 0; number <= 12 && p != LED_FAULT; number++)
				if (looks_like(LED_FAULT, 0, phase, (enum led_pattern)p, number, period))
					fail_msg("fault from slot %u on is seen in %s %u", (unsigned)phase,
					        led_pattern_name((enum led_pattern)p), number);
}

/* P8: so are all others from one another, but for the two that let go; and each number from each other number. */
static void test_no_two_patterns_look_alike(void **state)
{
	(void)state;
	for (int a = 0; a < LED_PATTERN_COUNT; a++)
		for (int b = 0; b < LED_PATTERN_COUNT; b++)
			for (uint16_t an = 0; an <= 12; an++)
				for (uint16_t bn = 0; bn <= 12; bn++) {
					bool counts = a == LED_RECOVERING || a == LED_HOLD;
					bool down = (a == LED_REBOOTING || a == LED_LETGO) &&
					        (b == LED_REBOOTING || b == LED_LETGO);

					if (down || (a == b && (!counts || an == bn)))
						continue;
					assert_false(
					        looks_like((enum led_pattern)a, an, 0, (enum led_pattern)b, bn, ROW));
				}
}

/* P8: healthy is dark most of the time and never steady. */
static void test_well_is_a_calm_pulse(void **state)
{
	unsigned lit = 0;

	(void)state;
	for (uint32_t i = 0; i < 16; i++)
		lit += led_pattern_lit(LED_WELL, 0, i);
	assert_int_equal(lit, 1);
	assert_int_equal(led_pattern_slots(LED_WELL, 0) * LED_SLOT_MS, 2000);
	assert_int_equal(led_pattern_slots(LED_STARTING, 0) * LED_SLOT_MS, 1000);
	assert_int_equal(led_pattern_slots(LED_REBOOTING, 0) * LED_SLOT_MS, 250);
}

static void test_names(void **state)
{
	static const char *const names[] = {
	        "starting", "well", "doubt", "recovering", "rebooting", "letgo", "hold", "maintenance", "fault", "off"};

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(names[0]), LED_PATTERN_COUNT);
	for (int p = 0; p < LED_PATTERN_COUNT; p++) {
		assert_string_equal(led_pattern_name((enum led_pattern)p), names[p]);
		assert_true(strlen(led_pattern_looks((enum led_pattern)p)) > 3);
		if (p < BOARD_STATE_COUNT)
			assert_string_equal(names[p], board_state_name((enum board_state)p));
	}
	assert_string_equal(led_pattern_looks(LED_WELL), "a calm pulse");
	assert_string_equal(led_pattern_looks(LED_FAULT), "stutter");
}

/* P8: a pattern that does not exist is a fault, which it is. */
static void test_what_does_not_exist_shows_fault(void **state)
{
	enum led_pattern wrong = LED_PATTERN_COUNT;

	(void)state;
	assert_string_equal(led_pattern_name(wrong), "invalid");
	assert_string_equal(led_pattern_looks(wrong), led_pattern_looks(LED_FAULT));
	assert_drawn(wrong, 5, "#.#.#...#.#.#.....");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_table),
	        cmocka_unit_test(test_patterns_repeat),
	        cmocka_unit_test(test_numbers),
	        cmocka_unit_test(test_everything_moves),
	        cmocka_unit_test(test_fault_is_like_nothing_else),
	        cmocka_unit_test(test_no_two_patterns_look_alike),
	        cmocka_unit_test(test_well_is_a_calm_pulse),
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_what_does_not_exist_shows_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
