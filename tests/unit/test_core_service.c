/* SPDX-License-Identifier: MIT
 *
 * core/service: what makes a service up, down, unknown or waiting, and when it is started and restarted.
 */
#include "core_fixture.h"

#include <string.h>

/* A scene of one service whose failures count at once: every probe that fails makes it down. */
static uint16_t eager(struct scene *scene)
{
	uint16_t web = scene_simple(scene);

	scene->check_rules[web].retries = 1;
	scene->service_rules[web].start_period_ms = 0;
	return web;
}

static void set_check(struct scene *scene, uint16_t check, enum health health)
{
	scene->checks[check].health = (uint8_t)health;
	scene->checks[check].outcome = health == HEALTH_UP ? OUTCOME_GOOD
	        : health == HEALTH_DOWN                    ? OUTCOME_BAD
	                                                   : OUTCOME_UNKNOWN;
}

static void judge_all(struct scene *scene)
{
	for (uint16_t i = 0; i < scene->rules.service_count; i++)
		service_judge(&scene->rules, scene->order[i], scene->services, scene->checks, scene->now_ms);
}

/* --- health --- */

/* P4: a service is as bad as the worst of its checks, down being worse than unknown, and unknown than up. */
static void test_the_worst_check_counts(void **state)
{
	static const struct {
		enum health first, second, expected;
		uint16_t culprit;
	} cases[] = {
	        {HEALTH_UP, HEALTH_UP, HEALTH_UP, NO_INDEX},
	        {HEALTH_UP, HEALTH_DOWN, HEALTH_DOWN, 1},
	        {HEALTH_DOWN, HEALTH_UP, HEALTH_DOWN, 0},
	        {HEALTH_DOWN, HEALTH_DOWN, HEALTH_DOWN, 0},
	        {HEALTH_UP, HEALTH_UNKNOWN, HEALTH_UNKNOWN, 1},
	        {HEALTH_UNKNOWN, HEALTH_UP, HEALTH_UNKNOWN, 0},
	        {HEALTH_UNKNOWN, HEALTH_UNKNOWN, HEALTH_UNKNOWN, 0},
	        {HEALTH_UNKNOWN, HEALTH_DOWN, HEALTH_DOWN, 1},
	        {HEALTH_DOWN, HEALTH_UNKNOWN, HEALTH_DOWN, 0},
	};
	struct scene *scene = *state;

	scene_service(scene);
	scene_check(scene, LEVEL_REBOOT);
	scene_check(scene, LEVEL_RESTART);
	scene_begin(scene, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_check(scene, 0, cases[i].first);
		set_check(scene, 1, cases[i].second);
		judge_all(scene);
		assert_health(scene, 0, cases[i].expected);
		assert_int_equal(scene->services[0].culprit, cases[i].culprit);
	}
}

static void test_a_doubtful_check_is_the_culprit_until_a_worse_one_is(void **state)
{
	struct scene *scene = *state;

	scene_service(scene);
	for (int i = 0; i < 3; i++)
		scene_check(scene, LEVEL_REBOOT);
	scene_begin(scene, 0);
	for (uint16_t i = 0; i < 3; i++)
		set_check(scene, i, HEALTH_UP);
	scene->checks[1].streak = 1;
	scene->checks[2].streak = 1;
	judge_all(scene);
	assert_health(scene, 0, HEALTH_UP);
	assert_int_equal(scene->services[0].culprit, 1);
	set_check(scene, 2, HEALTH_UNKNOWN);
	judge_all(scene);
	assert_health(scene, 0, HEALTH_UNKNOWN);
	assert_int_equal(scene->services[0].culprit, 2);
	scene->checks[2].streak = 0;
	set_check(scene, 2, HEALTH_UP);
	set_check(scene, 0, HEALTH_UNKNOWN);
	judge_all(scene);
	assert_int_equal(scene->services[0].culprit, 0);
}

static void test_alert_checks_say_nothing_about_a_service(void **state)
{
	struct scene *scene = *state;

	scene_service(scene);
	scene_check(scene, LEVEL_ALERT);
	scene_begin(scene, 0);
	set_check(scene, 0, HEALTH_DOWN);
	judge_all(scene);
	assert_health(scene, 0, HEALTH_UP);
	assert_int_equal(scene->services[0].culprit, NO_INDEX);
	assert_int_equal(scene->services[0].climbing, 0);
}

static void test_since_when_is_kept(void **state)
{
	struct scene *scene = *state;
	uint16_t web = eager(scene);

	scene_begin(scene, 0);
	assert_int_equal(scene->services[web].since_ms, SCENE_BEGIN_MS);
	scene_run(scene, 2500);
	assert_int_equal(scene->services[web].since_ms, SCENE_BEGIN_MS);
	scene->service_rules[web].can_restart = 0;
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, 5000);
	assert_health(scene, web, HEALTH_DOWN);
	assert_int_equal(scene->services[web].since_ms, SCENE_BEGIN_MS + 2500);
}

