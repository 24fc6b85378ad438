/* SPDX-License-Identifier: MIT
 *
 * What the walk through every state (tests/model) has found in core/, each as the shortest story that shows it.
 */
#include "core_fixture.h"

/*
 * P2: a service that needs a remote one has its whole start period at boot. Found by the course of constant silence: in
 * the first step, before anything was heard, a remote service is not known to be up, so what needs it was excused (P12),
 * nothing was left that was not up, and the board was done with starting. From then on it was fed under the lease of
 * what was heard instead of the start period: the remote service came up a moment later, its dependant took its time
 * to start as it may, and when one detection time was over the board was recovering; where restart_for is shorter than
 * the rest of the start period it rebooted.
 */
static void test_an_excuse_does_not_end_the_start_period(void **state)
{
	struct scene *scene = *state;
	uint16_t internet = scene_service(scene);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	uint16_t sync = scene_service(scene);
	uint16_t answer = scene_check(scene, LEVEL_REBOOT);

	scene->service_rules[sync].start_period_ms = 60000;
	scene->ladder_rule.restart_for_ms = 0;
	scene_need(scene, sync, internet);
	scene_begin(scene, 0);
	scene->plays[remote].took_ms = 200;
	scene->plays[answer].play = PLAY_BAD;
	scene_step(scene);
	scene_run(scene, 40000);
	assert_said(scene, EVENT_REBOOT, ANY_SERVICE, 0);
	assert_int_equal(scene_entered(scene, BOARD_RECOVERING, 0), -1);
	scene_play(scene, answer, PLAY_GOOD);
	scene_run(scene, 41000);
	assert_state(scene, BOARD_WELL);
	assert_health(scene, internet, HEALTH_UP);
}

/* P2: and what does not come up in it is not fed beyond it. */
static void test_the_start_period_ends_for_what_was_excused(void **state)
{
	struct scene *scene = *state;
	uint16_t internet = scene_service(scene);
	uint16_t remote = scene_check(scene, LEVEL_RESTART);
	uint16_t sync = scene_service(scene);
	uint16_t answer = scene_check(scene, LEVEL_REBOOT);

	scene_need(scene, sync, internet);
	scene_begin(scene, 0);
	scene->plays[remote].took_ms = 200;
	scene->plays[answer].play = PLAY_BAD;
	scene_step(scene);
	scene_run(scene, 2 * SCENE_START_PERIOD_MS + SCENE_RESTART_FOR_MS + SCENE_REBOOT_WITHIN_MS);
	assert_state(scene, BOARD_LETGO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_an_excuse_does_not_end_the_start_period),
	        scene_test(test_the_start_period_ends_for_what_was_excused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
