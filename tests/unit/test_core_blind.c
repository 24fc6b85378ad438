/* SPDX-License-Identifier: MIT
 *
 * core/: a check that has nothing to measure is blind, which is neither silent nor bad (promise P4).
 */
#include "core_fixture.h"

enum { DAY_MS = 86400000 };

/* Two checks that may escalate: `web` is measured, `sensor` may turn blind. */
static uint16_t web_and_sensor(struct scene *scene, uint16_t *sensor)
{
	uint16_t web = scene_simple(scene);

	*sensor = scene_check(scene, LEVEL_REBOOT);
	return web;
}

/* P4: a blind check restarts nothing and reboots nothing; the other checks go on extending the lease. */
static void test_blind_for_a_day(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;
	uint16_t web = web_and_sensor(scene, &sensor);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, sensor, PLAY_BLIND);
	scene_run(scene, t + DAY_MS);
	assert_state(scene, BOARD_DOUBT);
	assert_health(scene, web, HEALTH_UP);
	assert_true(scene->ladder.feed_until_ms > scene->now_ms);
	assert_kinds(scene, (enum event_kind[]){EVENT_CHECK_FAILED, EVENT_WARNING, EVENT_STATE}, 3);
	assert_int_equal(scene->events[0].cause, CAUSE_BLIND);
	assert_int_equal(scene->events[0].check, sensor);
	assert_int_equal(scene->events[1].value, 2);
	assert_int_equal(scene->events[1].cause, CAUSE_BLIND);
	scene_forget(scene);
	scene_play(scene, sensor, PLAY_GOOD);
	scene_run(scene, t + DAY_MS + 1000);
	assert_kinds(scene, (enum event_kind[]){EVENT_CHECK_PASSED, EVENT_STATE}, 2);
	assert_state(scene, BOARD_WELL);
}

/* P4: blindness of a check that may only alert shows as doubt too, and as a warning. */
static void test_a_blind_alert_is_a_warning(void **state)
{
	struct scene *scene = *state;

	(void)scene_simple(scene);
	uint16_t told = scene_check(scene, LEVEL_ALERT);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, told, PLAY_BLIND);
	scene_run(scene, t + 1000);
	assert_state(scene, BOARD_DOUBT);
	assert_int_equal(scene_event(scene, EVENT_WARNING, ANY_SERVICE, 0)->value, 2);
	assert_int_equal(scene->ladder.cause, CAUSE_BLIND);
}

/* P4: a board that begins with a blind check leaves its start period when all that can measure is good. */
static void test_blind_from_the_start(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;

	(void)web_and_sensor(scene, &sensor);
	scene_begin(scene, 0);
	scene_play(scene, sensor, PLAY_BLIND);
	scene_run(scene, 0);
	assert_state(scene, BOARD_DOUBT);
	scene_run(scene, DAY_MS);
	assert_state(scene, BOARD_DOUBT);
	assert_said(scene, EVENT_RESTART, ANY_SERVICE, 0);
}

/* P4: the checker of a blind check that falls silent costs the lease as ever. */
static void test_blind_then_silent(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;

	(void)web_and_sensor(scene, &sensor);
	scene->keep_checker = true;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, sensor, PLAY_BLIND);
	scene_run(scene, t + 5000);
	scene_play_all(scene, PLAY_SILENT);
	scene_run(scene, t + 5000 + SCENE_DETECTION_MS - 1);
	assert_state(scene, BOARD_DOUBT);
	scene_run(scene, t + 5000 + SCENE_DETECTION_MS);
	assert_state(scene, BOARD_RECOVERING);
}

/* P4: a server that is down beside a blind check is restarted, and rebooted for, and it is the cause. */
static void test_the_dead_server_is_the_cause(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor_service = scene_simple(scene), web = scene_simple(scene);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, sensor_service, PLAY_BLIND);
	scene_run(scene, t + 1000);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, t + 1000 + 2000);
	assert_state(scene, BOARD_RECOVERING);
	assert_int_equal(scene->ladder.check, web);
	assert_said(scene, EVENT_RESTART, web, 1);
	assert_said(scene, EVENT_RESTART, sensor_service, 0);
	scene_run(scene, t + 1000 + 2000 + SCENE_RESTART_FOR_MS);
	assert_state(scene, BOARD_REBOOTING);
	assert_int_equal(scene->ladder.check, web);
}

