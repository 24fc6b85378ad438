/* SPDX-License-Identifier: MIT
 *
 * core/board: a board that holds, and what it takes to leave that.
 */
#include "core_fixture.h"

static uint16_t held(struct scene *scene, int64_t *t)
{
	uint16_t web = scene_simple(scene);

	scene->service_rules[web].attempts = 2;
	scene_simple(scene); /* well throughout */
	scene_begin(scene, SCENE_REBOOT_LIMIT);
	scene_run(scene, 2000);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, 2000 + SCENE_RESTART_FOR_MS);
	assert_state(scene, BOARD_HOLD);
	*t = scene_now(scene);
	return web;
}

/* P6: hold is said with its count, and fed, and there is no reboot. */
static void test_hold_is_said(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = held(scene, &t);
	const struct event *hold = scene_event(scene, EVENT_HOLD, web, 0);

	assert_int_equal(hold->value, SCENE_REBOOT_LIMIT);
	assert_int_equal(hold->state, BOARD_HOLD);
	assert_int_equal(hold->check, web);
	assert_int_equal(hold->at_ms, SCENE_BEGIN_MS + 2000 + SCENE_RESTART_FOR_MS);
	scene_run(scene, t + 86400000);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_said(scene, EVENT_HOLD, ANY_SERVICE, 1);
	assert_true(board_may_feed(&scene->board, scene->now_ms));
}

/* P6: in hold the service is restarted every five minutes, beyond its attempts, to the millisecond. */
static void test_hold_keeps_trying_slowly(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = held(scene, &t);

	assert_said(scene, EVENT_RESTART, web, 3);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 2), t);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 2)->value, 3);
	scene_run(scene, t + HOLD_RETRY_MS - 1);
	assert_said(scene, EVENT_RESTART, web, 3);
	scene_run(scene, t + HOLD_RETRY_MS);
	assert_said(scene, EVENT_RESTART, web, 4);
	scene_run(scene, t + 10 * (int64_t)HOLD_RETRY_MS);
	assert_said(scene, EVENT_RESTART, web, 13);
}

/* P6: well again is well; the reboots are forgotten when that has lasted. */
static void test_hold_heals(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = held(scene, &t);

	scene_run(scene, t + 1000);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 2000);
	assert_state(scene, BOARD_WELL);
	assert_said(scene, EVENT_SETTLED, ANY_SERVICE, 0);
	int64_t well = scene_entered(scene, BOARD_WELL, 1);
	scene_run(scene, well + SCENE_REBOOT_SETTLE_MS - 1);
	assert_said(scene, EVENT_SETTLED, ANY_SERVICE, 0);
	scene_run(scene, well + SCENE_REBOOT_SETTLE_MS);
	assert_said(scene, EVENT_SETTLED, ANY_SERVICE, 1);
	assert_int_equal(scene_event(scene, EVENT_SETTLED, ANY_SERVICE, 0)->value, SCENE_REBOOT_LIMIT);
	assert_int_equal(scene->ladder.unsettled, 0);
	scene_run(scene, well + 10 * (int64_t)SCENE_REBOOT_SETTLE_MS);
	assert_said(scene, EVENT_SETTLED, ANY_SERVICE, 1);
}

/* P6: reboots are forgotten at their time though no news comes just then. */
static void test_reboots_are_forgotten_between_the_news(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);

	scene->check_rules[web].interval_ms = 7000;
	scene_begin(scene, 1);
	scene_run(scene, 10 * SCENE_REBOOT_SETTLE_MS);
	assert_int_equal(scene_time_of(scene, EVENT_SETTLED, ANY_SERVICE, 0), SCENE_REBOOT_SETTLE_MS);
}

/* A person who ends hold has the service tried again at once, with all its attempts. */
static void test_resume_from_hold_tries_at_once(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = held(scene, &t);

	scene_run(scene, t + SCENE_START_PERIOD_MS + 5500);
	assert_health(scene, web, HEALTH_DOWN);
	scene_forget(scene);
	scene->services[web + 1].attempts = 2;
	assert_true(scene_resume(scene));
	assert_int_equal(scene->services[web + 1].attempts, 0);
	assert_kinds(scene, (enum event_kind[]){EVENT_RESUMED, EVENT_STATE}, 2);
	assert_int_equal(scene->events[0].value, 1);
	assert_int_equal(scene->events[0].state, BOARD_DOUBT);
	assert_int_equal(scene->events[1].value, BOARD_HOLD);
	scene_step(scene);
	assert_state(scene, BOARD_RECOVERING);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, web, 0), t + SCENE_START_PERIOD_MS + 5500);
	assert_int_equal(scene_event(scene, EVENT_RESTART, web, 0)->value, 1);
	assert_int_equal(scene->services[web].backoff_ms, BACKOFF_FIRST_MS);
	/* And there are reboots again. */
	scene_run(scene, t + 1000000);
	assert_said(scene, EVENT_REBOOT, web, 1);
	assert_int_equal(scene_event(scene, EVENT_REBOOT, web, 0)->value, 1);
}

