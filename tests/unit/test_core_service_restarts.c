/* SPDX-License-Identifier: MIT
 *
 * core/service: when a service is restarted.
 */
#include "core_fixture.h"

#include <string.h>
static void test_a_service_that_goes_down_is_restarted_in_the_same_step(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 1999);
	assert_said(scene, EVENT_SERVICE_DOWN, web, 0);
	assert_said(scene, EVENT_RESTART, web, 0);
	scene_run(scene, t + 2000);
	assert_int_equal(scene_time_of(scene, EVENT_SERVICE_DOWN, web, 0), t + 2000);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), t + 2000);
	const struct event *restart = scene_event(scene, EVENT_RESTART, web, 0);
	assert_int_equal(restart->value, 1);
	assert_int_equal(restart->check, web);
	assert_int_equal(restart->cause, CAUSE_STATUS);
	assert_int_equal(restart->detail, 503);
	assert_health(scene, web, HEALTH_UNKNOWN);
	assert_int_equal(scene->services[web].restarts, 1);
}

/* P14: a service that goes down says how long it had been up, and one that comes up how long it had not. */
static void test_how_long_it_was_up_and_down_is_said(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);

	scene_begin(scene, 0);
	scene_run(scene, 5300);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, 5700);
	assert_int_equal(scene_event(scene, EVENT_SERVICE_DOWN, web, 0)->span_ms, 5300);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, 6000);
	assert_int_equal(scene_event(scene, EVENT_SERVICE_UP, web, 0)->span_ms, 400);
	assert_int_equal(scene_event(scene, EVENT_SERVICE_UP, web, 0)->value, 1);
	/* Doubt in between does not hide since when it was up. */
	scene_play(scene, web, PLAY_UNKNOWN);
	scene_run(scene, 7000);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, 7000);
	assert_int_equal(scene_event(scene, EVENT_SERVICE_DOWN, web, 1)->span_ms, 7000 - 5700);
}

static void test_a_service_that_was_never_up_was_up_for_no_time(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);

	scene_begin(scene, 0);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, 3000);
	assert_int_equal(scene_event(scene, EVENT_SERVICE_DOWN, web, 0)->span_ms, 0);
}

/* P5: the first restart at once, the next after 1 s, then twice as long each time up to 60 s, to the millisecond. */
static void test_backoff_doubles_to_a_minute(void **state)
{
	static const int64_t at_s[] = {0, 1, 3, 7, 15, 31, 63, 123, 183, 243};
	struct scene *scene = *state;
	uint16_t web = eager(scene);

	scene->check_rules[web].interval_ms = 7;
	scene->check_rules[web].timeout_ms = 5;
	scene->ladder_rule.restart_for_ms = 600000;
	scene_begin(scene, 0);
	scene_run(scene, 1);
	scene->every_ms = true;
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, 250000);
	for (size_t i = 0; i < sizeof(at_s) / sizeof(at_s[0]); i++) {
		assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, i), 1 + 1000 * at_s[i]);
		assert_int_equal(scene_event(scene, EVENT_RESTART, web, i)->value, i + 1);
	}
	assert_said(scene, EVENT_RESTART, web, 10);
}

static void test_attempts_are_limited_in_an_outage(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);

	scene->service_rules[web].attempts = 2;
	scene->ladder_rule.restart_for_ms = 600000;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 500000);
	assert_said(scene, EVENT_RESTART, web, 2);
	assert_health(scene, web, HEALTH_DOWN);
	assert_int_equal(scene->services[web].attempts, 2);
}

static void test_attempts_are_whole_again_only_when_settled(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);

	scene->service_rules[web].attempts = 1;
	scene->ladder_rule.restart_for_ms = 600000;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 99);
	assert_said(scene, EVENT_RESTART, web, 1);
	/* One ms short of settled: what was spent stays spent. */
	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 100 + SCENE_SETTLE_MS - 1);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 100 + SCENE_SETTLE_MS + 5000);
	assert_health(scene, web, HEALTH_DOWN);
	assert_said(scene, EVENT_RESTART, web, 1);
	/* Settled, though nobody looked at that moment. */
	scene_play(scene, web, PLAY_GOOD);
	t = scene_now(scene);
	scene_run(scene, t + SCENE_SETTLE_MS);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_SETTLE_MS);
	assert_said(scene, EVENT_RESTART, web, 2);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 1)->value, 1);
}

