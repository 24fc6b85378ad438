/* SPDX-License-Identifier: MIT
 *
 * core/ladder: recovering, and what is left of restart_for.
 */
#include "ladder_fixture.h"

/* P1, P5: the budget is fixed on entering; nothing that is heard moves it. */
static void test_recovering_has_a_fixed_budget(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	step(&walk, down_until(T0 + DETECTION), 1000);
	for (int64_t at = 2000; at < 1000 + RESTART_FOR; at += 1000) {
		assert_int_equal(step(&walk, unknown_until(T0 + at + DETECTION), at), LADDER_STAY);
		assert_on(&walk, BOARD_RECOVERING, 1000 + RESTART_FOR);
	}
	assert_int_equal(walk.ladder.service, 3);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 999 + RESTART_FOR), LADDER_STAY);
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + 1000 + RESTART_FOR);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 1000 + RESTART_FOR), LADDER_REBOOT);
	assert_on(&walk, BOARD_REBOOTING, 1000 + RESTART_FOR + WITHIN);
	assert_int_equal(walk.ladder.unsettled, 1);
}

static void test_recovering_keeps_its_culprit_when_nobody_else_is_to_blame(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	step(&walk, down_until(T0 + DETECTION), 1000);
	step(&walk, well_until(NEVER_MS), 2000);
	assert_int_equal(walk.ladder.service, 5);
	assert_int_equal(walk.ladder.cause, CAUSE_REFUSED);
}

/* P14: what is blamed for the reboot is what is wrong when it is ordered. */
static void test_the_reboot_blames_what_is_wrong_now(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	step(&walk, down_until(T0 + DETECTION), 1000);
	step(&walk, unknown_until(NEVER_MS), 1000 + RESTART_FOR);
	assert_int_equal(walk.ladder.service, 3);
	assert_int_equal(walk.ladder.check, 4);
	assert_int_equal(walk.ladder.cause, CAUSE_LATE);
}

/*
 * P5: what is known when the time is over decides: a feeder that wakes up late finds good news and the deadline together,
 * and does not reboot a board that has recovered. Nothing was fed meanwhile (P1).
 */
static void test_recovered_though_the_feeder_woke_up_late(void **state)
{
	struct walk walk = walk_well(0);
	int64_t end = 1000 + RESTART_FOR;

	(void)state;
	step(&walk, down_until(T0 + DETECTION), 1000);
	struct walk other = walk;
	assert_int_equal(step(&walk, well_until(T0 + end + 50), end - 1), LADDER_STATE);
	assert_on(&walk, BOARD_WELL, end + 50);
	struct walk late = other;
	assert_int_equal(step(&late, well_until(T0 + end + 50), end + 10), LADDER_STATE);
	assert_on(&late, BOARD_WELL, end + 50);
	/* The time that it took is spent all the same. */
	assert_int_equal(late.ladder.outage_used_ms, RESTART_FOR + 10);
	assert_int_equal(step(&late, down_until(T0 + end + 50), end + 20), LADDER_STATE);
	assert_int_equal(step(&late, down_until(T0 + end + 50), end + 20), LADDER_REBOOT);
	/* News that is too old to be fed under is none. */
	assert_int_equal(step(&other, well_until(T0 + end), end), LADDER_REBOOT);
}

/* P1: the lease after a recovery is that of the news, though the budget would have lasted longer. */
static void test_a_recovery_goes_back_to_the_lease(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	step(&walk, down_until(T0 + DETECTION), 1000);
	assert_int_equal(step(&walk, doubt_until(T0 + 30000), 20000), LADDER_STATE);
	assert_on(&walk, BOARD_DOUBT, 30000);
	assert_int_equal(walk.ladder.outage_used_ms, 19000);
}

/* P1: nor is it a recovery when the news is as old as its lease. */
static void test_old_news_is_no_recovery(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	step(&walk, down_until(T0 + DETECTION), 1000);
	assert_int_equal(step(&walk, well_until(T0 + 5000), 5000), LADDER_STAY);
	assert_int_equal(step(&walk, well_until(T0 + 5001), 5000), LADDER_STATE);
}

