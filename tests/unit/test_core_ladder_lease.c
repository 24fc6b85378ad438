/* SPDX-License-Identifier: MIT
 *
 * core/ladder: starting, well and in doubt: what the lease is worth.
 */
#include "ladder_fixture.h"

/* --- starting --- */

/* P2: who was killed in this boot goes on where the ledger says that it was, with what was left of that rung. */
static void test_continued(void **state)
{
	static const struct {
		enum board_state state, then;
		int64_t ago, feed_until;
		uint16_t unsettled;
	} cases[] = {
	        {BOARD_RECOVERING, BOARD_RECOVERING, 1000, RESTART_FOR - 1000, 0},
	        {BOARD_RECOVERING, BOARD_RECOVERING, RESTART_FOR, 0, 0},
	        {BOARD_RECOVERING, BOARD_RECOVERING, RESTART_FOR + 1, 0, 0},
	        {BOARD_REBOOTING, BOARD_REBOOTING, 1000, WITHIN - 1000, 1},
	        {BOARD_REBOOTING, BOARD_REBOOTING, WITHIN + 1, 0, 3},
	        {BOARD_LETGO, BOARD_LETGO, 1000, 0, 1},
	        /* What cannot have been ordered was not. */
	        {BOARD_REBOOTING, BOARD_RECOVERING, RESTART_FOR, 0, 4},
	        {BOARD_LETGO, BOARD_RECOVERING, RESTART_FOR, 0, 0},
	        {BOARD_WELL, BOARD_STARTING, 1000, START, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct walk walk = walk_begin(cases[i].unsettled);

		ladder_continue(&walk.rule, &walk.ladder, cases[i].state, T0 - cases[i].ago, T0);
		assert_on(&walk, cases[i].then, cases[i].feed_until);
		if (cases[i].then == BOARD_RECOVERING)
			assert_int_equal(walk.ladder.outage_used_ms, cases[i].ago);
	}
}

/* P6: and what climbs from there is counted as ever. */
static void test_continued_climbs(void **state)
{
	struct walk walk = walk_begin(0);

	(void)state;
	ladder_continue(&walk.rule, &walk.ladder, BOARD_RECOVERING, T0 - RESTART_FOR, T0);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 0), LADDER_REBOOT);
	assert_int_equal(walk.ladder.unsettled, 1);
	walk = walk_begin(UINT16_MAX);
	walk.rule.then_reboot = 1;
	ladder_continue(&walk.rule, &walk.ladder, BOARD_REBOOTING, T0 - WITHIN, T0);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 0), LADDER_LETGO);
}

/* P2: before the first good verdict the board is fed for the start period, to the millisecond. */
static void test_starting_is_fed_for_the_start_period(void **state)
{
	struct walk walk = walk_begin(2);

	(void)state;
	assert_on(&walk, BOARD_STARTING, START);
	assert_int_equal(walk.ladder.unsettled, 2);
	assert_int_equal(walk.ladder.service, NO_INDEX);
	assert_int_equal(walk.ladder.check, NO_INDEX);
	assert_true(ladder_may_feed(&walk.ladder, T0));
	assert_true(ladder_may_feed(&walk.ladder, T0 + START - 1));
	assert_false(ladder_may_feed(&walk.ladder, T0 + START));
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + START);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), START - 1), LADDER_STAY);
	assert_on(&walk, BOARD_STARTING, START);
	assert_int_equal(walk.ladder.service, 3);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), START), LADDER_STATE);
	assert_on(&walk, BOARD_RECOVERING, START + RESTART_FOR);
}

static void test_starting_ends_with_the_first_good_verdict(void **state)
{
	struct walk walk = walk_begin(0);

	(void)state;
	assert_int_equal(step(&walk, well_until(T0 + 500), 10), LADDER_STATE);
	assert_on(&walk, BOARD_WELL, 500);
	assert_int_equal(walk.ladder.since_ms, T0 + 10);
	walk = walk_begin(0);
	assert_int_equal(step(&walk, doubt_until(T0 + 500), 10), LADDER_STATE);
	assert_on(&walk, BOARD_DOUBT, 500);
}

/* P1: news that has run out does not end it: the lease must reach beyond now. */
static void test_starting_does_not_end_by_old_news(void **state)
{
	struct walk walk = walk_begin(0);

	(void)state;
	assert_int_equal(step(&walk, well_until(T0 + 500), 500), LADDER_STAY);
	assert_on(&walk, BOARD_STARTING, START);
	assert_int_equal(step(&walk, well_until(T0 + 501), 500), LADDER_STATE);
	assert_on(&walk, BOARD_WELL, 501);
}

