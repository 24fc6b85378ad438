/* SPDX-License-Identifier: MIT
 *
 * `flap`: so many failures of a check within so long make it down, in a row or not. `propagate`: what needs a service is
 * restarted after it.
 */
#include "core_fixture.h"

static const uint32_t WITHIN_MS = 20000;

/* One service that flaps by a rule of three failures in 20 s, and well. */
static int64_t flapping_scene(struct scene *scene)
{
	uint16_t web = scene_simple(scene);

	scene->service_rules[web].flap_count = 3;
	scene->service_rules[web].flap_within_ms = WITHIN_MS;
	scene->check_rules[web].interval_ms = 1000;
	return scene_begin_well(scene);
}

/* One bad result at a time, with a good one right after it: never two in a row. */
static void fail_once_at(struct scene *scene, int64_t at_ms)
{
	scene_run(scene, at_ms);
	scene_result(scene, 0, PLAY_BAD);
	scene_run(scene, at_ms + 10);
	scene_result(scene, 0, PLAY_GOOD);
}

static size_t count_kind(const struct scene *scene, enum event_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < scene->event_count; i++)
		count += scene->events[i].kind == kind;
	return count;
}

static void test_three_in_the_window_are_down(void **state)
{
	struct scene *scene = *state;
	int64_t t = flapping_scene(scene);

	fail_once_at(scene, t + 500);
	fail_once_at(scene, t + 10500);
	assert_int_equal(count_kind(scene, EVENT_SERVICE_DOWN), 0);
	/* One millisecond before the first one leaves the window. */
	fail_once_at(scene, t + 500 + WITHIN_MS - 1);
	assert_int_equal(count_kind(scene, EVENT_SERVICE_DOWN), 1);
	assert_int_equal(count_kind(scene, EVENT_RESTART), 1);
}

static void test_the_window_moves_on(void **state)
{
	struct scene *scene = *state;
	int64_t t = flapping_scene(scene);

	fail_once_at(scene, t + 500);
	fail_once_at(scene, t + 10500);
	/* The first one is exactly as old as the window is long: it does not count any more. */
	fail_once_at(scene, t + 500 + WITHIN_MS);
	assert_int_equal(count_kind(scene, EVENT_SERVICE_DOWN), 0);
	assert_int_equal(scene->checks[0].flap_count, 2);
}

static void test_no_rule_no_flap(void **state)
{
	struct scene *scene = *state;
	int64_t t = flapping_scene(scene);

	scene->service_rules[0].flap_count = 0;
	for (int i = 0; i < 20; i++)
		fail_once_at(scene, t + 500 + i * 1000);
	assert_int_equal(count_kind(scene, EVENT_SERVICE_DOWN), 0);
	assert_int_equal(scene->checks[0].flap_count, 0);
}

static void test_the_list_does_not_overflow(void **state)
{
	struct scene *scene = *state;
	int64_t t = flapping_scene(scene);

	scene->service_rules[0].flap_count = FLAP_LAST;
	scene->service_rules[0].can_restart = 0;
	for (int i = 0; i < 3 * FLAP_LAST; i++)
		fail_once_at(scene, t + 500 + i * 1000);
	assert_true(scene->checks[0].flap_count <= FLAP_LAST);
	assert_true(count_kind(scene, EVENT_SERVICE_DOWN) > 0);
}

/* Where a rule asks for as many failures as are remembered, the list is full, and each further one finds all of them there. */
static void test_a_full_list_stays_full(void **state)
{
	struct scene *scene = *state;
	int64_t t = flapping_scene(scene);

	scene->service_rules[0].flap_count = FLAP_LAST;
	scene->service_rules[0].can_restart = 0;
	for (int i = 0; i < FLAP_LAST; i++)
		fail_once_at(scene, t + 500 + i * 1000);
	assert_int_equal(count_kind(scene, EVENT_SERVICE_DOWN), 1);
	assert_int_equal(count_kind(scene, EVENT_SERVICE_UP), 1);
	fail_once_at(scene, t + 500 + FLAP_LAST * 1000);
	assert_int_equal(scene->checks[0].flap_count, FLAP_LAST);
	assert_int_equal(count_kind(scene, EVENT_SERVICE_DOWN), 2);
}

