/* SPDX-License-Identifier: MIT
 *
 * core/board: the whole ladder, and who is blamed for it.
 */
#include "core_fixture.h"

/* --- the whole ladder --- */

/* P2, P5: a service that stays broken: restarts, then the reboot order, then no more feeding, to the millisecond. */
static void test_broken_for_good(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 100 + SCENE_RESTART_FOR_MS - 1);
	assert_state(scene, BOARD_RECOVERING);
	assert_true(scene_count(scene, EVENT_RESTART, web) >= 3);
	size_t restarts = scene_count(scene, EVENT_RESTART, web);
	scene_run(scene, t + 100 + SCENE_RESTART_FOR_MS);
	assert_state(scene, BOARD_REBOOTING);
	const struct event *reboot = scene_event(scene, EVENT_REBOOT, web, 0);
	assert_int_equal(reboot->value, 1);
	assert_int_equal(reboot->state, BOARD_REBOOTING);
	assert_int_equal(reboot->check, web);
	assert_true(board_may_feed(&scene->board, scene->now_ms));
	scene_run(scene, t + 100 + SCENE_RESTART_FOR_MS + SCENE_REBOOT_WITHIN_MS - 1);
	assert_true(board_may_feed(&scene->board, scene->now_ms));
	scene_run(scene, t + 100 + SCENE_RESTART_FOR_MS + SCENE_REBOOT_WITHIN_MS);
	assert_false(board_may_feed(&scene->board, scene->now_ms));
	const struct event *letgo = scene_event(scene, EVENT_LETGO, web, 0);
	assert_int_equal(letgo->value, 1);
	assert_int_equal(letgo->state, BOARD_LETGO);
	/* Nothing moves it any more. */
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 10000000);
	assert_state(scene, BOARD_LETGO);
	assert_false(board_may_feed(&scene->board, scene->now_ms));
	assert_said(scene, EVENT_RESTART, web, restarts);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 1);
	assert_said(scene, EVENT_LETGO, ANY_SERVICE, 1);
	assert_said(scene, EVENT_SERVICE_DOWN, web, 1);
}

/* P14: cause and detail of one event belong together, also when the check has found something else since. */
static void test_what_is_blamed_fits_together(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 2000 + SCENE_RESTART_FOR_MS);
	assert_int_equal(scene_event(scene, EVENT_REBOOT, web, 0)->cause, CAUSE_STATUS);
	assert_int_equal(scene_event(scene, EVENT_REBOOT, web, 0)->detail, 503);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 2000 + SCENE_RESTART_FOR_MS + SCENE_REBOOT_WITHIN_MS);
	assert_int_equal(scene_event(scene, EVENT_LETGO, web, 0)->cause, CAUSE_STATUS);
	assert_int_equal(scene_event(scene, EVENT_LETGO, web, 0)->detail, 503);
}

/* P1: strict mode: the dog is let go of in the step of the first down verdict, and nothing is restarted. */
static void test_strict_mode(void **state)
{
	static const enum event_kind kinds[] = {
	        EVENT_CHECK_FAILED, EVENT_SERVICE_DOWN, EVENT_STATE, EVENT_LETGO, EVENT_STATE};
	struct scene *scene = *state;

	scene->ladder_rule.restart_for_ms = 0;
	scene->ladder_rule.reboot_within_ms = 0;
	int64_t t;
	uint16_t web = one_service(scene, &t);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 1999);
	assert_true(board_may_feed(&scene->board, scene->now_ms));
	scene_forget(scene);
	scene->checks[web].told = 0;
	scene_run(scene, t + 2000);
	assert_kinds(scene, kinds, 5);
	assert_false(board_may_feed(&scene->board, scene->now_ms));
	assert_int_equal(scene->fed_ms, SCENE_BEGIN_MS + t + 2000);
}

/* P2: in strict mode a silent checker costs the lease and no more. */
static void test_strict_mode_and_silence(void **state)
{
	struct scene *scene = *state;

	scene->ladder_rule.restart_for_ms = 0;
	scene->ladder_rule.reboot_within_ms = 0;
	int64_t t;
	uint16_t web = one_service(scene, &t);
	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_SILENT);
	scene_run(scene, t + 100000);
	assert_int_equal(scene_entered(scene, BOARD_LETGO, 0), t + SCENE_DETECTION_MS);
	assert_int_equal(scene->fed_ms, SCENE_BEGIN_MS + t + SCENE_DETECTION_MS);
}

