/* SPDX-License-Identifier: MIT
 *
 * os/spin_guard: with real descriptors.
 */
#include "os/spin_guard.h"

#include "os/clock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { FOR_MS = 300, TURNS_MAX = 20, REST_MS = 5 };

static const struct spin_guard fresh = {.turns_max = TURNS_MAX, .rest_us = REST_MS * 1000};

/* Turns of a loop that never reads what is ready. */
static int turns_of(struct pollfd *fds, nfds_t count, int wait_ms)
{
	struct spin_guard guard = fresh;
	int64_t end_ms = clock_now_ms() + FOR_MS;
	int turns = 0;

	for (; clock_now_ms() < end_ms; turns++) {
		int64_t before_ms = clock_now_ms();

		(void)poll(fds, count, wait_ms);
		spin_guard_rest(&guard, before_ms);
	}
	return turns;
}

/* Turns that began in one millisecond and ended in the next do not count as at once, so there may be some more. */
enum { FEW = 2 * (TURNS_MAX + FOR_MS / REST_MS) };

/* P15, P18: a loop around a wait that fails for ever rests between its turns. */
static void rests_where_the_wait_fails(void **state)
{
	(void)state;
	assert_in_range(turns_of(NULL, (nfds_t)-1, FOR_MS), 1, FEW);
}

/* P15, P18: so does one with a descriptor that is always ready. */
static void rests_where_nothing_is_read(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	(void)close(ends[1]);
	struct pollfd end = {.fd = ends[0], .events = POLLIN};
	assert_in_range(turns_of(&end, 1, FOR_MS), 1, FEW);
	(void)close(ends[0]);
}

/* A few waits in a row that return at once are no spin, however often that happens. */
static void leaves_a_busy_loop_alone(void **state)
{
	struct spin_guard guard = {.turns_max = TURNS_MAX, .rest_us = 1000 * 1000};
	int64_t begun_ms = clock_now_ms();

	(void)state;
	for (int round = 0; round < 50; round++) {
		for (int turn = 1; turn < TURNS_MAX; turn++)
			spin_guard_rest(&guard, clock_now_ms());
		spin_guard_rest(&guard, clock_now_ms() - 1);
	}
	assert_true(clock_now_ms() - begun_ms < 1000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rests_where_the_wait_fails),
	        cmocka_unit_test(rests_where_nothing_is_read),
	        cmocka_unit_test(leaves_a_busy_loop_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
