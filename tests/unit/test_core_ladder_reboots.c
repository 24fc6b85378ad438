/* SPDX-License-Identifier: MIT
 *
 * core/ladder: reboots and their limit.
 */
#include "ladder_fixture.h"

/* P6: up to the limit a reboot, beyond it hold. */
static void test_the_limit(void **state)
{
	(void)state;
	for (uint16_t unsettled = 0; unsettled < 6; unsettled++) {
		struct walk walk = walk_recovering(unsettled);
		enum ladder_move move = step(&walk, down_until(NEVER_MS), RESTART_FOR);

		if (unsettled < 3) {
			assert_int_equal(move, LADDER_REBOOT);
			assert_on(&walk, BOARD_REBOOTING, RESTART_FOR + WITHIN);
			assert_int_equal(walk.ladder.unsettled, unsettled + 1);
		} else {
			assert_int_equal(move, LADDER_HOLD);
			assert_on(&walk, BOARD_HOLD, RESTART_FOR + HOLD_LEASE_MS);
			assert_int_equal(walk.ladder.unsettled, unsettled);
		}
		assert_int_equal(walk.ladder.outage_used_ms, RESTART_FOR);
	}
}

/* P6: a limit of 0 never reboots. */
static void test_limit_zero(void **state)
{
	struct walk walk = walk_recovering(0);

	(void)state;
	walk.rule.reboot_limit = 0;
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_HOLD);
	assert_int_equal(walk.ladder.unsettled, 0);
}

/*
 * P6: a reset that nobody could count, because storage or actor hung, is known to the next boot as an end without a word.
 * Found by stopping the actor before each failure: the board was reset in every boot, and unsettled stayed 0.
 */
static void test_no_more_ends_without_a_word_than_reboots(void **state)
{
	(void)state;
	for (uint16_t unexplained = 0; unexplained < 6; unexplained++) {
		struct walk walk = walk_recovering(0);

		walk.ladder.unexplained = unexplained;
		walk.ladder.silent = 1;
		assert_int_equal(
		        step(&walk, down_until(NEVER_MS), RESTART_FOR), unexplained < 3 ? LADDER_REBOOT : LADDER_HOLD);
		assert_int_equal(walk.ladder.unsettled, unexplained < 3);
		assert_int_equal(walk.ladder.hold_why, unexplained < 3 ? HOLD_NOT : HOLD_CANNOT_COUNT);
		/* An actor that is heard counts each reboot, so power cuts cost none. */
		walk = walk_recovering(0);
		walk.ladder.unexplained = unexplained;
		assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_REBOOT);
		walk = walk_recovering(0);
		walk.ladder.silent = 1;
		walk.ladder.unexplained = unexplained;
		walk.rule.then_reboot = 1;
		assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_REBOOT);
	}
}

/* P6: and being well for long makes them forgotten, as a person does who ends a hold. */
static void test_ends_without_a_word_are_forgotten(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	walk.ladder.unexplained = 1;
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + DETECTION);
	assert_int_equal(step(&walk, well_until(FOREVER_MS), REBOOT_SETTLE - 1), LADDER_STAY);
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + REBOOT_SETTLE);
	assert_int_equal(step(&walk, well_until(FOREVER_MS), REBOOT_SETTLE), LADDER_FORGIVEN);
	assert_int_equal(walk.ladder.unexplained, 0);
	walk = walk_recovering(0);
	walk.ladder.unexplained = 3;
	walk.ladder.silent = 1;
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_HOLD);
	assert_true(ladder_resume(&walk.rule, &walk.ladder, T0 + RESTART_FOR + 1));
	assert_int_equal(walk.ladder.unexplained, 0);
}