/* P2: a board that is never well is fed for start_period, restart_for and reboot_within. */
static void test_never_well(void **state)
{
	static const enum play plays[] = {PLAY_SILENT, PLAY_UNKNOWN, PLAY_BAD};

	for (size_t i = 0; i < 3; i++) {
		struct scene *scene = *state;
		uint16_t web = scene_simple(scene);

		scene_begin(scene, 0);
		scene_play(scene, web, plays[i]);
		scene_run(scene, 1000000);
		assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), SCENE_START_PERIOD_MS);
		assert_int_equal(scene->fed_ms, SCENE_BEGIN_MS + rules_start_bound_ms(&scene->ladder_rule));
		scene_teardown(state);
		scene_setup(state);
	}
}

/* P2: one service that is well does not make a board well whose other one never was. */
static void test_one_that_is_never_well_is_enough(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);
	uint16_t database = scene_simple(scene);

	scene_begin(scene, 0);
	scene_play(scene, database, PLAY_SILENT);
	scene_run(scene, 1000000);
	assert_int_equal(scene->fed_ms, SCENE_BEGIN_MS + rules_start_bound_ms(&scene->ladder_rule));
	assert_int_equal(scene_event(scene, EVENT_REBOOT, database, 0)->cause, CAUSE_LATE);
	(void)web;
}

/* P2, P13: a chain of services comes up one after another inside the sum of their start periods. */
static void test_a_chain_has_the_time_of_the_chain(void **state)
{
	struct scene *scene = *state;
	uint16_t app = scene_simple(scene);
	uint16_t web = scene_simple(scene);
	uint16_t database = scene_simple(scene);

	scene_need(scene, app, web);
	scene_need(scene, web, database);
	scene_begin(scene, 0);
	assert_int_equal(scene->ladder_rule.start_period_ms, 3 * SCENE_START_PERIOD_MS);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, 9000);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, 18000);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, 27000);
	assert_state(scene, BOARD_STARTING);
	scene_play(scene, app, PLAY_GOOD);
	scene_run(scene, 27000);
	assert_state(scene, BOARD_WELL);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
}

/* P2: news that is too old to feed by is no recovery. */
static void test_one_good_answer_does_not_refill_the_budget(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);
	int64_t used = 0;

	/* Down for 7 s, well for 3 s, over and over: ten times and the budget is used up. */
	for (int i = 0; i < 20 && scene->ladder.state != BOARD_REBOOTING; i++) {
		scene_play(scene, web, PLAY_CONCLUSIVE);
		scene_run(scene, t += 7000);
		used += 7000;
		scene_play(scene, web, PLAY_GOOD);
		scene_run(scene, t += 3000);
	}
	assert_int_equal(scene_time_of(scene, EVENT_REBOOT, web, 0), 2000 + 8 * 10000 + 4000);
	assert_in_range(used, SCENE_RESTART_FOR_MS, SCENE_RESTART_FOR_MS + 7000);
}

/* --- who is to blame --- */

static void test_who_is_down_is_blamed_before_who_is_in_doubt(void **state)
{
	struct scene *scene = *state;
	uint16_t first = scene_simple(scene);
	uint16_t second = scene_simple(scene);
	uint16_t third = scene_simple(scene);
	int64_t t = scene_begin_well(scene);

	for (uint16_t i = 0; i < 3; i++)
		scene->service_rules[i].can_restart = 0;
	scene_play(scene, third, PLAY_BAD);
	scene_run(scene, t);
	assert_int_equal(scene->ladder.service, third);
	scene_play(scene, first, PLAY_BAD);
	scene_run(scene, t + 500);
	scene_play(scene, second, PLAY_CONCLUSIVE);
	scene_run(scene, t + 500);
	assert_state(scene, BOARD_RECOVERING);
	assert_int_equal(scene->ladder.service, second);
	assert_int_equal(scene->ladder.cause, CAUSE_EXITED);
	/* Of several that are down the first in the order of needs, which is not that of the file. */
	scene_run(scene, t + 5000);
	assert_int_equal(scene->ladder.service, scene->order[0]);
}

/* P13: the root of a chain is blamed, not those that wait for it. */
static void test_the_root_is_blamed(void **state)
{
	struct scene *scene = *state;
	uint16_t app = scene_simple(scene);
	uint16_t database = scene_simple(scene);
	int64_t t;

	scene_need(scene, app, database);
	t = scene_begin_well(scene);
	scene_play_all(scene, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_RESTART_FOR_MS);
	assert_said(scene, EVENT_REBOOT, database, 1);
	assert_said(scene, EVENT_RESTART, app, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_broken_for_good),
	        scene_test(test_what_is_blamed_fits_together),
	        scene_test(test_strict_mode),
	        scene_test(test_strict_mode_and_silence),
	        scene_test(test_never_well),
	        scene_test(test_one_that_is_never_well_is_enough),
	        scene_test(test_a_chain_has_the_time_of_the_chain),
	        scene_test(test_one_good_answer_does_not_refill_the_budget),
	        scene_test(test_who_is_down_is_blamed_before_who_is_in_doubt),
	        scene_test(test_the_root_is_blamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