/* Each service begins with all its checks, and with none of another's. */
static void test_a_service_begins_with_its_checks(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 3; i++) {
		scene_simple(scene);
		scene_check(scene, LEVEL_ALERT);
	}
	memset(scene->checks, 0x55, sizeof(scene->checks));
	memset(scene->services, 0x55, sizeof(scene->services));
	service_begin(&scene->rules, 1, scene->services, scene->checks, scene->now_ms);
	for (uint16_t i = 2; i < 4; i++) {
		struct check_state check;

		check_begin(&check, scene->now_ms);
		/* Failures do not count before its needs are up for the first time. */
		check.grace_until_ms = FOREVER_MS;
		assert_memory_equal(&scene->checks[i], &check, sizeof(check));
	}
	assert_int_equal(scene->checks[1].streak, 0x5555);
	assert_int_equal(scene->checks[4].streak, 0x5555);
	assert_true(scene->services[1].restart_at_ms == NEVER_MS);
	assert_true(scene->services[1].up_ms == NEVER_MS);
	assert_int_equal(scene->services[1].culprit, NO_INDEX);
	assert_health(scene, 1, HEALTH_UNKNOWN);
}

/* P2: at boot nobody is excused for waiting for what is on this board. */
static void test_nobody_is_excused_at_boot_for_a_local_need(void **state)
{
	struct scene *scene = *state;
	uint16_t database = scene_simple(scene);
	uint16_t web = scene_simple(scene);

	scene_need(scene, web, database);
	scene_begin(scene, 0);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, 0);
	assert_health(scene, web, HEALTH_WAITING);
	assert_int_equal(scene->services[database].climbing, 1);
	assert_int_equal(scene->services[web].excused, 0);
}

/* --- restarts --- */

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

/* --- needs --- */

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

/* --- start: --- */

static uint16_t startable(struct scene *scene)
{
	uint16_t app = scene_simple(scene);

	scene->service_rules[app].can_start = 1;
	return app;
}

static void test_start_runs_at_boot_when_it_is_not_up(void **state)
{
	struct scene *scene = *state;
	uint16_t app = startable(scene);

	scene_begin(scene, 0);
	scene_play(scene, app, PLAY_BAD);
	scene_run(scene, 9000);
	assert_said(scene, EVENT_START, app, 1);
	assert_int_equal(scene_time_of(scene, EVENT_START, app, 0), 0);
	const struct event *start = scene_event(scene, EVENT_START, app, 0);
	assert_int_equal(start->value, 0);
	assert_int_equal(start->cause, CAUSE_STATUS);
	assert_int_equal(scene->services[app].attempts, 0);
	assert_int_equal(scene->services[app].restarts, 0);
}

static void test_start_does_not_run_when_it_is_up(void **state)
{
	struct scene *scene = *state;
	uint16_t app = startable(scene);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, app, PLAY_BAD);
	scene_run(scene, t + 5000);
	assert_said(scene, EVENT_START, app, 0);
	assert_said(scene, EVENT_RESTART, app, 1);
}

/* P4: not knowing is no reason to start it. */
static void test_start_does_not_run_while_nothing_is_known(void **state)
{
	struct scene *scene = *state;
	uint16_t app = startable(scene);

	scene_begin(scene, 0);
	scene_play(scene, app, PLAY_SILENT);
	scene_run(scene, 3000);
	scene_play(scene, app, PLAY_UNKNOWN);
	scene_run(scene, 6000);
	assert_said(scene, EVENT_START, app, 0);
	scene_play(scene, app, PLAY_BAD);
	scene_run(scene, 6000);
	assert_int_equal(scene_time_of(scene, EVENT_START, app, 0), 6000);
}

static void test_start_is_not_run_for_an_alert(void **state)
{
	struct scene *scene = *state;
	uint16_t app = startable(scene);
	uint16_t told = scene_check(scene, LEVEL_ALERT);

	scene_begin(scene, 0);
	scene_play(scene, app, PLAY_UNKNOWN);
	scene_play(scene, told, PLAY_BAD);
	scene_run(scene, 6000);
	assert_said(scene, EVENT_START, app, 0);
}