/* P16: what was never well orders no reboot, and lets nothing go, whatever else the rules say; the hold says why. */
static void test_never_well_never_rebooted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct walk walk = walk_begin(i & 1 ? 3 : 0);

		walk.rule.then_reboot = i >> 1 & 1;
		if (i >> 2)
			walk.rule.restart_for_ms = walk.rule.reboot_within_ms = 0;
		ladder_unproven(&walk.ladder);
		steps(&walk, down_until(NEVER_MS), START - 1);
		steps(&walk, down_until(NEVER_MS), START - 1 + RESTART_FOR);
		assert_string_equal(board_state_name((enum board_state)walk.ladder.state), "hold");
		assert_int_equal(walk.ladder.hold_why, HOLD_NEVER_WELL);
		assert_int_equal(walk.ladder.unsettled, i & 1 ? 3 : 0);
		assert_true(ladder_may_feed(&walk.ladder, T0 + START + RESTART_FOR));
	}
}

/* P16: a set is proven in the first moment in which the board is well with it, once, and may then reboot the board. */
static void test_well_once_is_proven(void **state)
{
	struct walk walk = walk_begin(0);

	(void)state;
	ladder_unproven(&walk.ladder);
	assert_int_equal(step(&walk, unknown_until(NEVER_MS), 999), LADDER_STAY);
	assert_int_equal(walk.ladder.proven, 0);
	assert_int_equal(step(&walk, well_until(T0 + 1000 + DETECTION), 1000), LADDER_STATE);
	assert_int_equal(step(&walk, well_until(T0 + 1000 + DETECTION), 1000), LADDER_PROVEN);
	assert_int_equal(step(&walk, well_until(T0 + 1000 + DETECTION), 1000), LADDER_STAY);
	assert_int_equal(walk.ladder.proven, 1);
	steps(&walk, down_until(NEVER_MS), 1001);
	assert_int_equal(step(&walk, down_until(NEVER_MS), 1001 + RESTART_FOR), LADDER_REBOOT);
}

/* P16: doubt is not enough, but what only blind checks keep from being well is. */
static void test_doubt_proves_nothing(void **state)
{
	struct walk walk = walk_begin(0);
	struct verdict blind = doubt_until(FOREVER_MS);

	(void)state;
	ladder_unproven(&walk.ladder);
	steps(&walk, doubt_until(FOREVER_MS), 10);
	assert_int_equal(walk.ladder.proven, 0);
	blind.sound = true;
	assert_int_equal(step(&walk, blind, 11), LADDER_PROVEN);
}

/* P16: a reboot that was ordered for another set of services is not done for one that was never well. */
static void test_an_unproven_set_does_not_go_on_rebooting(void **state)
{
	static const enum board_state states[] = {BOARD_REBOOTING, BOARD_LETGO};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct walk walk = walk_begin(1);

		ladder_continue(&walk.rule, &walk.ladder, states[i], T0, T0);
		assert_int_equal(walk.ladder.state, states[i]);
		walk = walk_begin(1);
		ladder_unproven(&walk.ladder);
		ladder_continue(&walk.rule, &walk.ladder, states[i], T0, T0);
		assert_int_equal(walk.ladder.state, BOARD_RECOVERING);
	}
}

/* P6: the hold says whether the reboots are spent or cannot be counted. */
static void test_a_hold_says_why(void **state)
{
	struct walk walk = walk_recovering(3);

	(void)state;
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_HOLD);
	assert_int_equal(walk.ladder.hold_why, HOLD_SPENT);
	steps(&walk, well_until(FOREVER_MS), RESTART_FOR + 1);
	assert_int_equal(walk.ladder.hold_why, HOLD_NOT);
	walk = walk_recovering(0);
	walk.ladder.uncountable = 1;
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_HOLD);
	assert_int_equal(walk.ladder.hold_why, HOLD_CANNOT_COUNT);
}

/* P6: who asks for it gets reboots without end, still counted, and the count does not wrap. */
static void test_then_reboot(void **state)
{
	static const uint16_t counts[][2] = {{2, 3}, {3, 4}, {UINT16_MAX - 1, UINT16_MAX}, {UINT16_MAX, UINT16_MAX}};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct walk walk = walk_recovering(counts[i][0]);

		walk.rule.then_reboot = 1;
		assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_REBOOT);
		assert_int_equal(walk.ladder.unsettled, counts[i][1]);
	}
}

