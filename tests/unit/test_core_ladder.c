/* SPDX-License-Identifier: MIT
 *
 * core/ladder: each rung's entry, budget and end, to the millisecond, with verdicts that are made up.
 */
#include "core/ladder.h"

#include "core/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	T0 = 1000000,
	START = 60000,
	DETECTION = 22000,
	RESTART_FOR = 300000,
	WITHIN = 90000,
	SETTLE = 120000,
	REBOOT_SETTLE = 1800000,
};

static const struct ladder_rule usual = {
        .restart_for_ms = RESTART_FOR,
        .reboot_within_ms = WITHIN,
        .settle_ms = SETTLE,
        .reboot_settle_ms = REBOOT_SETTLE,
        .start_period_ms = START,
        .detection_ms = DETECTION,
        .reboot_limit = 3,
};

/* All is well, by news that is that old. */
static struct verdict well_until(int64_t lease_ms)
{
	return (struct verdict){.well = true, .up = true, .lease_ms = lease_ms, .service = NO_INDEX, .check = NO_INDEX};
}

static struct verdict doubt_until(int64_t lease_ms)
{
	return (struct verdict){.up = true, .lease_ms = lease_ms, .service = 1, .check = 2, .cause = CAUSE_TIMEOUT};
}

/* Not up, but not beyond doubt either. */
static struct verdict unknown_until(int64_t lease_ms)
{
	return (struct verdict){.lease_ms = lease_ms, .service = 3, .check = 4, .cause = CAUSE_LATE};
}

static struct verdict down_until(int64_t lease_ms)
{
	return (struct verdict){.down = true, .lease_ms = lease_ms, .service = 5, .check = 6, .cause = CAUSE_REFUSED};
}

struct walk {
	struct ladder_rule rule;
	struct ladder ladder;
};

static struct walk walk_begin(uint16_t unsettled)
{
	struct walk walk = {.rule = usual};

	ladder_begin(&walk.rule, &walk.ladder, unsettled, T0);
	return walk;
}

static enum ladder_move step(struct walk *walk, struct verdict verdict, int64_t at_ms)
{
	return ladder_step(&walk->rule, &walk->ladder, &verdict, T0 + at_ms);
}

/* Steps until it stays, as the board does; returns how many moves that took. */
static int steps(struct walk *walk, struct verdict verdict, int64_t at_ms)
{
	int moves = 0;

	while (step(walk, verdict, at_ms) != LADDER_STAY)
		assert_true(++moves < 6);
	return moves;
}

static struct walk walk_well(uint16_t unsettled)
{
	struct walk walk = walk_begin(unsettled);

	assert_int_equal(step(&walk, well_until(T0 + DETECTION), 0), LADDER_STATE);
	return walk;
}

static void assert_on(const struct walk *walk, enum board_state state, int64_t feed_until)
{
	assert_string_equal(board_state_name((enum board_state)walk->ladder.state), board_state_name(state));
	assert_int_equal(walk->ladder.feed_until_ms - T0, feed_until);
}

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

/* --- starting --- */

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

/* --- recovering --- */

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

/* Well for some time, with news each second. Returns when. */
static int64_t stay_well(struct walk *walk, int64_t at, int64_t for_ms)
{
	int64_t end = at + for_ms;

	for (; at < end; at += 1000)
		steps(walk, well_until(T0 + at + DETECTION), at);
	steps(walk, well_until(T0 + end + DETECTION), end);
	return end;
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

/* --- reboots and their limit --- */

static struct walk walk_recovering(uint16_t unsettled)
{
	struct walk walk = walk_well(unsettled);

	step(&walk, down_until(T0 + DETECTION), 0);
	return walk;
}

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
		assert_int_equal(
		        step(&walk, down_until(NEVER_MS), RESTART_FOR), unexplained < 3 ? LADDER_REBOOT : LADDER_HOLD);
		assert_int_equal(walk.ladder.unsettled, unexplained < 3);
		walk = walk_recovering(0);
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
	assert_int_equal(step(&walk, down_until(NEVER_MS), RESTART_FOR), LADDER_HOLD);
	assert_true(ladder_resume(&walk.rule, &walk.ladder, T0 + RESTART_FOR + 1));
	assert_int_equal(walk.ladder.unexplained, 0);
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
