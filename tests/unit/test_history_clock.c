/* SPDX-License-Identifier: MIT
 *
 * cli/history_clock: when a boot was, on a board whose clock is set late (promise P14).
 */
#include "cli/history_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { NOW_S = 1800000000 };

static void assert_date(const struct history_clock *clock, const char *boot, int64_t at_ms, int64_t expected_s)
{
	int64_t wall_s = 0;
	bool is_known = history_clock_date(clock, boot, at_ms, &wall_s);

	assert_int_equal(is_known, expected_s != 0);
	if (is_known)
		assert_int_equal(wall_s, expected_s);
}

/* P14: a boot in 1970 is dated by its later lines; one whose clock was never set has no date, and is given no wrong one. */
static void later_lines_date_the_first(void **state)
{
	struct history_clock clock = {0};

	(void)state;
	history_clock_take(&clock, "a", 10000, 40);
	history_clock_take(&clock, "a", 70000, NOW_S);
	history_clock_take(&clock, "b", 5000, 25);
	history_clock_take(&clock, "c", 5000, NOW_S + 1000);
	assert_date(&clock, "a", 10000, NOW_S - 60);
	assert_date(&clock, "a", 70000, NOW_S);
	assert_date(&clock, "b", 5000, 0);
	assert_date(&clock, "c", 4000, NOW_S + 999);
	assert_date(&clock, "d", 0, 0);
	history_clock_end(&clock);
	assert_date(&clock, "a", 10000, 0);
}

static void many_boots(void **state)
{
	struct history_clock clock = {0};
	char boot[BOOT_ID_SIZE + 1];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(boot, sizeof(boot), "%d", i);
		history_clock_take(&clock, boot, 0, NOW_S + i);
	}
	assert_int_equal(clock.count, 1000);
	assert_date(&clock, "0", 0, NOW_S);
	assert_date(&clock, "999", 1000, NOW_S + 1000);
	history_clock_end(&clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(later_lines_date_the_first),
	        cmocka_unit_test(many_boots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