/* P2: a good verdict in the last millisecond still counts, and so does one in the first that is too late to feed. */
static void test_starting_at_its_end(void **state)
{
	struct walk walk = walk_begin(0);

	(void)state;
	assert_int_equal(step(&walk, well_until(T0 + START + 5), START), LADDER_STATE);
	assert_on(&walk, BOARD_WELL, START + 5);
}

static void test_starting_that_is_down_recovers_at_once(void **state)
{
	struct walk walk = walk_begin(0);

	(void)state;
	assert_int_equal(step(&walk, down_until(NEVER_MS), 7), LADDER_STATE);
	assert_on(&walk, BOARD_RECOVERING, 7 + RESTART_FOR);
	assert_int_equal(walk.ladder.service, 5);
	assert_int_equal(walk.ladder.check, 6);
	assert_int_equal(walk.ladder.cause, CAUSE_REFUSED);
}

/* --- well and doubt --- */

/* P1: the lease is that of the newest good news; older news does not shorten it, and without any it stands still. */
static void test_good_news_renews_the_lease_and_nothing_shortens_it(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	assert_on(&walk, BOARD_WELL, DETECTION);
	step(&walk, well_until(T0 + DETECTION), 5000);
	assert_on(&walk, BOARD_WELL, DETECTION);
	step(&walk, well_until(T0 + DETECTION + 5000), 5000);
	assert_on(&walk, BOARD_WELL, DETECTION + 5000);
	step(&walk, well_until(T0 + DETECTION), 6000);
	assert_on(&walk, BOARD_WELL, DETECTION + 5000);
	step(&walk, unknown_until(NEVER_MS), 7000);
	assert_on(&walk, BOARD_DOUBT, DETECTION + 5000);
}

/* P1, P2: the lease's last millisecond is fed; then the next rung is entered. */
static void test_the_lease_to_the_millisecond(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + DETECTION);
	assert_int_equal(step(&walk, well_until(T0 + DETECTION), DETECTION - 1), LADDER_STAY);
	assert_true(ladder_may_feed(&walk.ladder, T0 + DETECTION - 1));
	assert_false(ladder_may_feed(&walk.ladder, T0 + DETECTION));
	assert_int_equal(step(&walk, well_until(T0 + DETECTION), DETECTION), LADDER_STATE);
	assert_on(&walk, BOARD_RECOVERING, DETECTION + RESTART_FOR);
	assert_true(ladder_may_feed(&walk.ladder, T0 + DETECTION));
}

static void test_news_that_comes_with_the_end_of_the_lease_counts(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	assert_int_equal(step(&walk, well_until(T0 + 2 * DETECTION), DETECTION), LADDER_STAY);
	assert_on(&walk, BOARD_WELL, 2 * DETECTION);
}

static void test_doubt_and_back(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	assert_int_equal(step(&walk, doubt_until(T0 + DETECTION), 1000), LADDER_STATE);
	assert_on(&walk, BOARD_DOUBT, DETECTION);
	assert_int_equal(walk.ladder.since_ms, T0 + 1000);
	assert_int_equal(walk.ladder.service, 1);
	assert_int_equal(walk.ladder.cause, CAUSE_TIMEOUT);
	assert_int_equal(step(&walk, unknown_until(T0 + DETECTION), 1500), LADDER_STAY);
	assert_int_equal(walk.ladder.service, 3);
	assert_int_equal(walk.ladder.since_ms, T0 + 1000);
	assert_int_equal(step(&walk, well_until(T0 + DETECTION), 2000), LADDER_STATE);
	assert_on(&walk, BOARD_WELL, DETECTION);
	assert_int_equal(walk.ladder.service, NO_INDEX);
	assert_int_equal(walk.ladder.check, NO_INDEX);
}

static void test_down_recovers_at_once_however_long_the_lease_is(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	assert_int_equal(step(&walk, down_until(T0 + DETECTION), 1000), LADDER_STATE);
	assert_on(&walk, BOARD_RECOVERING, 1000 + RESTART_FOR);
	assert_int_equal(walk.ladder.service, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_continued),
	        cmocka_unit_test(test_continued_climbs),
	        cmocka_unit_test(test_starting_is_fed_for_the_start_period),
	        cmocka_unit_test(test_starting_ends_with_the_first_good_verdict),
	        cmocka_unit_test(test_starting_does_not_end_by_old_news),
	        cmocka_unit_test(test_starting_at_its_end),
	        cmocka_unit_test(test_starting_that_is_down_recovers_at_once),
	        cmocka_unit_test(test_good_news_renews_the_lease_and_nothing_shortens_it),
	        cmocka_unit_test(test_the_lease_to_the_millisecond),
	        cmocka_unit_test(test_news_that_comes_with_the_end_of_the_lease_counts),
	        cmocka_unit_test(test_doubt_and_back),
	        cmocka_unit_test(test_down_recovers_at_once_however_long_the_lease_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
