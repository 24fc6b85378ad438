/* SPDX-License-Identifier: MIT
 *
 * core/board: what is ordered from outside: maintenance, and a shutdown.
 */
#include "core_fixture.h"

/* --- a shutdown by another's order --- */

/* P2: what stops on the way down is not restarted; a shutdown that hangs gets reboot_within, and then the dog. */
static void test_a_hung_shutdown_is_let_go_of(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	assert_true(scene_go_down(scene));
	assert_kinds(scene, (enum event_kind[]){EVENT_GOING_DOWN, EVENT_STATE}, 2);
	assert_state(scene, BOARD_REBOOTING);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_REBOOT_WITHIN_MS - 1);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	assert_state(scene, BOARD_REBOOTING);
	assert_true(board_may_feed(&scene->board, scene->now_ms));
	scene_run(scene, t + SCENE_REBOOT_WITHIN_MS);
	assert_state(scene, BOARD_LETGO);
	assert_int_equal(scene_event(scene, EVENT_LETGO, ANY_SERVICE, 0)->cause, CAUSE_SHUTDOWN);
}

/* P2: a feeder that follows one which was killed in it has what is left of that time, to the millisecond; or none. */
static void test_a_shutdown_goes_on(void **state)
{
	struct scene *scene = *state;
	struct events events;
	int64_t t;

	one_service(scene, &t);
	assert_true(board_go_down(&scene->rules, &scene->board, scene->now_ms - 1, scene->now_ms, &events));
	assert_true(board_may_feed(&scene->board, scene->now_ms + SCENE_REBOOT_WITHIN_MS - 2));
	assert_false(board_may_feed(&scene->board, scene->now_ms + SCENE_REBOOT_WITHIN_MS - 1));
	scene->ladder.state = BOARD_WELL;
	assert_true(board_go_down(&scene->rules, &scene->board, 0, scene->now_ms, &events));
	assert_false(board_may_feed(&scene->board, scene->now_ms));
	assert_int_equal(scene->ladder.feed_until_ms, scene->now_ms);
}

/* P6: it is no reboot of ours: not counted, and neither refused nor held up where nothing can be counted. */
static void test_a_shutdown_is_not_counted(void **state)
{
	struct scene *scene = *state;
	int64_t t;

	one_service(scene, &t);
	board_storage(&scene->board, false);
	assert_true(scene_go_down(scene));
	board_reboot_refused(&scene->board, scene->now_ms);
	scene_run(scene, t + SCENE_REBOOT_WITHIN_MS);
	assert_state(scene, BOARD_LETGO);
	assert_int_equal(scene->ladder.unsettled, 0);
	assert_int_equal(scene_event(scene, EVENT_LETGO, ANY_SERVICE, 0)->value, 0);
}

/* P5: the shutdown that our own reboot brings about does not begin its time anew. */
static void test_our_own_reboot_is_no_other_shutdown(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_RESTART_FOR_MS + 5000);
	assert_state(scene, BOARD_REBOOTING);
	int64_t until_ms = scene->ladder.feed_until_ms;
	assert_false(scene_go_down(scene));
	assert_int_equal(scene->ladder.feed_until_ms, until_ms);
	scene_run(scene, until_ms - SCENE_BEGIN_MS);
	assert_state(scene, BOARD_LETGO);
	assert_false(scene_go_down(scene));
	assert_int_equal(scene->ladder.unsettled, 1);
}

/* P2, P7: also where a person has suspended the ladder, */
static void test_a_shutdown_in_maintenance(void **state)
{
	struct scene *scene = *state;
	int64_t t;

	one_service(scene, &t);
	assert_true(scene_hold(scene, 600000));
	assert_true(scene_go_down(scene));
	scene_run(scene, t + SCENE_REBOOT_WITHIN_MS);
	assert_state(scene, BOARD_LETGO);
}

/* P2, P6: and where it holds, which it does not go back to. */
static void test_a_shutdown_in_hold(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene->ladder_rule.reboot_limit = 0;
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_RESTART_FOR_MS + 5000);
	assert_state(scene, BOARD_HOLD);
	assert_true(scene_go_down(scene));
	scene_run(scene, t + SCENE_RESTART_FOR_MS + 5000 + SCENE_REBOOT_WITHIN_MS);
	assert_state(scene, BOARD_LETGO);
}

