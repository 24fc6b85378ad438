/* SPDX-License-Identifier: MIT
 *
 * core/board: a server that fails, or of which nothing is heard, from the fault to its end, to the millisecond.
 */
#include "core_fixture.h"

/* --- healthy --- */

static void test_a_board_that_comes_up_says_so_once(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);

	scene_begin(scene, 0);
	assert_state(scene, BOARD_STARTING);
	scene_run(scene, 0);
	assert_state(scene, BOARD_WELL);
	scene_run(scene, 3600000);
	assert_kinds(scene, (enum event_kind[]){EVENT_STATE}, 1);
	assert_int_equal(scene->events[0].value, BOARD_STARTING);
	assert_int_equal(scene->events[0].state, BOARD_WELL);
	assert_int_equal(scene->events[0].service, NO_INDEX);
	assert_health(scene, web, HEALTH_UP);
}

/* P1: while checks pass the lease is the newest news and its detection, never more. */
static void test_the_lease_follows_the_news(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	assert_int_equal(scene->ladder.feed_until_ms, SCENE_BEGIN_MS + t + SCENE_DETECTION_MS);
	scene->plays[web].took_ms = 400;
	scene_run(scene, 3399);
	assert_int_equal(scene->ladder.feed_until_ms, SCENE_BEGIN_MS + 2000 + SCENE_DETECTION_MS);
	scene_run(scene, 3400);
	assert_int_equal(scene->ladder.feed_until_ms, SCENE_BEGIN_MS + 3000 + SCENE_DETECTION_MS);
}

/* P1: of several checks the one whose news is oldest sets the lease, each by its own detection. */
static void test_the_oldest_news_sets_the_lease(void **state)
{
	struct scene *scene = *state;
	uint16_t slow = scene_simple(scene);
	uint16_t fast = scene_simple(scene);

	scene->check_rules[slow].interval_ms = 30000; /* detection 94 s */
	scene_begin(scene, 0);
	scene_run(scene, 89999);
	assert_int_equal(scene->ladder.feed_until_ms, SCENE_BEGIN_MS + 89000 + 7000);
	scene_play(scene, fast, PLAY_GOOD);
	scene->check_rules[fast].interval_ms = 40000; /* detection 124 s: the slow one is the first to run out */
	scene_run(scene, 89999);
	assert_int_equal(scene->ladder.feed_until_ms, SCENE_BEGIN_MS + 60000 + 94000);
}

static void test_a_warning_is_well(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_play(scene, web, PLAY_WARNING);
	scene_run(scene, t + 100000);
	/* Said once for as long as it lasts, and again when it comes back. */
	assert_kinds(scene, (enum event_kind[]){EVENT_WARNING}, 1);
	assert_int_equal(scene->events[0].value, 0);
	assert_state(scene, BOARD_WELL);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 110000);
	scene_play(scene, web, PLAY_WARNING);
	scene_run(scene, t + 120000);
	assert_kinds(scene, (enum event_kind[]){EVENT_WARNING, EVENT_WARNING}, 2);
}

/*
 * P11: a checker whose word is not to be trusted may say of a good probe that it was late. Each step said then that the check had
 * failed, and the next that it had passed, for ever: the proof found it, which takes any state that there may be.
 */
static void test_a_good_probe_that_claims_to_be_late_is_no_failure(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);
	struct result result = {
	        .started_ms = scene->now_ms, .check = web, .outcome = OUTCOME_GOOD, .cause = CAUSE_LATE};

	assert_true(board_result(&scene->rules, &scene->board, &result, scene->now_ms));
	for (int i = 0; i < 3; i++)
		scene_step(scene);
	assert_int_equal(scene->event_count, 0);
	assert_state(scene, BOARD_WELL);
}

/* --- a crash --- */