/* P6, P9: a ledger that cannot be written means hold instead of a reboot. */
static void test_a_reboot_that_cannot_be_counted(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	board_storage(&scene->board, false);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 1000000);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_int_equal(scene_event(scene, EVENT_HOLD, web, 0)->value, 0);
	assert_state(scene, BOARD_HOLD);
}

/* P6: and if the actor refuses the order for that, the order is taken back into hold, uncounted. */
static void test_a_reboot_that_turns_out_not_to_be_counted(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_RESTART_FOR_MS + 10);
	assert_int_equal(scene_event(scene, EVENT_REBOOT, web, 0)->value, 1);
	/* A reboot makes the disk read-only itself, and the next actor finds it so: nobody refused anything. */
	board_storage(&scene->board, false);
	board_reboot_refused(&scene->board, scene->ladder.since_ms - 1);
	scene_step(scene);
	assert_state(scene, BOARD_REBOOTING);
	board_reboot_refused(&scene->board, scene->now_ms);
	scene_step(scene);
	assert_state(scene, BOARD_HOLD);
	assert_int_equal(scene_event(scene, EVENT_HOLD, web, 0)->value, 0);
	assert_int_equal(scene->ladder.unsettled, 0);
	/* A disk that is back does not reboot a board that is held. */
	board_storage(&scene->board, true);
	scene_run(scene, t + 1000000);
	assert_state(scene, BOARD_HOLD);
}

/*
 * A check that fails and is good again before anybody steps has failed all the same. Found with a checker that was faster
 * than the feeder: the death of a process was never said.
 */
static void test_no_verdict_is_swallowed(void **state)
{
	struct scene *scene = *state;
	struct result bad = {.outcome = OUTCOME_BAD, .cause = CAUSE_EXITED, .conclusive = 1};
	struct result good = {.outcome = OUTCOME_GOOD, .cause = CAUSE_OK};
	int64_t t;
	uint16_t web = one_service(scene, &t);

	bad.check = good.check = web;
	bad.started_ms = good.started_ms = scene->now_ms;
	assert_false(board_has_to_step(&scene->board, &bad));
	assert_true(board_result(&scene->rules, &scene->board, &bad, scene->now_ms));
	assert_true(board_has_to_step(&scene->board, &good));
	scene_step(scene);
	assert_false(board_has_to_step(&scene->board, &good));
	assert_said(scene, EVENT_SERVICE_DOWN, web, 1);
	assert_said(scene, EVENT_RESTART, web, 1);
	/* The same again tells nothing new. */
	good.started_ms = ++scene->now_ms;
	assert_true(board_result(&scene->rules, &scene->board, &good, scene->now_ms));
	scene_step(scene);
	assert_true(board_result(&scene->rules, &scene->board, &good, scene->now_ms));
	assert_false(board_has_to_step(&scene->board, &good));
}

/* One round of test_restarts_for_a_remote_check: its restart, and a start that takes longer than the detection. */
static void start_slowly(struct scene *scene, uint16_t local, size_t round)
{
	while (scene_count(scene, EVENT_RESTART, 0) <= round)
		scene_run(scene, scene_now(scene) + 100);
	scene_play(scene, local, PLAY_BAD);
	scene_run(scene, scene_now(scene) + 20000);
	scene_play(scene, local, PLAY_GOOD);
	scene_run(scene, scene_now(scene) + 1000);
}

/*
 * P12: a service is restarted for the sake of a remote check for ever, and is slow to start. What that takes was charged as
 * outage time each time, and added up to a reboot.
 */
static void test_restarts_for_a_remote_check_never_add_up(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_service(scene);
	uint16_t local = scene_check(scene, LEVEL_REBOOT);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	bool recovering = false;

	scene->service_rules[web].start_period_ms = 40000;
	(void)scene_begin_well(scene);
	scene_play(scene, remote, PLAY_BAD);
	for (size_t round = 0; round < 30; round++) {
		start_slowly(scene, local, round);
		recovering = recovering || scene_entered(scene, BOARD_RECOVERING, round) >= 0;
		assert_state(scene, BOARD_DOUBT);
		assert_int_equal(scene->ladder.outage_used_ms, 0);
	}
	assert_true(recovering);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
}

