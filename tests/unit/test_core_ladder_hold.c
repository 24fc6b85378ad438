/* SPDX-License-Identifier: MIT
 *
 * core/ladder: hold and maintenance.
 */
#include "ladder_fixture.h"

/* --- hold --- */

static struct walk walk_held(void)
{
	struct walk walk = walk_recovering(3);

	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_HOLD);
	return walk;
}

/* P6: hold is fed for as long as it lasts; each step renews the lease. */
static void test_hold_is_fed(void **state)
{
	struct walk walk = walk_held();
	int64_t at = RESTART_FOR;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + at + HOLD_LEASE_MS);
		assert_true(ladder_may_feed(&walk.ladder, T0 + at + HOLD_LEASE_MS - 1));
		at += HOLD_LEASE_MS;
		assert_int_equal(step(&walk, down_until(NEVER_MS), at), LADDER_STAY);
		assert_on(&walk, BOARD_HOLD, at + HOLD_LEASE_MS);
	}
	assert_int_equal(step(&walk, well_until(NEVER_MS), at), LADDER_STAY);
	assert_int_equal(walk.ladder.service, 5);
	step(&walk, unknown_until(NEVER_MS), at);
	assert_int_equal(walk.ladder.service, 3);
}

/* P6: a board that is well again in hold is well; its reboots stay counted until they are forgotten. */
static void test_hold_ends_when_all_is_well(void **state)
{
	struct walk walk = walk_held();
	int64_t at = RESTART_FOR + 100;

	(void)state;
	assert_int_equal(step(&walk, well_until(T0 + at), at), LADDER_STAY);
	assert_int_equal(step(&walk, well_until(T0 + at + DETECTION), at), LADDER_STATE);
	assert_on(&walk, BOARD_WELL, at + DETECTION);
	assert_int_equal(walk.ladder.unsettled, 3);
	/* Unsettled as it is, the next outage has no budget left, and holds again. */
	assert_int_equal(steps(&walk, down_until(NEVER_MS), at + 1000), 2);
	assert_on(&walk, BOARD_HOLD, at + 1000 + HOLD_LEASE_MS);
	assert_int_equal(walk.ladder.unsettled, 3);
}

static void test_a_person_ends_hold(void **state)
{
	struct walk walk = walk_held();
	int64_t at = RESTART_FOR + 5000;

	(void)state;
	assert_true(ladder_resume(&walk.rule, &walk.ladder, T0 + at));
	assert_on(&walk, BOARD_DOUBT, at + DETECTION);
	assert_int_equal(walk.ladder.unsettled, 0);
	assert_int_equal(walk.ladder.outage_used_ms, 0);
	steps(&walk, down_until(NEVER_MS), at + 1);
	assert_on(&walk, BOARD_RECOVERING, at + 1 + RESTART_FOR);
}

/* --- maintenance --- */

/* P7: maintenance is fed and ends to the millisecond; then one detection time to hear how things are. */
static void test_maintenance_ends(void **state)
{
	struct walk walk = walk_well(1);

	(void)state;
	assert_true(ladder_hold(&walk.ladder, T0 + 600000, T0 + 1000));
	assert_on(&walk, BOARD_MAINTENANCE, 600000);
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + 600000);
	assert_int_equal(step(&walk, down_until(NEVER_MS), 599999), LADDER_STAY);
	assert_on(&walk, BOARD_MAINTENANCE, 600000);
	assert_int_equal(walk.ladder.service, 5);
	assert_true(ladder_may_feed(&walk.ladder, T0 + 599999));
	assert_false(ladder_may_feed(&walk.ladder, T0 + 600000));
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 600000), LADDER_RESUMED);
	assert_on(&walk, BOARD_DOUBT, 600000 + DETECTION);
	assert_int_equal(walk.ladder.unsettled, 1);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 600000 + DETECTION - 1), LADDER_STAY);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 600000 + DETECTION), LADDER_STATE);
	assert_on(&walk, BOARD_RECOVERING, 600000 + DETECTION + RESTART_FOR);
}

