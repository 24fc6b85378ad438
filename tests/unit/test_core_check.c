/* SPDX-License-Identifier: MIT
 *
 * core/check: streaks, freshness, silence and the start period, to the millisecond.
 */
#include "core/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	T0 = 1000000, /* when the check begins */
	LATE_MS = 5000 + 2000 + 1000,
};

static const struct check_rule three = {.interval_ms = 5000, .timeout_ms = 2000, .retries = 3, .level = LEVEL_REBOOT};
static const struct service_rule service = {.start_period_ms = 1000};
static const struct check_rule one = {.interval_ms = 5000, .timeout_ms = 2000, .retries = 1, .level = LEVEL_REBOOT};

static struct check_state begun(void)
{
	struct check_state check;

	check_begin(&check, T0);
	return check;
}

/* A result that came in the millisecond in which its probe started. */
static bool hear(const struct check_rule *rule, struct check_state *check, enum outcome outcome, int64_t at_ms)
{
	struct result result = {
	        .started_ms = at_ms,
	        .took_ms = 7,
	        .detail = 42,
	        .outcome = (uint8_t)outcome,
	        .cause = outcome == OUTCOME_UNKNOWN ? CAUSE_CANNOT_PROBE
	                : outcome == OUTCOME_BAD    ? CAUSE_REFUSED
	                                            : CAUSE_OK,
	};

	return check_apply(&service, rule, check, &result, at_ms);
}

static void assert_is(const struct check_state *check, enum health health, unsigned streak)
{
	assert_string_equal(health_name((enum health)check->health), health_name(health));
	assert_int_equal(check->streak, streak);
}

/* P4: before the first news a check is unknown, not up. */
static void test_begins_unknown(void **state)
{
	struct check_state check = begun();

	(void)state;
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_int_equal(check.since_ms, T0);
	assert_int_equal(check.heard_ms, T0);
	assert_true(check.good_ms == NEVER_MS);
	assert_true(check.failing_since_ms == NEVER_MS);
	assert_int_equal(check.cause, CAUSE_NONE);
	assert_int_equal(check.outcome, OUTCOME_UNKNOWN);
	assert_false(check_is_clean(&check));
}

/* A clock may begin at 0: no time means "never" but the one that says so. */
static void test_times_of_zero_count(void **state)
{
	struct check_state check;

	(void)state;
	check_begin(&check, 0);
	assert_true(hear(&one, &check, OUTCOME_BAD, 0));
	assert_is(&check, HEALTH_DOWN, 1);
	assert_true(hear(&one, &check, OUTCOME_GOOD, 0));
	assert_is(&check, HEALTH_UP, 0);
	assert_int_equal(check.good_ms, 0);
}

static void test_first_good_result_makes_it_up(void **state)
{
	struct check_state check = begun();

	(void)state;
	assert_true(hear(&three, &check, OUTCOME_GOOD, T0 + 10));
	assert_is(&check, HEALTH_UP, 0);
	assert_int_equal(check.since_ms, T0 + 10);
	assert_int_equal(check.good_ms, T0 + 10);
	assert_int_equal(check.took_ms, 7);
	assert_int_equal(check.detail, 42);
	assert_int_equal(check.cause, CAUSE_OK);
	assert_true(check_is_clean(&check));
	assert_int_equal(check.warned, 0);
}

static void test_third_failure_in_a_row_makes_it_down(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_GOOD, T0 + 1);
	hear(&three, &check, OUTCOME_BAD, T0 + 2);
	assert_is(&check, HEALTH_UP, 1);
	assert_false(check_is_clean(&check));
	hear(&three, &check, OUTCOME_BAD, T0 + 3);
	assert_is(&check, HEALTH_UP, 2);
	assert_int_equal(check.since_ms, T0 + 1);
	hear(&three, &check, OUTCOME_BAD, T0 + 4);
	assert_is(&check, HEALTH_DOWN, 3);
	assert_int_equal(check.since_ms, T0 + 4);
	assert_int_equal(check.failing_since_ms, T0 + 2);
	assert_int_equal(check.good_ms, T0 + 1);
	hear(&three, &check, OUTCOME_BAD, T0 + 5);
	assert_is(&check, HEALTH_DOWN, 4);
	assert_int_equal(check.since_ms, T0 + 4);
}