/* P14: a crash: what failed, who is down, where the board stands, what is done, in this order and at once. */
static void test_a_crash_and_its_recovery(void **state)
{
	static const enum event_kind kinds[] = {EVENT_CHECK_FAILED, EVENT_SERVICE_DOWN, EVENT_STATE, EVENT_RESTART,
	        EVENT_CHECK_PASSED, EVENT_SERVICE_UP, EVENT_STATE};
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene->plays[web].revived_by_restart = true;
	scene_run(scene, t + 500);
	scene_play(scene, web, PLAY_CONCLUSIVE);
	scene_run(scene, t + 1500);
	assert_kinds(scene, kinds, 7);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(scene->events[i].at_ms, SCENE_BEGIN_MS + t + 500);
		assert_int_equal(scene->events[i].service, web);
		assert_int_equal(scene->events[i].check, web);
		assert_int_equal(scene->events[i].cause, CAUSE_EXITED);
		assert_int_equal(scene->events[i].detail, 4711);
	}
	assert_int_equal(scene->events[0].value, SCENE_RETRIES);
	assert_int_equal(scene->events[2].state, BOARD_RECOVERING);
	assert_int_equal(scene->events[2].value, BOARD_WELL);
	assert_int_equal(scene->events[2].span_ms, t + 500);
	for (size_t i = 4; i < 7; i++)
		assert_int_equal(scene->events[i].at_ms, SCENE_BEGIN_MS + t + 1500);
	assert_int_equal(scene->events[4].span_ms, 1000);
	assert_int_equal(scene->events[5].span_ms, 1000);
	assert_int_equal(scene->events[6].state, BOARD_WELL);
	assert_int_equal(scene->events[6].value, BOARD_RECOVERING);
	assert_int_equal(scene->events[6].span_ms, 1000);
}

static void test_a_hiccup_is_doubt_and_nothing_else(void **state)
{
	static const enum event_kind kinds[] = {EVENT_CHECK_FAILED, EVENT_STATE, EVENT_CHECK_PASSED, EVENT_STATE};
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 1500);
	assert_state(scene, BOARD_DOUBT);
	assert_int_equal(scene->ladder.service, web);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 1500);
	assert_kinds(scene, kinds, 4);
	assert_int_equal(scene->events[0].value, 1);
	assert_int_equal(scene->events[0].span_ms, t); /* up for so long */
	assert_int_equal(scene->events[2].span_ms, 1500);
	assert_int_equal(scene->events[2].check, web);
	assert_state(scene, BOARD_WELL);
}

/* P1: a probe that was under way when the restart was ordered does not heal, though it ends after it. */
static void test_a_probe_under_way_at_the_restart_does_not_heal(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene->plays[web].took_ms = 400;
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 100);
	scene_result(scene, web, PLAY_CONCLUSIVE);
	assert_said(scene, EVENT_RESTART, web, 1);
	scene_run(scene, t + 999);
	assert_health(scene, web, HEALTH_UNKNOWN);
	scene_run(scene, t + 1399);
	assert_health(scene, web, HEALTH_UNKNOWN);
	scene_run(scene, t + 1400);
	assert_health(scene, web, HEALTH_UP);
}

/* --- silence --- */

/* P4: silence makes a check unknown when it is late, another checker is asked for, and nothing is restarted. */
static void test_silence_is_unknown(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_SILENT);
	scene_run(scene, t + 2499);
	assert_int_equal(scene->late, 0);
	assert_health(scene, web, HEALTH_UP);
	assert_state(scene, BOARD_WELL);
	scene_run(scene, t + 2500);
	assert_int_equal(scene->late, 1);
	assert_health(scene, web, HEALTH_UNKNOWN);
	assert_state(scene, BOARD_DOUBT);
	assert_int_equal(scene_event(scene, EVENT_CHECK_FAILED, web, 0)->cause, CAUSE_LATE);
	/* The next checker is heard in time. */
	scene_run(scene, t + 4999);
	assert_int_equal(scene->late, 1);
	scene_play(scene, web, PLAY_GOOD);
	scene_run(scene, t + 5000);
	assert_state(scene, BOARD_WELL);
	assert_said(scene, EVENT_CHECK_PASSED, web, 1);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	assert_said(scene, EVENT_SERVICE_DOWN, ANY_SERVICE, 0);
}

/* P4: not to know yet, after a boot or a restart, is no failure; not to hear for too long is. */
static void test_not_known_yet_is_no_failure(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);

	scene_begin(scene, 0);
	scene_play(scene, web, PLAY_SILENT);
	scene_run(scene, 2499);
	scene_step(scene);
	assert_int_equal(scene->event_count, 0);
	scene_run(scene, 2500);
	assert_said(scene, EVENT_CHECK_FAILED, web, 1);
}