/* Any of its own checks can say that it is not running, and none of another service's. */
static void test_start_is_run_for_its_own_checks(void **state)
{
	struct scene *scene = *state;
	uint16_t app = startable(scene);
	uint16_t second = scene_check(scene, LEVEL_REBOOT);
	uint16_t web = scene_service(scene);
	uint16_t other = scene_check(scene, LEVEL_REBOOT);

	scene_begin(scene, 0);
	scene_play_all(scene, PLAY_UNKNOWN);
	scene_play(scene, other, PLAY_BAD);
	scene_run(scene, 3000);
	assert_said(scene, EVENT_START, ANY_SERVICE, 0);
	scene_play(scene, second, PLAY_BAD);
	scene_run(scene, 3000);
	assert_said(scene, EVENT_START, app, 1);
	assert_said(scene, EVENT_START, web, 0);
}

/* P13: it waits for what it needs. */
static void test_start_waits_for_what_it_needs(void **state)
{
	struct scene *scene = *state;
	uint16_t database = scene_simple(scene);
	uint16_t app = startable(scene);

	scene_need(scene, app, database);
	scene_begin(scene, 0);
	scene_play_all(scene, PLAY_BAD);
	scene_run(scene, 5000);
	assert_said(scene, EVENT_START, ANY_SERVICE, 0);
	scene_play(scene, database, PLAY_GOOD);
	scene_run(scene, 5000);
	assert_int_equal(scene_time_of(scene, EVENT_START, app, 0), 5000);
}

static void test_the_start_period_counts_anew_from_the_start(void **state)
{
	struct scene *scene = *state;
	uint16_t app = startable(scene);

	scene->check_rules[app].retries = 1;
	scene_begin(scene, 0);
	scene_play(scene, app, PLAY_SILENT);
	scene_run(scene, 4000);
	scene_result(scene, app, PLAY_BAD);
	assert_said(scene, EVENT_START, app, 1);
	scene_run(scene, 13999);
	scene_result(scene, app, PLAY_BAD);
	assert_health(scene, app, HEALTH_UNKNOWN);
	scene_run(scene, 14000);
	scene_result(scene, app, PLAY_BAD);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, app, 0), 14000);
	assert_int_equal(scene_event(scene, EVENT_RESTART, app, 0)->value, 1);
}

/* --- what may reboot the board --- */

/* P12: a service is climbing by a check that may climb, and while it waits only for what may not, it is excused. */
static void test_who_climbs_and_who_is_excused(void **state)
{
	struct scene *scene = *state;
	uint16_t internet = scene_service(scene);
	uint16_t database = scene_simple(scene);
	uint16_t web = scene_simple(scene);

	scene_check(scene, LEVEL_RESTART); /* check 2, of web */
	scene->service_rules[internet].first_check = 3;
	scene->service_rules[internet].check_count = 1;
	scene->check_rules[3] = scene->check_rules[2];
	scene->check_rules[3].service = internet;
	scene->rules.check_count = 4;
	scene_need(scene, web, internet);
	scene_need(scene, web, database);
	scene_begin(scene, 0);
	for (uint16_t i = 0; i < 4; i++)
		set_check(scene, i, HEALTH_UP);
	judge_all(scene);
	assert_int_equal(scene->services[web].climbing + scene->services[web].excused, 0);

	set_check(scene, 1, HEALTH_DOWN); /* web's own */
	judge_all(scene);
	assert_int_equal(scene->services[web].climbing, 1);
	assert_int_equal(scene->services[web].excused, 0);

	set_check(scene, 3, HEALTH_DOWN); /* the internet */
	judge_all(scene);
	assert_health(scene, web, HEALTH_WAITING);
	assert_int_equal(scene->services[internet].climbing, 0);
	assert_int_equal(scene->services[web].climbing, 0);
	assert_int_equal(scene->services[web].excused, 1);

	set_check(scene, 0, HEALTH_DOWN); /* and the database */
	judge_all(scene);
	assert_int_equal(scene->services[database].climbing, 1);
	assert_int_equal(scene->services[web].climbing, 1);
	assert_int_equal(scene->services[web].excused, 0);

	set_check(scene, 3, HEALTH_UP);
	judge_all(scene);
	assert_health(scene, web, HEALTH_WAITING);
	assert_int_equal(scene->services[web].excused, 0);

	set_check(scene, 0, HEALTH_UP);
	set_check(scene, 1, HEALTH_UP);
	set_check(scene, 2, HEALTH_DOWN); /* web is down, but only by the check that may not climb */
	judge_all(scene);
	assert_health(scene, web, HEALTH_DOWN);
	assert_int_equal(scene->services[web].climbing, 0);
}