/* P2: but what does not come up in its start period is an outage like any other, from its beginning. */
static void test_a_restart_for_a_remote_check_that_fails(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_service(scene);
	uint16_t local = scene_check(scene, LEVEL_REBOOT);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	int64_t begun_ms;

	(void)scene_begin_well(scene);
	scene_play(scene, remote, PLAY_BAD);
	while (scene_count(scene, EVENT_RESTART, web) == 0)
		scene_run(scene, scene_now(scene) + 100);
	scene_play_all(scene, PLAY_BAD);
	(void)local;
	scene_run(scene, scene_now(scene) + SCENE_REBOOT_WITHIN_MS + SCENE_RESTART_FOR_MS);
	begun_ms = scene_entered(scene, BOARD_RECOVERING, 0);
	assert_true(begun_ms >= 0);
	assert_int_equal(scene_time_of(scene, EVENT_REBOOT, web, 0), begun_ms + SCENE_RESTART_FOR_MS);
	assert_true(scene->ladder.outage_used_ms >= SCENE_RESTART_FOR_MS);
}

/* A check that may only alert warns, and then is down: that is news again, and so is the way back. */
static void test_a_warning_that_becomes_worse(void **state)
{
	static const int64_t values[] = {0, 1, 0};
	static const enum play plays[] = {PLAY_WARNING, PLAY_CONCLUSIVE, PLAY_WARNING, PLAY_GOOD};
	struct scene *scene = *state;
	uint16_t alert;
	int64_t t;

	(void)scene_simple(scene);
	alert = scene_check(scene, LEVEL_ALERT);
	t = scene_begin_well(scene);
	for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++) {
		scene_play(scene, alert, plays[i]);
		scene_run(scene, t + 5000 * ((int64_t)i + 1));
	}
	assert_said(scene, EVENT_WARNING, ANY_SERVICE, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(scene_event(scene, EVENT_WARNING, ANY_SERVICE, i)->value, values[i]);
}

/* P2: it is said where the board goes on, so that the ledger hears of the outage again. */
static void test_a_board_that_goes_on_says_so(void **state)
{
	struct scene *scene = *state;
	struct events events;
	int64_t t;

	(void)one_service(scene, &t);
	board_begin(&scene->rules, &scene->board, 0, scene->now_ms);
	board_continue(&scene->rules, &scene->board, BOARD_RECOVERING, scene->now_ms - 1, scene->now_ms, &events);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.list[0].kind, EVENT_STATE);
	assert_int_equal(events.list[0].state, BOARD_RECOVERING);
	assert_true(board_invariant(&scene->rules, &scene->board, scene->now_ms));
	board_begin(&scene->rules, &scene->board, 0, scene->now_ms);
	board_continue(&scene->rules, &scene->board, BOARD_WELL, scene->now_ms - 1, scene->now_ms, &events);
	assert_int_equal(events.count, 0);
}

/* P6: the same in a board that has had ends without a word; they are said to be forgotten when they are. */
static void test_ends_without_a_word(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	board_unexplained(&scene->board, SCENE_REBOOT_LIMIT);
	board_actor_silent(&scene->board, true);
	board_reboot_refused(&scene->board, scene->now_ms);
	assert_int_equal(scene->ladder.uncountable, 0);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 1000000);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_state(scene, BOARD_HOLD);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 2000000);
	assert_said(scene, EVENT_SETTLED, ANY_SERVICE, 1);
	assert_int_equal(scene->ladder.unexplained, 0);
}

static void test_storage_that_is_back_counts(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	board_storage(&scene->board, false);
	board_storage(&scene->board, true);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + SCENE_RESTART_FOR_MS);
	assert_said(scene, EVENT_REBOOT, web, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_hold_is_said),
	        scene_test(test_hold_keeps_trying_slowly),
	        scene_test(test_hold_heals),
	        scene_test(test_reboots_are_forgotten_between_the_news),
	        scene_test(test_resume_from_hold_tries_at_once),
	        scene_test(test_a_reboot_that_cannot_be_counted),
	        scene_test(test_a_reboot_that_turns_out_not_to_be_counted),
	        scene_test(test_no_verdict_is_swallowed),
	        scene_test(test_restarts_for_a_remote_check_never_add_up),
	        scene_test(test_a_restart_for_a_remote_check_that_fails),
	        scene_test(test_a_warning_that_becomes_worse),
	        scene_test(test_a_board_that_goes_on_says_so),
	        scene_test(test_ends_without_a_word),
	        scene_test(test_storage_that_is_back_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
