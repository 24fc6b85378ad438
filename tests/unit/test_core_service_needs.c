/* SPDX-License-Identifier: MIT
 *
 * core/service: what a service needs comes first.
 */
#include "core_fixture.h"

#include <string.h>
/* P13: a service whose need is down waits, is not restarted, and spends nothing. */
static void test_a_service_waits_for_what_it_needs(void **state)
{
	struct scene *scene = *state;
	uint16_t database = eager(scene);
	uint16_t web = eager(scene);

	scene_need(scene, web, database);
	scene->service_rules[database].can_restart = 0;
	int64_t t = scene_begin_well(scene);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, t + 40000);
	assert_health(scene, database, HEALTH_DOWN);
	assert_health(scene, web, HEALTH_WAITING);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	assert_said(scene, EVENT_SERVICE_DOWN, web, 0);
	assert_int_equal(scene->services[web].attempts, 0);
	assert_int_equal(scene->services[web].restarts, 0);
}

/* P13: when the need is up again the service is restarted at once, and not charged; the next restart is. */
static void test_a_waiting_service_is_restarted_uncharged_when_its_need_is_back(void **state)
{
	struct scene *scene = *state;
	uint16_t database = eager(scene);
	uint16_t web = eager(scene);

	scene_need(scene, web, database);
	scene->service_rules[web].attempts = 1;
	scene->service_rules[database].can_restart = 0;
	int64_t t = scene_begin_well(scene);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, t + 10000);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, t + 10000);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), t + 10000);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 0)->value, 0);
	assert_int_equal(scene->services[web].attempts, 0);
	scene_run(scene, t + 50000);
	assert_said(scene, EVENT_RESTART, web, 2);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 1)->value, 1);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 1), t + 11000);
}

/* P13: one that has no attempts left is restarted all the same when what it needs came back. */
static void test_a_need_that_is_back_gives_one_restart_beyond_the_attempts(void **state)
{
	struct scene *scene = *state;
	uint16_t database = eager(scene);
	uint16_t web = eager(scene);

	scene_need(scene, web, database);
	scene->service_rules[web].attempts = 1;
	scene->service_rules[database].can_restart = 0;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 5000);
	assert_said(scene, EVENT_RESTART, web, 1);
	scene_play(scene, database, PLAY_BAD);
	scene_run(scene, t + 10000);
	assert_health(scene, web, HEALTH_WAITING);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, t + 40000);
	assert_said(scene, EVENT_RESTART, web, 2);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 1), t + 10000);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 1)->value, 0);
}

/* P13: who follows one of its needs follows each of them. */
static void test_a_follower_follows_each_of_its_needs(void **state)
{
	struct scene *scene = *state;
	uint16_t disk = eager(scene);
	uint16_t database = eager(scene);
	uint16_t web = eager(scene);

	scene_need(scene, web, disk);
	scene_need(scene, web, database);
	scene->service_rules[web].propagate = 1;
	scene->plays[disk].revived_by_restart = true;
	scene->plays[database].revived_by_restart = true;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, disk, PLAY_BAD);
	scene_run(scene, t + 5000);
	assert_said(scene, EVENT_RESTART, web, 1);
	scene_play(scene, database, PLAY_BAD);
	scene_run(scene, t + 10000);
	assert_said(scene, EVENT_RESTART, web, 2);
	assert_int_equal(scene->services[web].attempts, 0);
}

/* P13: the start period after a need came up is for all checks of a service. */
static void test_every_check_has_the_start_period(void **state)
{
	struct scene *scene = *state;
	uint16_t database = eager(scene);
	uint16_t web = scene_service(scene);
	uint16_t first = scene_check(scene, LEVEL_REBOOT);
	uint16_t second = scene_check(scene, LEVEL_REBOOT);

	scene_need(scene, web, database);
	scene_begin(scene, 0);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, 500);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, 500);
	assert_int_equal(scene->checks[first].grace_until_ms, SCENE_BEGIN_MS + 500 + SCENE_START_PERIOD_MS);
	assert_int_equal(scene->checks[second].grace_until_ms, SCENE_BEGIN_MS + 500 + SCENE_START_PERIOD_MS);
}

/* P13: a service that comes up by itself when its need does is left alone, and then has no restart in hand. */
static void test_a_service_that_comes_back_with_its_need_is_left_alone(void **state)
{
	struct scene *scene = *state;
	uint16_t database = eager(scene);
	uint16_t web = scene_simple(scene);

	scene_need(scene, web, database);
	scene->service_rules[database].can_restart = 0;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, database, PLAY_BAD);
	scene_play(scene, web, PLAY_UNKNOWN);
	scene_run(scene, t + 2500);
	assert_health(scene, web, HEALTH_WAITING);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, t + 2500);
	assert_int_equal(scene->services[web].came_back, 1);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 5000);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	assert_int_equal(scene->services[web].came_back, 0);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 8000);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 0)->value, 1);
}

/* P13: a service that is up though its need is down is up: it does without. */
static void test_a_service_may_do_without_its_need(void **state)
{
	struct scene *scene = *state;
	uint16_t database = eager(scene);
	uint16_t web = scene_simple(scene);

	scene_need(scene, web, database);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, database, PLAY_BAD);
	scene_run(scene, t + 3000);
	assert_health(scene, web, HEALTH_UP);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, t + 5000);
	assert_said(scene, EVENT_RESTART, web, 0);
}