/* P4: a check that is late is a better cause than one that is blind. */
static void test_a_late_check_is_the_cause(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor_service = scene_simple(scene), web = scene_simple(scene);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, sensor_service, PLAY_BLIND);
	scene_run(scene, t + 1000);
	scene_play(scene, web, PLAY_UNKNOWN);
	scene_run(scene, t + 20000);
	assert_state(scene, BOARD_RECOVERING);
	assert_int_equal(scene->ladder.check, web);
}

/* P13: a service that cannot be measured does not keep those that need it from being started, restarted and mended. */
static void test_dependants_do_not_wait_for_the_blind(void **state)
{
	struct scene *scene = *state;
	uint16_t database = scene_simple(scene), web = scene_simple(scene);

	scene_need(scene, web, database);
	scene_begin(scene, 0);
	scene_play(scene, database, PLAY_BLIND);
	scene_run(scene, 2000);
	assert_health(scene, database, HEALTH_UNKNOWN);
	assert_health(scene, web, HEALTH_UP);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, 6000);
	assert_said(scene, EVENT_RESTART, web, 1);
	assert_said(scene, EVENT_RESTART, database, 0);
}

/* P13: a need whose other checks measure that it is down is waited for, whatever is blind beside them. */
static void test_a_need_that_is_down_is_waited_for(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;
	uint16_t database = web_and_sensor(scene, &sensor);
	uint16_t web = scene_service(scene);
	uint16_t answer = scene_check(scene, LEVEL_REBOOT);

	scene_need(scene, web, database);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, sensor, PLAY_BLIND);
	scene_play(scene, 0, PLAY_BAD);
	scene_play(scene, answer, PLAY_BAD);
	scene_run(scene, t + 30000);
	assert_health(scene, web, HEALTH_WAITING);
	assert_said(scene, EVENT_RESTART, web, 0);
	assert_true(scene_count(scene, EVENT_RESTART, database) > 0);
}

/* P4: what the checks look for may be there only after the start, so blindness does not keep a service from its start. */
static void test_a_blind_service_is_started(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);

	scene->service_rules[web].can_start = 1;
	scene_begin(scene, 0);
	scene_play(scene, web, PLAY_BLIND);
	scene_run(scene, 60000);
	assert_said(scene, EVENT_START, web, 1);
	assert_said(scene, EVENT_RESTART, web, 0);
}

/* P13: a dependant is started when its blind need was heard of again after its own start, not together with it. */
static void test_a_dependant_waits_for_the_start_of_a_blind_need(void **state)
{
	struct scene *scene = *state;
	uint16_t database = scene_simple(scene), web = scene_simple(scene);

	scene_need(scene, web, database);
	scene->service_rules[database].can_start = 1;
	scene->service_rules[web].can_start = 1;
	scene_begin(scene, 0);
	scene_play(scene, database, PLAY_BLIND);
	scene_play(scene, web, PLAY_BAD);
	scene_run(scene, 0);
	assert_said(scene, EVENT_START, database, 1);
	assert_said(scene, EVENT_START, web, 0);
	scene_run(scene, 1000);
	assert_said(scene, EVENT_START, database, 1);
	assert_said(scene, EVENT_START, web, 1);
}

/* P13: a blind need that is still to be restarted after its own need keeps its dependants waiting until then. */
static void test_a_dependant_waits_for_a_blind_need_that_follows(void **state)
{
	struct scene *scene = *state;
	uint16_t disk = scene_simple(scene), database = scene_simple(scene), web = scene_simple(scene);

	scene_need(scene, database, disk);
	scene_need(scene, web, database);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, database, PLAY_BLIND);
	scene_run(scene, t + 1);
	scene->services[database].follows = 1;
	judge_all(scene);
	assert_true(scene->services[database].ready);
	assert_true(scene->services[web].needs_up);
	assert_false(scene->services[web].ready);
	scene->services[database].follows = 0;
	judge_all(scene);
	assert_true(scene->services[web].ready);
}