static void test_settled_to_the_millisecond(void **state)
{
	struct service_state service = {
	        .health = HEALTH_UP, .since_ms = 5000, .attempts = 3, .backoff_ms = 4000, .restart_at_ms = 99000};

	(void)state;
	service_settle(&service, 1000, 5999);
	assert_int_equal(service.attempts, 3);
	assert_int_equal(service.backoff_ms, 4000);
	assert_int_equal(service.restart_at_ms, 99000);
	service_settle(&service, 1000, 6000);
	assert_int_equal(service.attempts, 0);
	assert_int_equal(service.backoff_ms, 0);
	assert_true(service.restart_at_ms == NEVER_MS);
	service = (struct service_state){.health = HEALTH_DOWN, .since_ms = 5000, .attempts = 3};
	service_settle(&service, 1000, 60000);
	assert_int_equal(service.attempts, 3);
}

static void test_the_count_of_attempts_does_not_wrap(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);
	int64_t t = scene_begin_well(scene);

	scene->services[web].attempts = UINT16_MAX - 1;
	scene->services[web].backoff_ms = BACKOFF_FIRST_MS;
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t);
	assert_int_equal(scene->services[web].attempts, UINT16_MAX);
	scene_run(scene, t + 10000);
	assert_true(scene_count(scene, EVENT_RESTART, web) > 1);
	assert_int_equal(scene->services[web].attempts, UINT16_MAX);
}

static void test_without_a_restart_command_nothing_is_restarted(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);

	scene->service_rules[web].can_restart = 0;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + SCENE_RESTART_FOR_MS);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	assert_said(scene, EVENT_REBOOT, web, 1);
}

/* P4: unknown never restarts a service, be it that the probe cannot be made or that nobody says anything. */
static void test_unknown_never_restarts(void **state)
{
	static const enum play plays[] = {PLAY_UNKNOWN, PLAY_SILENT};
	struct scene *scene = *state;
	uint16_t web = eager(scene);
	int64_t t = scene_begin_well(scene);

	for (size_t i = 0; i < 2; i++) {
		scene_play(scene, web, plays[i]);
		scene_run(scene, t += 30000);
		assert_health(scene, web, HEALTH_UNKNOWN);
		scene_play(scene, web, PLAY_GOOD);
		scene_run(scene, t += 5000);
		assert_health(scene, web, HEALTH_UP);
	}
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	assert_said(scene, EVENT_SERVICE_DOWN, ANY_SERVICE, 0);
}

/* P4: nor does it restart one that was down before it became unknown. */
static void test_down_and_then_unknown_is_not_restarted_again(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 100);
	assert_said(scene, EVENT_RESTART, web, 1);
	scene_play(scene, web, PLAY_UNKNOWN);
	scene_run(scene, t + 50000);
	assert_said(scene, EVENT_RESTART, web, 1);
}

/* A restart says that the results of both its checks are wanted anew. */
static void test_a_restart_forgets_what_all_checks_knew(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);
	uint16_t other = scene_check(scene, LEVEL_REBOOT);
	uint16_t told = scene_check(scene, LEVEL_ALERT);
	int64_t t = scene_begin_well(scene);

	scene_run(scene, t + 500);
	scene_result(scene, web, PLAY_CONCLUSIVE);
	assert_said(scene, EVENT_RESTART, web, 1);
	assert_int_equal(scene->checks[other].health, HEALTH_UNKNOWN);
	assert_int_equal(scene->checks[told].health, HEALTH_UNKNOWN);
	scene_result(scene, web, PLAY_GOOD); /* of the same millisecond */
	assert_health(scene, web, HEALTH_UNKNOWN);
	scene_run(scene, t + 1000);
	assert_health(scene, web, HEALTH_UP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_a_service_that_goes_down_is_restarted_in_the_same_step),
	        scene_test(test_how_long_it_was_up_and_down_is_said),
	        scene_test(test_a_service_that_was_never_up_was_up_for_no_time),
	        scene_test(test_backoff_doubles_to_a_minute),
	        scene_test(test_attempts_are_limited_in_an_outage),
	        scene_test(test_attempts_are_whole_again_only_when_settled),
	        scene_test(test_settled_to_the_millisecond),
	        scene_test(test_the_count_of_attempts_does_not_wrap),
	        scene_test(test_without_a_restart_command_nothing_is_restarted),
	        scene_test(test_unknown_never_restarts),
	        scene_test(test_down_and_then_unknown_is_not_restarted_again),
	        scene_test(test_a_restart_forgets_what_all_checks_knew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