/* P6: a reboot that cannot be counted is not ordered. */
static void test_uncountable_holds(void **state)
{
	struct walk walk = walk_recovering(0);

	(void)state;
	walk.ladder.uncountable = 1;
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_HOLD);
	assert_int_equal(walk.ladder.unsettled, 0);
	walk = walk_recovering(0);
	walk.ladder.uncountable = 1;
	walk.rule.then_reboot = 1;
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_REBOOT);
}

/* P6: and one that turns out not to be countable after it was ordered becomes hold, and is not counted. */
static void test_uncountable_while_rebooting(void **state)
{
	struct walk walk = walk_recovering(1);

	(void)state;
	step(&walk, down_until(NEVER_MS), RESTART_FOR);
	assert_int_equal(walk.ladder.unsettled, 2);
	struct walk other = walk;
	walk.ladder.uncountable = 1;
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR + 100), LADDER_HOLD);
	assert_on(&walk, BOARD_HOLD, RESTART_FOR + 100 + HOLD_LEASE_MS);
	assert_int_equal(walk.ladder.unsettled, 1);
	other.ladder.uncountable = 1;
	other.rule.then_reboot = 1;
	assert_int_equal(step(&other, down_until(NEVER_MS), RESTART_FOR + 100), LADDER_STAY);
	assert_int_equal(step(&other, down_until(NEVER_MS), RESTART_FOR + WITHIN), LADDER_LETGO);
}

/* P2, P5: a reboot once ordered goes on, however well things look; at reboot_within the dog is let go of. */
static void test_rebooting_is_irrevocable(void **state)
{
	struct walk walk = walk_recovering(0);

	(void)state;
	step(&walk, down_until(NEVER_MS), RESTART_FOR);
	assert_int_equal(step(&walk, well_until(FOREVER_MS), RESTART_FOR + 1), LADDER_STAY);
	assert_int_equal(step(&walk, well_until(FOREVER_MS), RESTART_FOR + WITHIN - 1), LADDER_STAY);
	assert_on(&walk, BOARD_REBOOTING, RESTART_FOR + WITHIN);
	assert_true(ladder_may_feed(&walk.ladder, T0 + RESTART_FOR + WITHIN - 1));
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + RESTART_FOR + WITHIN);
	assert_int_equal(step(&walk, well_until(FOREVER_MS), RESTART_FOR + WITHIN), LADDER_LETGO);
	assert_on(&walk, BOARD_LETGO, RESTART_FOR + WITHIN);
	assert_int_equal(walk.ladder.unsettled, 1);
	assert_int_equal(walk.ladder.service, 5);
}

/* P1: letting go is final. */
static void test_letgo_is_final(void **state)
{
	struct walk walk = walk_recovering(0);

	(void)state;
	step(&walk, down_until(NEVER_MS), RESTART_FOR);
	step(&walk, down_until(NEVER_MS), RESTART_FOR + WITHIN);
	walk.ladder.uncountable = 1;
	for (int64_t at = 0; at < 2 * RESTART_FOR; at += 1000) {
		assert_int_equal(step(&walk, well_until(FOREVER_MS), RESTART_FOR + WITHIN + at), LADDER_STAY);
		assert_false(ladder_may_feed(&walk.ladder, T0 + RESTART_FOR + WITHIN + at));
	}
	assert_false(ladder_hold(&walk.ladder, T0 + 9000000, T0 + 1000000));
	assert_false(ladder_resume(&walk.rule, &walk.ladder, T0 + 1000000));
	/* Not even a clock that stands still feeds it. */
	assert_false(ladder_may_feed(&walk.ladder, T0));
	assert_true(ladder_deadline_ms(&walk.rule, &walk.ladder) == FOREVER_MS);
	walk.ladder.state = BOARD_STATE_COUNT;
	assert_int_equal(step(&walk, well_until(FOREVER_MS), 0), LADDER_STAY);
}

