/* SPDX-License-Identifier: MIT
 *
 * core/board: many services at once.
 */
#include "core_fixture.h"

/* P14: hundreds of checks that fail and services that go down in one step: nothing is lost, and all are restarted. */
static void test_hundreds_at_once(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < SCENE_SERVICES; i++) {
		scene_simple(scene);
		scene_check(scene, LEVEL_ALERT);
		scene->plays[2 * i].revived_by_restart = true;
	}
	int64_t t = scene_begin_well(scene);
	scene_run(scene, t + 500);
	scene_play_all(scene, PLAY_CONCLUSIVE);
	scene_run(scene, t + 500);
	assert_said(scene, EVENT_CHECK_FAILED, ANY_SERVICE, SCENE_CHECKS);
	for (uint16_t i = 0; i < SCENE_SERVICES; i++) {
		assert_said(scene, EVENT_CHECK_FAILED, i, 2);
		assert_said(scene, EVENT_SERVICE_DOWN, i, 1);
		assert_said(scene, EVENT_RESTART, i, 1);
		assert_int_equal(scene_event(scene, EVENT_SERVICE_DOWN, i, 0)->check, 2 * i);
		assert_int_equal(scene_event(scene, EVENT_RESTART, i, 0)->cause, CAUSE_EXITED);
	}
	assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), t + 500);
	scene_play_all(scene, PLAY_GOOD);
	scene_run(scene, t + 1500);
	assert_said(scene, EVENT_CHECK_PASSED, ANY_SERVICE, SCENE_CHECKS);
	assert_said(scene, EVENT_SERVICE_UP, ANY_SERVICE, SCENE_SERVICES);
	assert_state(scene, BOARD_WELL);
}

/* P1, P2: however much there is to say, the ladder climbs in the first part. */
static void test_hundreds_at_once_do_not_delay_the_ladder(void **state)
{
	struct scene *scene = *state;
	struct events events;

	for (int i = 0; i < SCENE_SERVICES; i++)
		scene_simple(scene);
	scene->ladder_rule.restart_for_ms = 0;
	scene->ladder_rule.reboot_within_ms = 0;
	int64_t t = scene_begin_well(scene);
	scene->keep_checker = true;
	scene_play_all(scene, PLAY_SILENT);
	scene->now_ms = SCENE_BEGIN_MS + t + SCENE_DETECTION_MS;
	board_step(&scene->rules, &scene->board, scene->now_ms, &events);
	assert_true(events.late);
	assert_true(events.more);
	assert_state(scene, BOARD_LETGO);
	assert_int_equal(events.count, 24 + 3);
	assert_int_equal(events.list[24].kind, EVENT_STATE);
	assert_int_equal(events.list[25].kind, EVENT_LETGO);
	assert_int_equal(events.list[26].kind, EVENT_STATE);
}

/* A result that is too old is told from one that counts. */
static void test_what_was_taken_is_told(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);
	struct result result = {.check = web, .outcome = OUTCOME_GOOD, .started_ms = SCENE_BEGIN_MS + 1999};

	assert_false(board_result(&scene->rules, &scene->board, &result, scene->now_ms));
	result.started_ms = SCENE_BEGIN_MS + 2000;
	assert_true(board_result(&scene->rules, &scene->board, &result, scene->now_ms));
}

/* P15: a checker that is late and not replaced makes the policy say so again, not go mad. */
static void test_a_checker_that_is_not_replaced_stays_late(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene->keep_checker = true;
	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_SILENT);
	scene_run(scene, t + 2600);
	assert_int_equal(scene->late, 101);
	assert_said(scene, EVENT_CHECK_FAILED, web, 1);
	assert_said(scene, EVENT_STATE, ANY_SERVICE, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_hundreds_at_once),
	        scene_test(test_hundreds_at_once_do_not_delay_the_ladder),
	        scene_test(test_what_was_taken_is_told),
	        scene_test(test_a_checker_that_is_not_replaced_stays_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