static void test_one_retry_means_the_first_failure(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&one, &check, OUTCOME_GOOD, T0 + 1);
	hear(&one, &check, OUTCOME_BAD, T0 + 2);
	assert_is(&check, HEALTH_DOWN, 1);
}

static void test_a_good_result_breaks_the_row(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_BAD, T0 + 1);
	hear(&three, &check, OUTCOME_BAD, T0 + 2);
	hear(&three, &check, OUTCOME_GOOD, T0 + 3);
	assert_is(&check, HEALTH_UP, 0);
	assert_true(check.failing_since_ms == NEVER_MS);
	hear(&three, &check, OUTCOME_BAD, T0 + 4);
	hear(&three, &check, OUTCOME_BAD, T0 + 5);
	assert_is(&check, HEALTH_UP, 2);
	assert_int_equal(check.failing_since_ms, T0 + 4);
}

static void test_a_warning_is_good_and_noted(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_BAD, T0 + 1);
	hear(&three, &check, OUTCOME_WARNING, T0 + 2);
	assert_is(&check, HEALTH_UP, 0);
	assert_int_equal(check.warned, 1);
	assert_int_equal(check.good_ms, T0 + 2);
	assert_true(check_is_clean(&check));
	hear(&three, &check, OUTCOME_GOOD, T0 + 3);
	assert_int_equal(check.warned, 0);
}

static void test_a_conclusive_failure_needs_no_retries(void **state)
{
	struct result died = {.started_ms = T0 + 2, .outcome = OUTCOME_BAD, .cause = CAUSE_EXITED, .conclusive = 1};
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_GOOD, T0 + 1);
	assert_true(check_apply(&service, &three, &check, &died, T0 + 2));
	assert_is(&check, HEALTH_DOWN, 3);
	died.started_ms = T0 + 3;
	check_apply(&service, &three, &check, &died, T0 + 3);
	assert_is(&check, HEALTH_DOWN, 4);
}

static void test_a_conclusive_failure_in_the_start_period_does_not_count(void **state)
{
	struct result died = {.started_ms = T0 + 101, .outcome = OUTCOME_BAD, .cause = CAUSE_EXITED, .conclusive = 1};
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0 + 100, 1000);
	assert_true(check_apply(&service, &three, &check, &died, T0 + 1099));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	died.started_ms = T0 + 1100;
	check_apply(&service, &three, &check, &died, T0 + 1100);
	assert_is(&check, HEALTH_DOWN, 3);
}

/*
 * P5: a program that was started and has ended since is down, whatever its start period. The checker had to say that it was
 * good and then that it crashed: a program that crashed at each start was told to be up each time, and earned a lease.
 */
static void test_what_has_come_and_gone_is_not_excused(void **state)
{
	struct result gone = {.started_ms = T0 + 101, .cause = CAUSE_EXITED, .conclusive = CONCLUSIVE_ALWAYS};
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0 + 100, 1000);
	gone.outcome = OUTCOME_BAD;
	assert_true(check_apply(&service, &three, &check, &gone, T0 + 101));
	assert_is(&check, HEALTH_DOWN, 3);
	assert_int_equal(check.good_ms, NEVER_MS);
	/* Nor is anything after it. */
	hear(&three, &check, OUTCOME_BAD, T0 + 102);
	assert_is(&check, HEALTH_DOWN, 4);
}