/* P1: a strict ladder has no time to give. */
static void test_a_strict_ladder_gives_a_shutdown_nothing(void **state)
{
	struct scene *scene = *state;
	int64_t t;

	one_service(scene, &t);
	scene->ladder_rule.reboot_within_ms = 0;
	assert_false(scene_go_down(scene));
	assert_state(scene, BOARD_WELL);
}

/* --- maintenance --- */

/* P7: nothing is restarted or rebooted, checks go on, the dog is fed, and it ends by itself. */
static void test_maintenance(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	/* P6: with reboots that its end by time must not seem to give back. */
	scene->ladder.unsettled = 2;
	assert_true(scene_hold(scene, 600000));
	assert_kinds(scene, (enum event_kind[]){EVENT_MAINTENANCE, EVENT_STATE}, 2);
	assert_int_equal(scene->events[0].span_ms, 600000);
	assert_int_equal(scene->events[0].state, BOARD_MAINTENANCE);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 599999);
	assert_state(scene, BOARD_MAINTENANCE);
	assert_health(scene, web, HEALTH_DOWN);
	assert_said(scene, EVENT_SERVICE_DOWN, web, 1);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	assert_true(board_may_feed(&scene->board, scene->now_ms));
	assert_int_equal(scene->fed_ms, SCENE_BEGIN_MS + t + 600000);
	scene_run(scene, t + 600000);
	assert_int_equal(scene_event(scene, EVENT_RESUMED, ANY_SERVICE, 0)->value, 0);
	assert_int_equal(scene_time_of(scene, EVENT_RESUMED, ANY_SERVICE, 0), t + 600000);
	assert_state(scene, BOARD_RECOVERING);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), t + 600000);
}

/* P7: asked for again it is the newest word that counts, longer or shorter. */
static void test_maintenance_is_renewed(void **state)
{
	struct scene *scene = *state;
	int64_t t;

	one_service(scene, &t);
	assert_true(scene_hold(scene, 600000));
	scene_run(scene, t + 1000);
	scene_forget(scene);
	assert_true(scene_hold(scene, 5000));
	assert_kinds(scene, (enum event_kind[]){EVENT_MAINTENANCE}, 1);
	scene_run(scene, t + 5999);
	assert_state(scene, BOARD_MAINTENANCE);
	scene_run(scene, t + 6000);
	assert_state(scene, BOARD_WELL);
}

static void test_maintenance_ends_by_a_word(void **state)
{
	struct scene *scene = *state;
	int64_t t;

	one_service(scene, &t);
	assert_true(scene_hold(scene, 600000));
	scene_run(scene, t + 500);
	scene_forget(scene);
	assert_true(scene_resume(scene));
	assert_int_equal(scene->events[0].value, 1);
	assert_state(scene, BOARD_DOUBT);
	scene_step(scene);
	assert_state(scene, BOARD_WELL);
	scene_forget(scene);
	assert_false(scene_resume(scene));
	assert_int_equal(scene->event_count, 0);
}

/* P7: on the way down it is too late for it. */
static void test_maintenance_is_refused_on_the_way_down(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_RESTART_FOR_MS);
	assert_state(scene, BOARD_REBOOTING);
	scene_forget(scene);
	assert_false(scene_hold(scene, 600000));
	assert_false(scene_resume(scene));
	assert_int_equal(scene->event_count, 0);
	scene_run(scene, t + 200000);
	assert_state(scene, BOARD_LETGO);
	assert_false(scene_hold(scene, 600000));
	assert_false(scene_resume(scene));
	assert_false(board_may_feed(&scene->board, scene->now_ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_a_hung_shutdown_is_let_go_of),
	        scene_test(test_a_shutdown_goes_on),
	        scene_test(test_a_shutdown_is_not_counted),
	        scene_test(test_our_own_reboot_is_no_other_shutdown),
	        scene_test(test_a_shutdown_in_maintenance),
	        scene_test(test_a_shutdown_in_hold),
	        scene_test(test_a_strict_ladder_gives_a_shutdown_nothing),
	        scene_test(test_maintenance),
	        scene_test(test_maintenance_is_renewed),
	        scene_test(test_maintenance_ends_by_a_word),
	        scene_test(test_maintenance_is_refused_on_the_way_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