/* P1: strict mode: no feed after the first down verdict. */
static void test_strict_lets_go_at_once(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	walk.rule.restart_for_ms = 0;
	walk.rule.reboot_within_ms = 0;
	assert_int_equal(step(&walk, down_until(T0 + DETECTION), 100), LADDER_STATE);
	assert_on(&walk, BOARD_RECOVERING, 100);
	assert_false(ladder_may_feed(&walk.ladder, T0 + 100));
	assert_int_equal(step(&walk, down_until(T0 + DETECTION), 100), LADDER_LETGO);
	assert_on(&walk, BOARD_LETGO, 100);
	assert_int_equal(walk.ladder.unsettled, 1);
	assert_int_equal(step(&walk, down_until(T0 + DETECTION), 100), LADDER_STAY);
	assert_false(ladder_may_feed(&walk.ladder, T0 + 99));
}

static void test_no_time_for_restarts_reboots_at_once(void **state)
{
	struct walk walk = walk_well(0);

	(void)state;
	walk.rule.restart_for_ms = 0;
	assert_int_equal(steps(&walk, down_until(T0 + DETECTION), 100), 2);
	assert_on(&walk, BOARD_REBOOTING, 100 + WITHIN);
}

/* P6: strict or not, the limit holds. */
static void test_strict_holds_at_the_limit(void **state)
{
	struct walk walk = walk_well(3);

	(void)state;
	walk.rule.restart_for_ms = 0;
	walk.rule.reboot_within_ms = 0;
	assert_int_equal(steps(&walk, down_until(T0 + DETECTION), 100), 2);
	assert_on(&walk, BOARD_HOLD, 100 + HOLD_LEASE_MS);
}

/* P6: reboots are forgotten after reboots.settle of being well, to the millisecond. */
static void test_reboots_are_forgotten(void **state)
{
	struct walk walk = walk_well(2);
	int64_t at = stay_well(&walk, 0, REBOOT_SETTLE - 10);

	(void)state;
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + REBOOT_SETTLE);
	assert_int_equal(step(&walk, well_until(T0 + at + DETECTION), REBOOT_SETTLE - 1), LADDER_STAY);
	assert_int_equal(walk.ladder.unsettled, 2);
	assert_int_equal(step(&walk, well_until(T0 + at + DETECTION), REBOOT_SETTLE), LADDER_FORGIVEN);
	assert_int_equal(walk.ladder.unsettled, 0);
	assert_int_equal(step(&walk, well_until(T0 + at + DETECTION), REBOOT_SETTLE), LADDER_STAY);
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + at + DETECTION);
}

static void test_the_deadline_of_forgetting_moves_with_doubt(void **state)
{
	struct walk walk = walk_well(1);

	(void)state;
	walk.rule.reboot_settle_ms = 10000;
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + 10000);
	steps(&walk, doubt_until(T0 + DETECTION), 4000);
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + DETECTION);
	steps(&walk, well_until(T0 + DETECTION), 9000);
	assert_int_equal(ladder_deadline_ms(&walk.rule, &walk.ladder), T0 + 15000);
	assert_int_equal(step(&walk, well_until(T0 + DETECTION), 14999), LADDER_STAY);
	assert_int_equal(step(&walk, well_until(T0 + DETECTION), 15000), LADDER_FORGIVEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_never_well_never_rebooted),
	        cmocka_unit_test(test_well_once_is_proven),
	        cmocka_unit_test(test_doubt_proves_nothing),
	        cmocka_unit_test(test_an_unproven_set_does_not_go_on_rebooting),
	        cmocka_unit_test(test_a_hold_says_why),
	        cmocka_unit_test(test_the_limit),
	        cmocka_unit_test(test_limit_zero),
	        cmocka_unit_test(test_then_reboot),
	        cmocka_unit_test(test_no_more_ends_without_a_word_than_reboots),
	        cmocka_unit_test(test_ends_without_a_word_are_forgotten),
	        cmocka_unit_test(test_uncountable_holds),
	        cmocka_unit_test(test_uncountable_while_rebooting),
	        cmocka_unit_test(test_rebooting_is_irrevocable),
	        cmocka_unit_test(test_letgo_is_final),
	        cmocka_unit_test(test_strict_lets_go_at_once),
	        cmocka_unit_test(test_no_time_for_restarts_reboots_at_once),
	        cmocka_unit_test(test_strict_holds_at_the_limit),
	        cmocka_unit_test(test_reboots_are_forgotten),
	        cmocka_unit_test(test_the_deadline_of_forgetting_moves_with_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