/* What was watched since seen_ms has ended. */
static struct result ended(int64_t seen_ms)
{
	return (struct result){.started_ms = T0 + 900,
	        .seen_ms = seen_ms,
	        .outcome = OUTCOME_BAD,
	        .cause = CAUSE_EXITED,
	        .conclusive = CONCLUSIVE_YES};
}

/*
 * P5: what a restart stops has not crashed. A server that takes longer to stop than a check's interval was found well once
 * more meanwhile, which ended the start period: its end then counted as a crash, and as another attempt.
 */
static void test_what_a_restart_stops_has_not_crashed(void **state)
{
	struct result stopped = ended(1);
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0 + 100, service.start_period_ms);
	hear(&three, &check, OUTCOME_GOOD, T0 + 500);
	assert_true(check_apply(&service, &three, &check, &stopped, T0 + 900));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_int_equal(check.since_ms, T0 + 900);
	assert_false(check_is_clean(&check));
	/* Nor has one that had come under our eyes only just before. */
	stopped.seen_ms = T0 + 100;
	stopped.conclusive = CONCLUSIVE_ALWAYS;
	assert_true(check_apply(&service, &three, &check, &stopped, T0 + 901));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	/* Its successor has the rest of the start period, and no more. */
	hear(&three, &check, OUTCOME_BAD, T0 + 1099);
	assert_is(&check, HEALTH_UNKNOWN, 0);
	stopped.started_ms = T0 + 1100;
	assert_true(check_apply(&service, &three, &check, &stopped, T0 + 1100));
	assert_is(&check, HEALTH_DOWN, 3);
}

/* P5: what was seen only since the restart, or of which that is not known, has crashed. */
static void test_what_came_with_the_restart_has_crashed(void **state)
{
	static const int64_t seen_ms[] = {T0 + 101, 0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct result crashed = ended(seen_ms[i]);
		struct check_state check = begun();

		check_restart(&check, T0 + 100, service.start_period_ms);
		hear(&three, &check, OUTCOME_GOOD, T0 + 500);
		assert_true(check_apply(&service, &three, &check, &crashed, T0 + 900));
		assert_is(&check, HEALTH_DOWN, 3);
	}
}

/* P5: without a restart everything that ends has crashed. */
static void test_without_a_restart_what_ends_has_crashed(void **state)
{
	struct result crashed = ended(1);
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_GOOD, T0 + 500);
	assert_true(check_apply(&service, &three, &check, &crashed, T0 + 900));
	assert_is(&check, HEALTH_DOWN, 3);
}

static void test_a_conclusive_good_result_is_only_good(void **state)
{
	struct result good = {.started_ms = T0, .outcome = OUTCOME_GOOD, .cause = CAUSE_OK, .conclusive = 1};
	struct check_state check = begun();

	(void)state;
	check_apply(&service, &three, &check, &good, T0);
	assert_is(&check, HEALTH_UP, 0);
}

/* P4: an unknown outcome neither heals nor hurts: nothing is up by it, and no failure is added or taken away. */
static void test_unknown_neither_heals_nor_hurts(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_GOOD, T0 + 1);
	hear(&three, &check, OUTCOME_BAD, T0 + 2);
	hear(&three, &check, OUTCOME_BAD, T0 + 3);
	assert_true(hear(&three, &check, OUTCOME_UNKNOWN, T0 + 4));
	assert_is(&check, HEALTH_UNKNOWN, 2);
	assert_int_equal(check.good_ms, T0 + 1);
	assert_int_equal(check.cause, CAUSE_CANNOT_PROBE);
	for (int i = 5; i < 50; i++)
		hear(&three, &check, OUTCOME_UNKNOWN, T0 + i);
	assert_is(&check, HEALTH_UNKNOWN, 2);
	assert_false(check_is_clean(&check));
	hear(&three, &check, OUTCOME_BAD, T0 + 50);
	assert_is(&check, HEALTH_DOWN, 3);
	hear(&three, &check, OUTCOME_UNKNOWN, T0 + 51);
	assert_is(&check, HEALTH_UNKNOWN, 3);
	hear(&three, &check, OUTCOME_GOOD, T0 + 52);
	assert_is(&check, HEALTH_UP, 0);
}