/* What was before a restart is not held against the new process. */
static void test_a_restart_forgets(void **state)
{
	struct scene *scene = *state;
	int64_t t = flapping_scene(scene);

	fail_once_at(scene, t + 500);
	fail_once_at(scene, t + 1500);
	fail_once_at(scene, t + 2500);
	assert_int_equal(count_kind(scene, EVENT_RESTART), 1);
	assert_int_equal(scene->checks[0].flap_count, 0);
	fail_once_at(scene, t + 5500);
	assert_int_equal(count_kind(scene, EVENT_RESTART), 1);
}

/* A database, a web server that follows it, and a page that follows the web server. */
static int64_t chain_scene(struct scene *scene)
{
	uint16_t database = scene_simple(scene);
	uint16_t web = scene_simple(scene);
	uint16_t page = scene_simple(scene);

	scene_need(scene, web, database);
	scene_need(scene, page, web);
	scene->service_rules[web].propagate = 1;
	scene->service_rules[page].propagate = 1;
	for (uint16_t i = 0; i < 3; i++)
		scene->plays[i].revived_by_restart = true;
	return scene_begin_well(scene);
}

/* P13: those that follow are restarted in order, each after what it needs is up, and are not charged for it. */
static void test_followers_are_restarted_in_order(void **state)
{
	struct scene *scene = *state;
	int64_t t = chain_scene(scene);
	int64_t restarts_ms[3] = {0, 0, 0};

	scene_play(scene, 0, PLAY_CONCLUSIVE);
	scene_run(scene, t + 20000);
	assert_int_equal(count_kind(scene, EVENT_RESTART), 3);
	for (size_t i = 0; i < scene->event_count; i++)
		if (scene->events[i].kind == EVENT_RESTART)
			restarts_ms[scene->events[i].service] = scene->events[i].at_ms;
	assert_true(restarts_ms[0] < restarts_ms[1]);
	assert_true(restarts_ms[1] < restarts_ms[2]);
	assert_int_equal(scene->services[0].attempts, 1);
	assert_int_equal(scene->services[1].attempts, 0);
	assert_int_equal(scene->services[2].attempts, 0);
	assert_int_equal(scene->ladder.state, BOARD_WELL);
}

static void test_who_does_not_follow_is_left_alone(void **state)
{
	struct scene *scene = *state;
	int64_t t = chain_scene(scene);

	scene->service_rules[2].propagate = 0;
	scene_play(scene, 0, PLAY_CONCLUSIVE);
	scene_run(scene, t + 20000);
	assert_int_equal(count_kind(scene, EVENT_RESTART), 2);
	assert_int_equal(scene->services[2].restarts, 0);
}

/* P13: nor does it matter where in the file they stand: the first service may follow the second. */
static void test_the_first_in_the_file_may_follow(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);
	uint16_t database = scene_simple(scene);

	scene_need(scene, web, database);
	scene->service_rules[web].propagate = 1;
	scene->plays[database].revived_by_restart = true;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, database, PLAY_CONCLUSIVE);
	scene_run(scene, t + 20000);
	assert_int_equal(scene->services[database].restarts, 1);
	assert_int_equal(scene->services[web].restarts, 1);
	assert_int_equal(scene->services[web].attempts, 0);
}

/* A restart in the middle of the chain goes downwards only. */
static void test_what_is_needed_does_not_follow(void **state)
{
	struct scene *scene = *state;
	int64_t t = chain_scene(scene);

	scene_play(scene, 1, PLAY_CONCLUSIVE);
	scene_run(scene, t + 20000);
	assert_int_equal(scene->services[0].restarts, 0);
	assert_int_equal(scene->services[1].restarts, 1);
	assert_int_equal(scene->services[2].restarts, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_three_in_the_window_are_down),
	        scene_test(test_the_window_moves_on),
	        scene_test(test_no_rule_no_flap),
	        scene_test(test_the_list_does_not_overflow),
	        scene_test(test_a_full_list_stays_full),
	        scene_test(test_a_restart_forgets),
	        scene_test(test_followers_are_restarted_in_order),
	        scene_test(test_who_does_not_follow_is_left_alone),
	        scene_test(test_the_first_in_the_file_may_follow),
	        scene_test(test_what_is_needed_does_not_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