/* P4, P2: and if nobody is ever heard again the lease ends, restart_for ends, and the board is rebooted. */
static void test_silence_climbs(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_SILENT);
	scene_run(scene, t + 1000000);
	assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), t + SCENE_DETECTION_MS);
	assert_int_equal(scene_entered(scene, BOARD_REBOOTING, 0), t + SCENE_DETECTION_MS + SCENE_RESTART_FOR_MS);
	assert_int_equal(scene_entered(scene, BOARD_LETGO, 0), t + rules_bound_ms(&scene->ladder_rule));
	assert_int_equal(scene->fed_ms, SCENE_BEGIN_MS + t + rules_bound_ms(&scene->ladder_rule));
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	const struct event *reboot = scene_event(scene, EVENT_REBOOT, web, 0);
	assert_int_equal(reboot->check, web);
	assert_int_equal(reboot->cause, CAUSE_LATE);
	assert_int_equal(reboot->value, 1);
}

/* P4: a checker that is replaced again and again, and never heard, leaves nothing up: it is unknown at detection. */
static void test_a_checker_that_dies_at_every_start_leaves_nothing_up(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_SILENT);
	for (int64_t at = t + 600; at < t + SCENE_DETECTION_MS; at += 500) {
		scene_run(scene, at);
		board_checker_replaced(&scene->rules, &scene->board, scene->now_ms);
	}
	scene_run(scene, t + SCENE_DETECTION_MS - 1);
	board_checker_replaced(&scene->rules, &scene->board, scene->now_ms);
	scene_run(scene, t + SCENE_DETECTION_MS);
	assert_health(scene, web, HEALTH_UNKNOWN);
	assert_state(scene, BOARD_RECOVERING);
	assert_int_equal(scene->ladder.service, web);
	assert_int_equal(scene->ladder.cause, CAUSE_LATE);
	/* But the checker that has just been started is not asked to go. */
	assert_int_equal(scene->late, 0);
}

/* P4: a probe that cannot be made is not late and not bad, and climbs by the lease all the same. */
static void test_a_probe_that_cannot_be_made_climbs_by_the_lease(void **state)
{
	struct scene *scene = *state;
	int64_t t;
	uint16_t web = one_service(scene, &t);

	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_UNKNOWN);
	scene_run(scene, t + 1000000);
	assert_int_equal(scene->late, 0);
	assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), t + SCENE_DETECTION_MS);
	assert_int_equal(scene_event(scene, EVENT_CHECK_FAILED, web, 0)->cause, CAUSE_CANNOT_PROBE);
	assert_said(scene, EVENT_CHECK_FAILED, web, 1);
	assert_said(scene, EVENT_REBOOT, web, 1);
	assert_said(scene, EVENT_RESTART, web, 0);
}

/* P4: a checker that stays silent about an alert is as silent as any. */
static void test_silence_about_an_alert_climbs_too(void **state)
{
	static const enum check_level levels[] = {LEVEL_ALERT, LEVEL_RESTART};

	for (size_t i = 0; i < 2; i++) {
		struct scene *scene = *state;
		uint16_t web = scene_simple(scene);
		uint16_t other = scene_check(scene, levels[i]);
		int64_t t = scene_begin_well(scene);

		scene_run(scene, t + 100);
		scene_play(scene, other, PLAY_SILENT);
		scene_run(scene, t + 100000);
		assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), t + SCENE_DETECTION_MS);
		assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 1);
		assert_said(scene, EVENT_RESTART, web, 0);
		scene_teardown(state);
		scene_setup(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_a_board_that_comes_up_says_so_once),
	        scene_test(test_the_lease_follows_the_news),
	        scene_test(test_the_oldest_news_sets_the_lease),
	        scene_test(test_a_warning_is_well),
	        scene_test(test_a_good_probe_that_claims_to_be_late_is_no_failure),
	        scene_test(test_a_crash_and_its_recovery),
	        scene_test(test_a_hiccup_is_doubt_and_nothing_else),
	        scene_test(test_a_probe_under_way_at_the_restart_does_not_heal),
	        scene_test(test_silence_is_unknown),
	        scene_test(test_not_known_yet_is_no_failure),
	        scene_test(test_silence_climbs),
	        scene_test(test_a_checker_that_dies_at_every_start_leaves_nothing_up),
	        scene_test(test_a_probe_that_cannot_be_made_climbs_by_the_lease),
	        scene_test(test_silence_about_an_alert_climbs_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