/* P4: an unknown outcome keeps the check from being late: somebody is there. */
static void test_unknown_is_heard(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_UNKNOWN, T0 + 4000);
	assert_int_equal(check_late_ms(&three, &check), T0 + 4000 + LATE_MS);
}

/* A checker that lies about the outcome is told from one that knows: it counts as unknown. */
static void test_an_outcome_out_of_range_is_unknown(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_GOOD, T0 + 1);
	hear(&three, &check, OUTCOME_COUNT, T0 + 2);
	assert_is(&check, HEALTH_UNKNOWN, 0);
}

/* P4: a late check is unknown, to the millisecond. */
static void test_late_to_the_millisecond(void **state)
{
	struct check_state check = begun();

	(void)state;
	assert_int_equal(check_late_ms(&three, &check), T0 + LATE_MS);
	hear(&three, &check, OUTCOME_GOOD, T0 + 100);
	assert_int_equal(check_late_ms(&three, &check), T0 + 100 + LATE_MS);
	assert_false(check_age(&three, &check, T0 + 100 + LATE_MS - 1));
	assert_is(&check, HEALTH_UP, 0);
	assert_int_equal(check.cause, CAUSE_OK);
	assert_true(check_age(&three, &check, T0 + 100 + LATE_MS));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_int_equal(check.cause, CAUSE_LATE);
	assert_int_equal(check.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(check.since_ms, T0 + 100 + LATE_MS);
	assert_int_equal(check.good_ms, T0 + 100);
	assert_true(check_age(&three, &check, T0 + 100 + LATE_MS + 1));
	assert_int_equal(check.since_ms, T0 + 100 + LATE_MS);
}

/* P4: a check that is down and then late is unknown too: what nobody sees any more is not restarted. */
static void test_down_and_late_is_unknown(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&one, &check, OUTCOME_BAD, T0 + 1);
	assert_is(&check, HEALTH_DOWN, 1);
	check_age(&one, &check, T0 + 1 + LATE_MS);
	assert_is(&check, HEALTH_UNKNOWN, 1);
	hear(&one, &check, OUTCOME_BAD, T0 + 1 + LATE_MS);
	assert_is(&check, HEALTH_DOWN, 2);
}

/* P4: it recovers with the next good result, and then is late anew. */
static void test_late_recovers(void **state)
{
	struct check_state check = begun();

	(void)state;
	check_age(&three, &check, T0 + LATE_MS);
	hear(&three, &check, OUTCOME_GOOD, T0 + LATE_MS + 1);
	assert_is(&check, HEALTH_UP, 0);
	assert_false(check_age(&three, &check, T0 + LATE_MS + 1 + LATE_MS - 1));
	assert_true(check_age(&three, &check, T0 + LATE_MS + 1 + LATE_MS));
}

/* P4: the age of a result counts from when its probe started, so one that took too long is late on arrival. */
static void test_age_counts_from_the_probes_start(void **state)
{
	struct result slow = {.started_ms = T0, .outcome = OUTCOME_GOOD, .cause = CAUSE_OK};
	struct check_state check = begun();

	(void)state;
	assert_true(check_apply(&service, &three, &check, &slow, T0 + LATE_MS));
	assert_is(&check, HEALTH_UP, 0);
	assert_int_equal(check.good_ms, T0);
	assert_true(check_age(&three, &check, T0 + LATE_MS));
	assert_is(&check, HEALTH_UNKNOWN, 0);
}

