/* SPDX-License-Identifier: MIT
 *
 * core/service: how a service is, by its checks.
 */
#include "core_fixture.h"

#include <string.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_the_worst_check_counts),
	        scene_test(test_a_doubtful_check_is_the_culprit_until_a_worse_one_is),
	        scene_test(test_alert_checks_say_nothing_about_a_service),
	        scene_test(test_since_when_is_kept),
	        scene_test(test_a_service_begins_with_its_checks),
	        scene_test(test_nobody_is_excused_at_boot_for_a_local_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
