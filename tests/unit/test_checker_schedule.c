/* SPDX-License-Identifier: MIT
 *
 * The heap of deadlines against the obvious way to do it.
 */
#include "checker/schedule.h"
#include "core/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TIMERS = 200 };

static void empty_has_nothing_due(void **state)
{
	struct schedule schedule;

	(void)state;
	assert_int_equal(schedule_open(&schedule, 1), 0);
	assert_true(schedule_next_ms(&schedule) == FOREVER_MS);
	assert_null(schedule_take_due(&schedule, INT64_MAX));
	schedule_close(&schedule);
}

/* One millisecond before, at and after. */
static void due_at_its_time_and_not_before(void **state)
{
	struct schedule schedule;
	struct timer timer = {.place = 0};

	(void)state;
	assert_int_equal(schedule_open(&schedule, 1), 0);
	schedule_set(&schedule, &timer, 1000);
	assert_null(schedule_take_due(&schedule, 999));
	assert_ptr_equal(schedule_take_due(&schedule, 1000), &timer);
	assert_null(schedule_take_due(&schedule, 1001));
	schedule_set(&schedule, &timer, 1000);
	assert_ptr_equal(schedule_take_due(&schedule, 1001), &timer);
	schedule_close(&schedule);
}

static void moved_and_cancelled(void **state)
{
	struct schedule schedule;
	struct timer one = {.place = 0};
	struct timer other = {.place = 0};

	(void)state;
	assert_int_equal(schedule_open(&schedule, 2), 0);
	schedule_cancel(&schedule, &one);
	schedule_set(&schedule, &one, 10);
	schedule_set(&schedule, &other, 20);
	schedule_set(&schedule, &one, 30);
	assert_int_equal(schedule_next_ms(&schedule), 20);
	schedule_cancel(&schedule, &other);
	schedule_cancel(&schedule, &other);
	assert_int_equal(schedule_next_ms(&schedule), 30);
	schedule_set(&schedule, &one, 5);
	assert_int_equal(schedule_next_ms(&schedule), 5);
	schedule_close(&schedule);
}

/* The earliest of those that are set, found by looking at each. */
static int64_t earliest_ms(const struct timer timers[])
{
	int64_t earliest = FOREVER_MS;

	for (size_t i = 0; i < TIMERS; i++)
		if (timers[i].place > 0 && timers[i].at_ms < earliest)
			earliest = timers[i].at_ms;
	return earliest;
}

static void always_the_earliest_first(void **state)
{
	struct schedule schedule;
	struct timer timers[TIMERS] = {{.place = 0}};
	unsigned seed = 20261121;

	(void)state;
	assert_int_equal(schedule_open(&schedule, TIMERS), 0);
	for (int step = 0; step < 20000; step++) {
		struct timer *timer = &timers[(size_t)rand_r(&seed) % TIMERS];
		int64_t expected;

		switch (rand_r(&seed) % 4) {
		case 0:
			schedule_cancel(&schedule, timer);
			break;
		case 1:
			expected = earliest_ms(timers);
			timer = schedule_take_due(&schedule, expected == FOREVER_MS ? 0 : expected);
			assert_true(timer ? timer->at_ms == expected && timer->place == 0 : expected == FOREVER_MS);
			break;
		default:
			schedule_set(&schedule, timer, rand_r(&seed) % 500);
		}
		assert_true(schedule_next_ms(&schedule) == earliest_ms(timers));
	}
	schedule_close(&schedule);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(empty_has_nothing_due),
	        cmocka_unit_test(due_at_its_time_and_not_before),
	        cmocka_unit_test(moved_and_cancelled),
	        cmocka_unit_test(always_the_earliest_first),
	};

	return cmocka_run_group_tests_name("checker/schedule", tests, NULL, NULL);
}