/* P2: a board that flaps does not get its budget back by one good answer. */
static void test_flapping_uses_the_budget_up(void **state)
{
	struct walk walk = walk_well(0);
	int64_t at = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		steps(&walk, down_until(T0 + at + DETECTION), at);
		assert_on(&walk, BOARD_RECOVERING, at + RESTART_FOR - 29000 * i);
		at += 29000;
		steps(&walk, well_until(T0 + at + DETECTION), at);
		assert_on(&walk, BOARD_WELL, at + DETECTION);
		assert_int_equal(walk.ladder.outage_used_ms, 29000 * (i + 1));
		at += 10000;
	}
	steps(&walk, down_until(T0 + at + DETECTION), at);
	assert_on(&walk, BOARD_RECOVERING, at + 10000);
	assert_int_equal(step(&walk, down_until(NEVER_MS), at + 9999), LADDER_STAY);
	assert_int_equal(step(&walk, down_until(NEVER_MS), at + 10000), LADDER_REBOOT);
}

/* P2: settle of being well gives the whole budget back, to the millisecond. */
static void test_settle_gives_the_budget_back(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	steps(&walk, down_until(NEVER_MS), 1000);
	steps(&walk, well_until(T0 + 2000 + DETECTION), 2000);
	int64_t at = stay_well(&walk, 2000, SETTLE - 1);
	assert_int_equal(walk.ladder.outage_used_ms, 1000);
	struct walk other = walk;
	steps(&other, down_until(NEVER_MS), at);
	assert_on(&other, BOARD_RECOVERING, at + RESTART_FOR - 1000);
	steps(&walk, well_until(T0 + at + DETECTION), at + 1);
	assert_int_equal(walk.ladder.outage_used_ms, 0);
	steps(&walk, down_until(NEVER_MS), at + 2);
	assert_on(&walk, BOARD_RECOVERING, at + 2 + RESTART_FOR);
}

/* P2: whether a step falls on the moment of settling does not matter: the time does. */
static void test_settled_though_nobody_looked(void **state)
{
	static const int64_t left[] = {RESTART_FOR - 1000, RESTART_FOR, RESTART_FOR};

	(void)state;
	for (int64_t i = 0; i < 3; i++) {
		struct walk walk = walk_well(0);

		walk.rule.settle_ms = 10000;
		steps(&walk, down_until(NEVER_MS), 1000);
		steps(&walk, well_until(T0 + 2000 + DETECTION), 2000);
		steps(&walk, down_until(T0 + 2000 + DETECTION), 11999 + i);
		assert_on(&walk, BOARD_RECOVERING, 11999 + i + left[i]);
	}
}

/* Doubt stops the clock of settling, and does not set it back. */
static void test_doubt_pauses_settling(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	steps(&walk, down_until(NEVER_MS), 1000);
	steps(&walk, well_until(T0 + 2000 + DETECTION), 2000);
	int64_t at = stay_well(&walk, 2000, SETTLE - 5000);
	steps(&walk, doubt_until(T0 + at + DETECTION), at);
	for (int i = 0; i < 100; i++, at += 1000)
		steps(&walk, doubt_until(T0 + at + DETECTION), at);
	assert_int_equal(walk.ladder.outage_used_ms, 1000);
	steps(&walk, well_until(T0 + at + DETECTION), at);
	at = stay_well(&walk, at, 4999);
	assert_int_equal(walk.ladder.outage_used_ms, 1000);
	steps(&walk, well_until(T0 + at + DETECTION), at + 1);
	assert_int_equal(walk.ladder.outage_used_ms, 0);
}

/* Another outage sets it back. */
static void test_an_outage_resets_settling(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	steps(&walk, down_until(NEVER_MS), 0);
	steps(&walk, well_until(T0 + 1000 + DETECTION), 1000);
	int64_t at = stay_well(&walk, 1000, SETTLE - 1);
	steps(&walk, down_until(NEVER_MS), at);
	steps(&walk, well_until(T0 + at + 1000 + DETECTION), at + 1000);
	at = stay_well(&walk, at + 1000, SETTLE - 1);
	assert_int_equal(walk.ladder.outage_used_ms, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_recovering_has_a_fixed_budget),
	        cmocka_unit_test(test_recovering_keeps_its_culprit_when_nobody_else_is_to_blame),
	        cmocka_unit_test(test_the_reboot_blames_what_is_wrong_now),
	        cmocka_unit_test(test_recovered_though_the_feeder_woke_up_late),
	        cmocka_unit_test(test_a_recovery_goes_back_to_the_lease),
	        cmocka_unit_test(test_old_news_is_no_recovery),
	        cmocka_unit_test(test_flapping_uses_the_budget_up),
	        cmocka_unit_test(test_settle_gives_the_budget_back),
	        cmocka_unit_test(test_settled_though_nobody_looked),
	        cmocka_unit_test(test_doubt_pauses_settling),
	        cmocka_unit_test(test_an_outage_resets_settling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
