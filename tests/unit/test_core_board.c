/* SPDX-License-Identifier: MIT
 *
 * core/board: whole stories, from a fault to its end, with every event to the millisecond.
 */
#include "core_fixture.h"

/* A board with one service is well at 2 s; its last probe was then, the next is in a second. */
static uint16_t one_service(struct scene *scene, int64_t *t)
{
	uint16_t web = scene_simple(scene);

	*t = scene_begin_well(scene);
	return web;
}

static void assert_kinds(const struct scene *scene, const enum event_kind kinds[], size_t count)
{
	assert_int_equal(scene->event_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(event_name((enum event_kind)scene->events[i].kind), event_name(kinds[i]));
}

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

/* --- remote checks --- */

/* P12: an alert is told, and nothing else: the board stays well for as long as it lasts. */
static void test_an_alert_is_only_told(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);
	uint16_t told = scene_check(scene, LEVEL_ALERT);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, told, PLAY_BAD);
	scene_run(scene, t + 86400000);
	assert_kinds(scene, (enum event_kind[]){EVENT_CHECK_FAILED, EVENT_WARNING}, 2);
	assert_int_equal(scene->events[0].check, told);
	assert_int_equal(scene->events[1].check, told);
	assert_int_equal(scene->events[1].value, 1);
	assert_state(scene, BOARD_WELL);
	assert_health(scene, web, HEALTH_UP);
	scene_play(scene, told, PLAY_GOOD);
	scene_run(scene, t + 86400000);
	assert_kinds(scene, (enum event_kind[]){EVENT_CHECK_FAILED, EVENT_WARNING, EVENT_CHECK_PASSED}, 3);
}

/* P12: a remote check that fails for a day restarts its service, and the board stands in doubt, and no more. */
static void test_a_remote_check_never_reboots(void **state)
{
	struct scene *scene = *state;
	uint16_t tunnel = scene_simple(scene);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);

	scene->service_rules[tunnel].attempts = 5;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, remote, PLAY_BAD);
	scene_run(scene, t + 86400000);
	assert_said(scene, EVENT_RESTART, tunnel, 5);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), -1);
	assert_state(scene, BOARD_DOUBT);
	assert_health(scene, tunnel, HEALTH_DOWN);
}

/* P12: services that wait only for what is remote are excused; they are blamed again when it is back. */
static void test_what_waits_for_the_internet_is_excused(void **state)
{
	struct scene *scene = *state;
	uint16_t internet = scene_service(scene);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	uint16_t sync = scene_service(scene);
	uint16_t answer = scene_check(scene, LEVEL_REBOOT);

	scene->service_rules[internet].can_restart = 0;
	scene_need(scene, sync, internet);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, remote, PLAY_BAD);
	scene_run(scene, t + 2000);
	scene_play(scene, answer, PLAY_BAD);
	scene_run(scene, t + 86400000);
	assert_health(scene, sync, HEALTH_WAITING);
	assert_state(scene, BOARD_DOUBT);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
	scene_play(scene, remote, PLAY_GOOD);
	scene_run(scene, t + 86400000);
	assert_state(scene, BOARD_RECOVERING);
	assert_said(scene, EVENT_RESTART, sync, 1);
	assert_int_equal(scene_event(scene, EVENT_RESTART, sync, 0)->value, 0);
}

/* P12: at boot without the internet the board starts, in doubt, and is fed. */
static void test_a_boot_without_the_internet(void **state)
{
	struct scene *scene = *state;
	uint16_t internet = scene_service(scene);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	uint16_t sync = scene_simple(scene);
	uint16_t web = scene_simple(scene);

	scene_need(scene, sync, internet);
	scene_begin(scene, 0);
	scene_play(scene, remote, PLAY_BAD);
	scene_play(scene, 1, PLAY_BAD);
	scene_run(scene, 7200000);
	assert_state(scene, BOARD_DOUBT);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_said(scene, EVENT_RESTART, sync, 0);
	assert_health(scene, web, HEALTH_UP);
}

/* P2: a service that was excused from boot on must come up when its excuse is over: it never gave a lease. */
static void test_what_was_never_good_gives_no_lease(void **state)
{
	struct scene *scene = *state;
	uint16_t internet = scene_service(scene);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	uint16_t sync = scene_service(scene);
	uint16_t answer = scene_check(scene, LEVEL_REBOOT);

	scene->service_rules[internet].can_restart = 0;
	scene_need(scene, sync, internet);
	scene_begin(scene, 0);
	scene_play(scene, remote, PLAY_BAD);
	scene_play(scene, answer, PLAY_UNKNOWN);
	scene_run(scene, 100000);
	assert_state(scene, BOARD_DOUBT);
	scene_play(scene, remote, PLAY_GOOD);
	scene_run(scene, 100000 + SCENE_DETECTION_MS - 1);
	assert_state(scene, BOARD_DOUBT);
	scene_run(scene, 100000 + SCENE_DETECTION_MS);
	assert_state(scene, BOARD_RECOVERING);
	assert_int_equal(scene->ladder.service, sync);
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

/* --- hold --- */

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

/* --- many at once --- */

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
	        scene_test(test_broken_for_good),
	        scene_test(test_what_is_blamed_fits_together),
	        scene_test(test_strict_mode),
	        scene_test(test_strict_mode_and_silence),
	        scene_test(test_never_well),
	        scene_test(test_one_that_is_never_well_is_enough),
	        scene_test(test_a_chain_has_the_time_of_the_chain),
	        scene_test(test_one_good_answer_does_not_refill_the_budget),
	        scene_test(test_an_alert_is_only_told),
	        scene_test(test_a_remote_check_never_reboots),
	        scene_test(test_what_waits_for_the_internet_is_excused),
	        scene_test(test_a_boot_without_the_internet),
	        scene_test(test_what_was_never_good_gives_no_lease),
	        scene_test(test_who_is_down_is_blamed_before_who_is_in_doubt),
	        scene_test(test_the_root_is_blamed),
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
	        scene_test(test_hundreds_at_once),
	        scene_test(test_hundreds_at_once_do_not_delay_the_ladder),
	        scene_test(test_what_was_taken_is_told),
	        scene_test(test_a_checker_that_is_not_replaced_stays_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
