/* SPDX-License-Identifier: MIT
 *
 * core/rules: detection, the longest chain of start periods, and BOUND, worked out by hand.
 */
#include "core_fixture.h"

static uint32_t detection_of(uint32_t interval_ms, uint32_t timeout_ms, uint16_t retries)
{
	struct check_rule rule = {.interval_ms = interval_ms, .timeout_ms = timeout_ms, .retries = retries};

	return check_detection_ms(&rule);
}

/* P2: detection is retries times the interval, twice the timeout, and 3 s to replace a checker. */
static void test_detection(void **state)
{
	(void)state;
	assert_int_equal(detection_of(5000, 2000, 3), 22000);
	assert_int_equal(detection_of(5000, 2000, 1), 12000);
	assert_int_equal(detection_of(100, 50, 2), 3300);
	assert_int_equal(detection_of(1, 0, 1), 3001);
	/* What is silent is noticed after one interval, whatever the retries are. */
	assert_int_equal(detection_of(5000, 2000, 0), 12000);
}

/* P2: after a failure the check is asked again after retry_interval, but never while a probe is under way. */
static void test_detection_with_retries_soon(void **state)
{
	struct check_rule rule = {.interval_ms = 5000, .retry_interval_ms = 1000, .timeout_ms = 2000, .retries = 3};

	(void)state;
	/* 5 s until the first failing probe, which ends with its timeout; two more; 3 s and a timeout for a silent checker. */
	assert_int_equal(check_failing_ms(&rule), 5000 + 2 * 2000 + 2000);
	assert_int_equal(check_detection_ms(&rule), 11000 + 5000);
	rule.timeout_ms = 500;
	assert_int_equal(check_failing_ms(&rule), 5000 + 2 * 1000 + 500);
	rule.retries = 1;
	assert_int_equal(check_failing_ms(&rule), 5500);
	rule.retry_interval_ms = 4999;
	assert_int_equal(check_retry_ms(&rule), 4999);
	rule.retry_interval_ms = 5001;
	assert_int_equal(check_retry_ms(&rule), 5000);
	rule.retry_interval_ms = 0;
	assert_int_equal(check_retry_ms(&rule), 5000);
}

static void test_detection_does_not_overflow(void **state)
{
	uint32_t month_ms = (uint32_t)MAX_DURATION_S * 1000;

	(void)state;
	assert_int_equal(detection_of(month_ms, 0, 1), month_ms + 3000);
	assert_int_equal(detection_of(month_ms, month_ms, 1), UINT32_MAX);
	assert_int_equal(detection_of(month_ms, month_ms, UINT16_MAX), UINT32_MAX);
	assert_int_equal(detection_of(UINT32_MAX - 3000, 0, 1), UINT32_MAX);
	assert_int_equal(detection_of(UINT32_MAX - 3001, 0, 1), UINT32_MAX - 1);
}

/* P2: BOUND is a plain sum, of 64 bits. */
static void test_bound(void **state)
{
	struct ladder_rule rule = {
	        .detection_ms = 22000, .start_period_ms = 60000, .restart_for_ms = 300000, .reboot_within_ms = 60000};
	uint32_t month_ms = (uint32_t)MAX_DURATION_S * 1000;

	(void)state;
	assert_int_equal(rules_bound_ms(&rule), 382000);
	assert_int_equal(rules_start_bound_ms(&rule), 420000);
	rule = (struct ladder_rule){.detection_ms = month_ms,
	        .start_period_ms = month_ms,
	        .restart_for_ms = month_ms,
	        .reboot_within_ms = month_ms};
	assert_int_equal(rules_bound_ms(&rule), 3 * (int64_t)month_ms);
	assert_int_equal(rules_start_bound_ms(&rule), 3 * (int64_t)month_ms);
}

/* P2: the detection of the board is that of its slowest check. */
static void test_slowest_check_counts(void **state)
{
	struct scene *scene = *state;

	scene_service(scene);
	scene_check(scene, LEVEL_REBOOT);
	scene->check_rules[scene_check(scene, LEVEL_ALERT)].interval_ms = 4000;
	scene_check(scene, LEVEL_REBOOT);
	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.detection_ms, 16000);
}

/* P2: no start period is shorter than the time that a verdict takes. */
static void test_start_period_is_detection_at_least(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);

	scene->service_rules[web].start_period_ms = SCENE_DETECTION_MS - 1;
	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.detection_ms, SCENE_DETECTION_MS);
	assert_int_equal(scene->ladder_rule.start_period_ms, SCENE_DETECTION_MS);
	scene->service_rules[web].start_period_ms = SCENE_DETECTION_MS + 1;
	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.start_period_ms, SCENE_DETECTION_MS + 1);
}

/* P2, P13: along a chain start periods add up, beside one another the longer counts. */
static void test_longest_chain_counts(void **state)
{
	struct scene *scene = *state;
	uint16_t app = scene_simple(scene);
	uint16_t cache = scene_simple(scene);
	uint16_t database = scene_simple(scene);
	uint16_t disk = scene_simple(scene);
	uint16_t alone = scene_simple(scene);

	scene->service_rules[app].start_period_ms = 1000;
	scene->service_rules[cache].start_period_ms = 20000;
	scene->service_rules[database].start_period_ms = 30000;
	scene->service_rules[disk].start_period_ms = 400000;
	scene->service_rules[alone].start_period_ms = 431000;
	scene_need(scene, app, cache);
	scene_need(scene, app, database);
	scene_need(scene, database, disk);
	scene_need(scene, cache, disk);
	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.start_period_ms, 431000);
	scene->service_rules[alone].start_period_ms = 430999;
	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.start_period_ms, 431000);
	scene->service_rules[alone].start_period_ms = 431001;
	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.start_period_ms, 431001);
}

static void test_a_chain_does_not_overflow(void **state)
{
	struct scene *scene = *state;

	for (uint16_t i = 0; i < 4; i++) {
		scene_simple(scene);
		scene->service_rules[i].start_period_ms = (uint32_t)MAX_DURATION_S * 1000;
		if (i > 0)
			scene_need(scene, i, (uint16_t)(i - 1));
	}
	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.start_period_ms, UINT32_MAX);
}

static void test_nothing_to_watch_has_no_times(void **state)
{
	struct scene *scene = *state;

	scene_derive(scene);
	assert_int_equal(scene->ladder_rule.detection_ms, 0);
	assert_int_equal(scene->ladder_rule.start_period_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_detection),
	        cmocka_unit_test(test_detection_with_retries_soon),
	        cmocka_unit_test(test_detection_does_not_overflow),
	        cmocka_unit_test(test_bound),
	        scene_test(test_slowest_check_counts),
	        scene_test(test_start_period_is_detection_at_least),
	        scene_test(test_longest_chain_counts),
	        scene_test(test_a_chain_does_not_overflow),
	        scene_test(test_nothing_to_watch_has_no_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