/* P4: another checker gets the time of a probe to answer. */
static void test_a_new_checker_is_given_time(void **state)
{
	struct check_state check = begun();

	(void)state;
	check_age(&three, &check, T0 + LATE_MS);
	check_expect(&check, T0 + LATE_MS);
	assert_int_equal(check_late_ms(&three, &check), T0 + 2 * LATE_MS);
	assert_false(check_age(&three, &check, T0 + 2 * LATE_MS - 1));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_true(check_age(&three, &check, T0 + 2 * LATE_MS));
	/* A result that is older than the new checker does not shorten that. */
	check_expect(&check, T0 + 3 * LATE_MS);
	hear(&three, &check, OUTCOME_GOOD, T0 + 3 * LATE_MS - 1);
	assert_int_equal(check_late_ms(&three, &check), T0 + 4 * LATE_MS);
	hear(&three, &check, OUTCOME_GOOD, T0 + 3 * LATE_MS + 1);
	assert_int_equal(check_late_ms(&three, &check), T0 + 4 * LATE_MS + 1);
}

/* P1: news that is older than the last is no news, and does not touch the lease. */
static void test_older_results_are_refused(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_BAD, T0 + 100);
	struct check_state before = check;
	assert_false(hear(&three, &check, OUTCOME_GOOD, T0 + 99));
	assert_memory_equal(&check, &before, sizeof(check));
	assert_true(hear(&three, &check, OUTCOME_GOOD, T0 + 100));
	assert_is(&check, HEALTH_UP, 0);
}

static void test_results_from_before_the_beginning_are_refused(void **state)
{
	struct check_state check = begun();

	(void)state;
	assert_false(hear(&three, &check, OUTCOME_GOOD, T0 - 1));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_true(hear(&three, &check, OUTCOME_GOOD, T0));
	assert_is(&check, HEALTH_UP, 0);
}

/* P1: results of probes that started before a restart, or in its millisecond, do not heal; one ms later they do. */
static void test_results_from_before_a_restart_do_not_heal(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&one, &check, OUTCOME_BAD, T0 + 1);
	check_restart(&check, T0 + 100, 1000);
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_int_equal(check.cause, CAUSE_RESTARTED);
	assert_int_equal(check.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(check.since_ms, T0 + 100);
	assert_false(hear(&one, &check, OUTCOME_GOOD, T0 + 99));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_int_equal(check.heard_ms, T0 + 99); /* but somebody is there */
	assert_int_equal(check.expect_ms, T0 + 99);
	assert_false(hear(&one, &check, OUTCOME_GOOD, T0 + 100));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_int_equal(check.heard_ms, T0 + 100);
	assert_true(check.good_ms == NEVER_MS);
	assert_int_equal(check.cause, CAUSE_RESTARTED);
	assert_true(hear(&one, &check, OUTCOME_GOOD, T0 + 101));
	assert_is(&check, HEALTH_UP, 0);
}

static void test_failures_in_the_start_period_do_not_count(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&one, &check, OUTCOME_BAD, T0 + 1);
	check_restart(&check, T0 + 100, 1000);
	assert_true(hear(&one, &check, OUTCOME_BAD, T0 + 101));
	assert_is(&check, HEALTH_UNKNOWN, 0);
	assert_int_equal(check.outcome, OUTCOME_BAD); /* it is known, though it does not count */
	assert_int_equal(check.cause, CAUSE_REFUSED);
	hear(&one, &check, OUTCOME_BAD, T0 + 1099);
	assert_is(&check, HEALTH_UNKNOWN, 0);
	hear(&one, &check, OUTCOME_BAD, T0 + 1100);
	assert_is(&check, HEALTH_DOWN, 1);
	assert_int_equal(check.failing_since_ms, T0 + 1100);
}

static void test_failures_in_the_start_period_are_not_remembered(void **state)
{
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0 + 100, 1000);
	for (int i = 1; i < 10; i++)
		hear(&three, &check, OUTCOME_BAD, T0 + 100 + i);
	hear(&three, &check, OUTCOME_BAD, T0 + 1100);
	hear(&three, &check, OUTCOME_BAD, T0 + 1101);
	assert_is(&check, HEALTH_UNKNOWN, 2);
	hear(&three, &check, OUTCOME_BAD, T0 + 1102);
	assert_is(&check, HEALTH_DOWN, 3);
}

