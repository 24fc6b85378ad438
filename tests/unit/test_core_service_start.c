/* SPDX-License-Identifier: MIT
 *
 * core/service: what has a start command, and what may reboot the board.
 */
#include "core_fixture.h"

#include <string.h>
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