/* P6: time in which only a blind check keeps the board from being well clears the reboots, to the millisecond. */
static void test_blind_time_settles(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;

	(void)web_and_sensor(scene, &sensor);
	scene_begin(scene, 2);
	scene_play(scene, sensor, PLAY_BLIND);
	scene_run(scene, SCENE_REBOOT_SETTLE_MS - 1);
	assert_said(scene, EVENT_SETTLED, ANY_SERVICE, 0);
	scene_run(scene, SCENE_REBOOT_SETTLE_MS);
	assert_said(scene, EVENT_SETTLED, ANY_SERVICE, 1);
	assert_int_equal(scene->ladder.unsettled, 0);
}

/* P6: but where not one check that may escalate is good, nothing shows that the board is well. */
static void test_all_blind_does_not_settle(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;

	(void)web_and_sensor(scene, &sensor);
	(void)scene_check(scene, LEVEL_RESTART);
	scene_begin(scene, 2);
	scene_play(scene, 0, PLAY_BLIND);
	scene_play(scene, sensor, PLAY_BLIND);
	scene_run(scene, DAY_MS);
	assert_state(scene, BOARD_DOUBT);
	assert_int_equal(scene->ladder.unsettled, 2);
}

/* P6: a check that was down when it turned blind has not recovered: nothing is refilled until it measures good. */
static void test_down_then_blind_does_not_settle(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;

	(void)web_and_sensor(scene, &sensor);
	int64_t t = scene_begin_well(scene);
	scene_play(scene, sensor, PLAY_BAD);
	scene_run(scene, t + 2000 + 30000);
	assert_state(scene, BOARD_RECOVERING);
	scene_play(scene, sensor, PLAY_BLIND);
	scene_run(scene, t + DAY_MS);
	assert_state(scene, BOARD_DOUBT);
	assert_true(scene->ladder.outage_used_ms >= 30000);
	scene_play(scene, sensor, PLAY_GOOD);
	scene_run(scene, t + DAY_MS + SCENE_SETTLE_MS);
	assert_int_equal(scene->ladder.outage_used_ms, 0);
}

/* P2: a check that alternates between bad and blind escalates by the time that it was bad, and does not escape for ever. */
static void test_alternating_escalates(void **state)
{
	struct scene *scene = *state;
	uint16_t sensor;

	(void)web_and_sensor(scene, &sensor);
	int64_t t = scene_begin_well(scene);
	for (int i = 0; i < 2000 && scene->ladder.state != BOARD_REBOOTING; i++) {
		scene_play(scene, sensor, i % 2 == 0 ? PLAY_BAD : PLAY_BLIND);
		scene_run(scene, t += 1000);
	}
	assert_state(scene, BOARD_REBOOTING);
}

/* P4: failures before and after a blind result are in a row, since nothing good came between them. */
static void test_blind_keeps_the_row(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, web, PLAY_SILENT);
	scene_run(scene, t + 1);
	scene_result(scene, web, PLAY_BAD);
	scene_result(scene, web, PLAY_BAD);
	scene_result(scene, web, PLAY_BLIND);
	assert_health(scene, web, HEALTH_UNKNOWN);
	scene_result(scene, web, PLAY_BAD);
	assert_said(scene, EVENT_SERVICE_DOWN, web, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_blind_for_a_day),
	        scene_test(test_a_blind_alert_is_a_warning),
	        scene_test(test_blind_from_the_start),
	        scene_test(test_blind_then_silent),
	        scene_test(test_the_dead_server_is_the_cause),
	        scene_test(test_a_late_check_is_the_cause),
	        scene_test(test_dependants_do_not_wait_for_the_blind),
	        scene_test(test_a_need_that_is_down_is_waited_for),
	        scene_test(test_a_blind_service_is_started),
	        scene_test(test_a_dependant_waits_for_the_start_of_a_blind_need),
	        scene_test(test_a_dependant_waits_for_a_blind_need_that_follows),
	        scene_test(test_blind_time_settles),
	        scene_test(test_all_blind_does_not_settle),
	        scene_test(test_down_then_blind_does_not_settle),
	        scene_test(test_alternating_escalates),
	        scene_test(test_blind_keeps_the_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