static void test_the_first_good_result_ends_the_start_period(void **state)
{
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0 + 100, 1000);
	hear(&one, &check, OUTCOME_GOOD, T0 + 200);
	hear(&one, &check, OUTCOME_BAD, T0 + 201);
	assert_is(&check, HEALTH_DOWN, 1);
}

static void test_an_unknown_result_does_not_end_the_start_period(void **state)
{
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0 + 100, 1000);
	hear(&one, &check, OUTCOME_UNKNOWN, T0 + 200);
	hear(&one, &check, OUTCOME_BAD, T0 + 1099);
	assert_is(&check, HEALTH_UNKNOWN, 0);
}

static void test_no_start_period_counts_at_once(void **state)
{
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0 + 100, 0);
	hear(&one, &check, OUTCOME_BAD, T0 + 101);
	assert_is(&check, HEALTH_DOWN, 1);
}

static void test_an_excuse_keeps_what_is_known(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&one, &check, OUTCOME_BAD, T0 + 1);
	check_excuse(&check, T0 + 100, 1000);
	assert_is(&check, HEALTH_DOWN, 0);
	assert_int_equal(check.cause, CAUSE_REFUSED);
	assert_true(check.failing_since_ms == NEVER_MS);
	hear(&one, &check, OUTCOME_BAD, T0 + 1099);
	assert_is(&check, HEALTH_DOWN, 0);
	hear(&one, &check, OUTCOME_GOOD, T0 + 1099);
	assert_is(&check, HEALTH_UP, 0);
}

/* P8: an excused failure is no failure, but no good news either: it is not clean before a good result. */
static void test_an_excuse_is_not_good_news(void **state)
{
	struct check_state check = begun();

	(void)state;
	hear(&three, &check, OUTCOME_GOOD, T0 + 1);
	hear(&three, &check, OUTCOME_BAD, T0 + 2);
	check_excuse(&check, T0 + 100, 1000);
	assert_is(&check, HEALTH_UP, 0);
	assert_false(check_is_clean(&check));
	hear(&three, &check, OUTCOME_GOOD, T0 + 101);
	assert_true(check_is_clean(&check));
}

/* P4: for flapping too only failures count: not what is unknown, and not what fails in the start period. */
static void test_only_failures_that_count_are_flaps(void **state)
{
	struct service_rule rule = {.flap_count = 3, .flap_within_ms = 100000};
	struct result result = {.started_ms = T0 + 1, .outcome = OUTCOME_BAD, .cause = CAUSE_REFUSED};
	struct check_state check = begun();

	(void)state;
	check_restart(&check, T0, 1000);
	for (; result.started_ms < T0 + 10; result.started_ms++) {
		check_apply(&service, &three, &check, &result, result.started_ms);
		check_flap(&rule, &check, &result, result.started_ms);
	}
	assert_int_equal(check.flap_count, 0);
	result.started_ms = T0 + 1000;
	check_apply(&service, &three, &check, &result, result.started_ms);
	check_flap(&rule, &check, &result, result.started_ms);
	assert_int_equal(check.flap_count, 1);
	result.outcome = OUTCOME_UNKNOWN;
	for (; result.started_ms < T0 + 1010; result.started_ms++) {
		check_apply(&service, &three, &check, &result, result.started_ms);
		check_flap(&rule, &check, &result, result.started_ms);
	}
	assert_int_equal(check.flap_count, 1);
	assert_is(&check, HEALTH_UNKNOWN, 1);
}