/* P13: a need that only begins to fail puts a restart off: it may be the root of it. */
static void test_a_need_in_doubt_puts_a_restart_off(void **state)
{
	struct scene *scene = *state;
	uint16_t database = scene_simple(scene);
	uint16_t web = eager(scene);

	scene_need(scene, web, database);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, database, PLAY_BAD);
	scene_run(scene, t);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 500);
	assert_health(scene, web, HEALTH_DOWN);
	assert_health(scene, database, HEALTH_UP);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	/* It was a hiccup: the restart follows at once, and is charged. */
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, t + 500);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), t + 500);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 0)->value, 1);
}

/* P13: along a chain the root is restarted, and the others follow one after another. */
static void test_a_chain_comes_back_from_its_root(void **state)
{
	struct scene *scene = *state;
	uint16_t app = eager(scene);
	uint16_t web = eager(scene);
	uint16_t database = eager(scene);

	scene_need(scene, app, web);
	scene_need(scene, web, database);
	for (uint16_t i = 0; i < 3; i++)
		scene->plays[i].revived_by_restart = true;
	int64_t t = scene_begin_well(scene);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, t);
	assert_health(scene, app, HEALTH_WAITING);
	assert_health(scene, web, HEALTH_WAITING);
	scene_run(scene, t + 5000);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, database, 0), t);
	assert_int_equal(scene_event(scene, EVENT_RESTART, database, 0)->value, 1);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), t + 1000);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 0)->value, 0);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, app, 0), t + 2000);
	assert_int_equal(scene_event(scene, EVENT_RESTART, app, 0)->value, 0);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 3);
	assert_state(scene, BOARD_WELL);
}

/* P13: of two needs both must be up. */
static void test_a_diamond_waits_for_both_sides(void **state)
{
	struct scene *scene = *state;
	uint16_t app = eager(scene);
	uint16_t left = eager(scene);
	uint16_t right = eager(scene);
	uint16_t root = eager(scene);

	scene_need(scene, app, left);
	scene_need(scene, app, right);
	scene_need(scene, left, root);
	scene_need(scene, right, root);
	scene->service_rules[root].can_restart = 0;
	scene->service_rules[left].can_restart = 0;
	scene->service_rules[right].can_restart = 0;
	int64_t t = scene_begin_well(scene);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, t + 1000);
	assert_health(scene, left, HEALTH_WAITING);
	assert_health(scene, right, HEALTH_WAITING);
	assert_health(scene, app, HEALTH_WAITING);
	scene_play(scene, root, PLAY_GOOD);
	scene_run(scene, t + 1000);
	assert_health(scene, left, HEALTH_DOWN);
	scene_play(scene, left, PLAY_GOOD);
	scene_run(scene, t + 3000);
	assert_health(scene, app, HEALTH_WAITING);
	assert_said(scene, EVENT_RESTART, app, 0);
	scene_play(scene, right, PLAY_GOOD);
	scene_run(scene, t + 3000);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, app, 0), t + 3000);
}

/* P13: nobody is restarted in the step in which what he needs is: it is not up just then. */
static void test_nobody_is_restarted_together_with_his_need(void **state)
{
	struct scene *scene = *state;
	uint16_t disk = eager(scene);
	uint16_t database = eager(scene);
	uint16_t web = eager(scene);

	scene_need(scene, database, disk);
	scene_need(scene, web, database);
	scene->service_rules[database].propagate = 1;
	scene->plays[disk].revived_by_restart = true;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, disk, PLAY_BAD);
	scene_run(scene, t + 999);
	scene_play(scene, web, PLAY_BAD);
	scene->plays[web].next_ms = SCENE_BEGIN_MS + t + 1000;
	/* The disk is back, so the database follows it; the web server is down in the same moment. */
	scene_run(scene, t + 1000);
	assert_said(scene, EVENT_RESTART, database, 1);
	assert_said(scene, EVENT_RESTART, web, 0);
	scene_run(scene, t + 2000);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), t + 2000);
}

/* P13: the start period counts from when the needs are up, not from the beginning. */
static void test_the_start_period_counts_from_when_needs_are_up(void **state)
{
	struct scene *scene = *state;
	uint16_t database = scene_simple(scene);
	uint16_t web = eager(scene);

	scene_need(scene, web, database);
	scene->service_rules[web].start_period_ms = 10000;
	scene_begin(scene, 0);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, 4500);
	assert_health(scene, web, HEALTH_WAITING);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, 4500);
	assert_health(scene, web, HEALTH_UNKNOWN);
	scene_run(scene, 14499);
	scene_result(scene, web, PLAY_BAD);
	assert_health(scene, web, HEALTH_UNKNOWN);
	assert_said(scene, EVENT_RESTART, web, 0);
	scene_run(scene, 14500);
	scene_result(scene, web, PLAY_BAD);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), 14500);
	/* At boot nothing came back: it is charged. */
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 0)->value, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_a_service_waits_for_what_it_needs),
	        scene_test(test_a_waiting_service_is_restarted_uncharged_when_its_need_is_back),
	        scene_test(test_a_need_that_is_back_gives_one_restart_beyond_the_attempts),
	        scene_test(test_a_follower_follows_each_of_its_needs),
	        scene_test(test_every_check_has_the_start_period),
	        scene_test(test_a_service_that_comes_back_with_its_need_is_left_alone),
	        scene_test(test_a_service_may_do_without_its_need),
	        scene_test(test_a_need_in_doubt_puts_a_restart_off),
	        scene_test(test_a_chain_comes_back_from_its_root),
	        scene_test(test_a_diamond_waits_for_both_sides),
	        scene_test(test_nobody_is_restarted_together_with_his_need),
	        scene_test(test_the_start_period_counts_from_when_needs_are_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