/* P7: it may be asked for and ended in every state but on the way down; asked for again it is the new time that counts. */
static void test_maintenance_from_every_state(void **state)
{
	static const struct {
		enum board_state state;
		bool hold, resume;
	} cases[] = {
	        {BOARD_STARTING, true, false},
	        {BOARD_WELL, true, false},
	        {BOARD_DOUBT, true, false},
	        {BOARD_RECOVERING, true, false},
	        {BOARD_REBOOTING, false, false},
	        {BOARD_LETGO, false, false},
	        {BOARD_HOLD, true, true},
	        {BOARD_MAINTENANCE, true, true},
	};

	(void)state;
	assert_int_equal(sizeof(cases) / sizeof(cases[0]), BOARD_STATE_COUNT);
	for (size_t i = 0; i < BOARD_STATE_COUNT; i++) {
		struct walk walk = walk_well(2);

		walk.ladder.state = (uint8_t)cases[i].state;
		struct walk other = walk;
		assert_int_equal(ladder_hold(&walk.ladder, T0 + 7000, T0 + 5000), cases[i].hold);
		if (cases[i].hold)
			assert_on(&walk, BOARD_MAINTENANCE, 7000);
		else
			assert_memory_equal(&walk.ladder, &other.ladder, sizeof(walk.ladder));
		walk = other;
		assert_int_equal(ladder_resume(&other.rule, &other.ladder, T0 + 5000), cases[i].resume);
		if (cases[i].resume) {
			assert_on(&other, BOARD_DOUBT, 5000 + DETECTION);
			/* Only who ends hold gives the reboots back. */
			assert_int_equal(other.ladder.unsettled, cases[i].state == BOARD_HOLD ? 0 : 2);
		} else {
			assert_memory_equal(&walk.ladder, &other.ladder, sizeof(walk.ladder));
		}
	}
}

static void test_where_services_may_be_restarted(void **state)
{
	static const bool may[BOARD_STATE_COUNT] = {
	        [BOARD_STARTING] = true,
	        [BOARD_WELL] = true,
	        [BOARD_DOUBT] = true,
	        [BOARD_RECOVERING] = true,
	        [BOARD_HOLD] = true,
	};
	struct ladder ladder = {0};

	(void)state;
	for (ladder.state = 0; ladder.state < BOARD_STATE_COUNT; ladder.state++)
		assert_int_equal(ladder_may_restart(&ladder), may[ladder.state]);
}

/* P2: outage time before maintenance counts: maintenance that ends by time does not make the budget whole. */
static void test_maintenance_does_not_hide_the_outage_before_it(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	step(&walk, down_until(NEVER_MS), 0);
	assert_true(ladder_hold(&walk.ladder, T0 + 200000, T0 + 100000));
	steps(&walk, down_until(NEVER_MS), 200000);
	assert_on(&walk, BOARD_RECOVERING, 200000 + RESTART_FOR - 100000);
}

/* A person who says that maintenance is over starts with whole budgets. */
static void test_resume_makes_the_budget_whole(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	step(&walk, down_until(NEVER_MS), 0);
	assert_true(ladder_hold(&walk.ladder, T0 + 200000, T0 + 100000));
	assert_true(ladder_resume(&walk.rule, &walk.ladder, T0 + 150000));
	steps(&walk, down_until(NEVER_MS), 150000);
	assert_on(&walk, BOARD_RECOVERING, 150000 + RESTART_FOR);
}

/* P6: time in maintenance is not time of being well. */
static void test_maintenance_does_not_settle(void **state)
{
	struct walk walk = walk_well(1);

	(void)state;
	walk.rule.reboot_settle_ms = 10000;
	assert_true(ladder_hold(&walk.ladder, T0 + 50000, T0));
	steps(&walk, well_until(FOREVER_MS), 49999);
	steps(&walk, well_until(FOREVER_MS), 50000);
	assert_on(&walk, BOARD_WELL, FOREVER_MS - T0);
	assert_int_equal(walk.ladder.unsettled, 1);
	assert_int_equal(step(&walk, well_until(FOREVER_MS), 59999), LADDER_STAY);
	assert_int_equal(step(&walk, well_until(FOREVER_MS), 60000), LADDER_FORGIVEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_hold_is_fed),
	        cmocka_unit_test(test_hold_ends_when_all_is_well),
	        cmocka_unit_test(test_a_person_ends_hold),
	        cmocka_unit_test(test_maintenance_ends),
	        cmocka_unit_test(test_maintenance_from_every_state),
	        cmocka_unit_test(test_where_services_may_be_restarted),
	        cmocka_unit_test(test_maintenance_does_not_hide_the_outage_before_it),
	        cmocka_unit_test(test_resume_makes_the_budget_whole),
	        cmocka_unit_test(test_maintenance_does_not_settle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