static void test_a_flap_rule_that_cannot_be_is_none(void **state)
{
	struct service_rule rule = {.flap_count = FLAP_LAST + 1, .flap_within_ms = 100000};
	struct check_state check = begun();

	(void)state;
	for (int i = 0; i < 3 * FLAP_LAST; i++) {
		struct result bad = {.started_ms = T0 + 2 * i, .outcome = OUTCOME_BAD, .cause = CAUSE_REFUSED};

		assert_true(check_apply(&service, &three, &check, &bad, bad.started_ms));
		check_flap(&rule, &check, &bad, bad.started_ms);
		hear(&three, &check, OUTCOME_GOOD, bad.started_ms + 1);
	}
	assert_is(&check, HEALTH_UP, 0);
	assert_int_equal(check.flap_count, 0);
}

static void test_the_row_does_not_wrap(void **state)
{
	struct check_rule patient = {.interval_ms = 1, .timeout_ms = 1, .retries = UINT16_MAX};
	struct check_state check = begun();

	(void)state;
	for (int i = 1; i < UINT16_MAX; i++)
		hear(&patient, &check, OUTCOME_BAD, T0 + i);
	assert_is(&check, HEALTH_UNKNOWN, UINT16_MAX - 1);
	hear(&patient, &check, OUTCOME_BAD, T0 + UINT16_MAX);
	assert_is(&check, HEALTH_DOWN, UINT16_MAX);
	hear(&patient, &check, OUTCOME_BAD, T0 + UINT16_MAX + 1);
	assert_is(&check, HEALTH_DOWN, UINT16_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_begins_unknown),
	        cmocka_unit_test(test_times_of_zero_count),
	        cmocka_unit_test(test_first_good_result_makes_it_up),
	        cmocka_unit_test(test_third_failure_in_a_row_makes_it_down),
	        cmocka_unit_test(test_one_retry_means_the_first_failure),
	        cmocka_unit_test(test_a_good_result_breaks_the_row),
	        cmocka_unit_test(test_a_warning_is_good_and_noted),
	        cmocka_unit_test(test_a_conclusive_failure_needs_no_retries),
	        cmocka_unit_test(test_a_conclusive_failure_in_the_start_period_does_not_count),
	        cmocka_unit_test(test_what_has_come_and_gone_is_not_excused),
	        cmocka_unit_test(test_what_a_restart_stops_has_not_crashed),
	        cmocka_unit_test(test_what_came_with_the_restart_has_crashed),
	        cmocka_unit_test(test_without_a_restart_what_ends_has_crashed),
	        cmocka_unit_test(test_a_conclusive_good_result_is_only_good),
	        cmocka_unit_test(test_unknown_neither_heals_nor_hurts),
	        cmocka_unit_test(test_unknown_is_heard),
	        cmocka_unit_test(test_an_outcome_out_of_range_is_unknown),
	        cmocka_unit_test(test_late_to_the_millisecond),
	        cmocka_unit_test(test_down_and_late_is_unknown),
	        cmocka_unit_test(test_late_recovers),
	        cmocka_unit_test(test_age_counts_from_the_probes_start),
	        cmocka_unit_test(test_a_new_checker_is_given_time),
	        cmocka_unit_test(test_older_results_are_refused),
	        cmocka_unit_test(test_results_from_before_the_beginning_are_refused),
	        cmocka_unit_test(test_results_from_before_a_restart_do_not_heal),
	        cmocka_unit_test(test_failures_in_the_start_period_do_not_count),
	        cmocka_unit_test(test_failures_in_the_start_period_are_not_remembered),
	        cmocka_unit_test(test_the_first_good_result_ends_the_start_period),
	        cmocka_unit_test(test_an_unknown_result_does_not_end_the_start_period),
	        cmocka_unit_test(test_no_start_period_counts_at_once),
	        cmocka_unit_test(test_an_excuse_keeps_what_is_known),
	        cmocka_unit_test(test_an_excuse_is_not_good_news),
	        cmocka_unit_test(test_only_failures_that_count_are_flaps),
	        cmocka_unit_test(test_a_flap_rule_that_cannot_be_is_none),
	        cmocka_unit_test(test_the_row_does_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