/* P12: an excuse is handed on along a chain. */
static void test_an_excuse_is_handed_on(void **state)
{
	struct scene *scene = *state;
	uint16_t internet = scene_service(scene);

	scene_check(scene, LEVEL_RESTART);
	uint16_t relay = scene_simple(scene);
	uint16_t app = scene_simple(scene);
	scene_need(scene, relay, internet);
	scene_need(scene, app, relay);
	scene_begin(scene, 0);
	for (uint16_t i = 0; i < 3; i++)
		set_check(scene, i, HEALTH_DOWN);
	judge_all(scene);
	assert_int_equal(scene->services[relay].excused, 1);
	assert_int_equal(scene->services[app].excused, 1);
	assert_int_equal(scene->services[app].climbing, 0);
}

/* P12: a service that is restarted for a remote check does not take the excuse from those that wait for it. */
static void test_a_restart_for_a_remote_check_keeps_the_excuse(void **state)
{
	struct scene *scene = *state;
	uint16_t gateway = scene_service(scene);
	uint16_t local = scene_check(scene, LEVEL_REBOOT);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	uint16_t app = scene_service(scene);
	uint16_t ask = scene_check(scene, LEVEL_REBOOT);

	scene_need(scene, app, gateway);
	scene->service_rules[app].can_restart = 0;
	scene->plays[local].took_ms = 300;
	int64_t t = scene_begin_well(scene);
	/* The internet is gone: first the gateway sees it, then the service behind it. */
	scene_play(scene, remote, PLAY_BAD);
	scene_run(scene, t + 1000);
	scene_play(scene, ask, PLAY_BAD);
	scene_run(scene, t + 3600000);
	assert_true(scene_count(scene, EVENT_RESTART, gateway) > 50);
	assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), -1);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_health(scene, app, HEALTH_WAITING);
}

/* P2: a local check that was good and is unknown since, without any restart, climbs and excuses nobody. */
static void test_not_knowing_is_no_start_period(void **state)
{
	struct scene *scene = *state;
	uint16_t gateway = scene_service(scene);
	uint16_t local = scene_check(scene, LEVEL_REBOOT);
	uint16_t app = scene_service(scene);
	uint16_t ask = scene_check(scene, LEVEL_REBOOT);

	scene_need(scene, app, gateway);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, local, PLAY_UNKNOWN);
	scene_play(scene, ask, PLAY_UNKNOWN);
	scene_run(scene, t + 500);
	assert_int_equal(scene->services[gateway].climbing, 1);
	assert_health(scene, app, HEALTH_WAITING);
	assert_int_equal(scene->services[app].excused, 0);
}

/* P2: but when its own check stays down after its start period, the excuse is over. */
static void test_an_excuse_ends_with_the_start_period(void **state)
{
	struct scene *scene = *state;
	uint16_t gateway = scene_service(scene);
	uint16_t local = scene_check(scene, LEVEL_REBOOT);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	uint16_t app = scene_simple(scene);

	scene_need(scene, app, gateway);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, remote, PLAY_BAD);
	scene_run(scene, t + 2000);
	assert_said(scene, EVENT_RESTART, gateway, 1);
	scene_play(scene, local, PLAY_BAD);
	scene_run(scene, t + 2000 + SCENE_START_PERIOD_MS - 1);
	assert_int_equal(scene->services[gateway].climbing, 0);
	/* The first failure that counts ends it, though the check is not down yet. */
	scene_run(scene, t + 2000 + SCENE_START_PERIOD_MS);
	assert_int_equal(scene->services[gateway].climbing, 1);
	scene_run(scene, t + 2000 + SCENE_START_PERIOD_MS + 2000);
	assert_int_equal(scene->services[gateway].climbing, 1);
	assert_state(scene, BOARD_RECOVERING);
	scene_run(scene, t + 200000);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 1);
	(void)app;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_the_worst_check_counts),
	        scene_test(test_a_doubtful_check_is_the_culprit_until_a_worse_one_is),
	        scene_test(test_alert_checks_say_nothing_about_a_service),
	        scene_test(test_since_when_is_kept),
	        scene_test(test_a_service_begins_with_its_checks),
	        scene_test(test_nobody_is_excused_at_boot_for_a_local_need),
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
	        scene_test(test_start_runs_at_boot_when_it_is_not_up),
	        scene_test(test_start_does_not_run_when_it_is_up),
	        scene_test(test_start_does_not_run_while_nothing_is_known),
	        scene_test(test_start_is_not_run_for_an_alert),
	        scene_test(test_start_is_run_for_its_own_checks),
	        scene_test(test_start_waits_for_what_it_needs),
	        scene_test(test_the_start_period_counts_anew_from_the_start),
	        scene_test(test_who_climbs_and_who_is_excused),
	        scene_test(test_an_excuse_is_handed_on),
	        scene_test(test_a_restart_for_a_remote_check_keeps_the_excuse),
	        scene_test(test_not_knowing_is_no_start_period),
	        scene_test(test_an_excuse_ends_with_the_start_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
