/* SPDX-License-Identifier: MIT
 *
 * core/board: what is remote reboots nothing.
 */
#include "core_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_an_alert_is_only_told),
	        scene_test(test_a_remote_check_never_reboots),
	        scene_test(test_what_waits_for_the_internet_is_excused),
	        scene_test(test_a_boot_without_the_internet),
	        scene_test(test_what_was_never_good_gives_no_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
