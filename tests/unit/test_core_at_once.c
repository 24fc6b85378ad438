/* SPDX-License-Identifier: MIT
 *
 * core/: no more than `ladder.at_once` services are started or restarted at the same time.
 */
#include "core_fixture.h"

/* A database and `count` services that need it, with a restart of theirs when it was restarted. */
static uint16_t database_and(struct scene *scene, uint16_t count)
{
	uint16_t database = scene_simple(scene);

	scene->plays[0].revived_by_restart = true;
	for (uint16_t i = 0; i < count; i++) {
		uint16_t service = scene_simple(scene);

		scene_need(scene, service, database);
		scene->service_rules[service].propagate = 1;
	}
	return database;
}

/* The most orders within any span of so many milliseconds. */
static size_t most_within(const struct scene *scene, int64_t span_ms)
{
	size_t most = 0;

	for (size_t i = 0; i < scene->event_count; i++) {
		size_t count = 0;

		for (size_t j = i; j < scene->event_count && scene->events[j].at_ms < scene->events[i].at_ms + span_ms;
		        j++)
			count += scene->events[j].kind == EVENT_RESTART || scene->events[j].kind == EVENT_START;
		most = count > most ? count : most;
	}
	return most;
}

/* P13: 24 services that depend on one database are restarted after it, all of them, four at a time. */
static void test_a_storm_is_spread(void **state)
{
	struct scene *scene = *state;
	uint16_t database = database_and(scene, 24);

	scene->ladder_rule.at_once = 4;
	int64_t t = scene_begin_well(scene);
	scene_play(scene, database, PLAY_CONCLUSIVE);
	scene_run(scene, t + 30000);
	for (uint16_t i = 0; i < 25; i++)
		assert_said(scene, EVENT_RESTART, i, 1);
	assert_int_equal(most_within(scene, START_SLOT_LEAST_MS), 4);
	assert_int_equal(scene_time_of(scene, EVENT_RESTART, database, 0), t);
	assert_state(scene, BOARD_WELL);
}

/* Without a limit they are restarted in one moment. */
static void test_without_a_limit(void **state)
{
	struct scene *scene = *state;
	uint16_t database = database_and(scene, 24);
	int64_t t = scene_begin_well(scene);

	scene_play(scene, database, PLAY_CONCLUSIVE);
	scene_run(scene, t + 30000);
	assert_int_equal(most_within(scene, 1), 24);
}

/* P5: who comes up gives its place back after START_SLOT_LEAST_MS, who does neither after START_SLOT_MS, to the millisecond. */
static void test_when_a_place_is_free(void **state)
{
	static const struct service_rule rule = {.start_period_ms = 60000}, quick = {.start_period_ms = 700};
	static const struct {
		const struct service_rule *rule;
		enum health health;
		uint8_t blind;
		int64_t after_ms;
	} cases[] = {
	        {&rule, HEALTH_UP, 0, START_SLOT_LEAST_MS},
	        {&rule, HEALTH_DOWN, 0, START_SLOT_LEAST_MS},
	        {&rule, HEALTH_UNKNOWN, 1, START_SLOT_LEAST_MS},
	        {&rule, HEALTH_UNKNOWN, 0, START_SLOT_MS},
	        {&rule, HEALTH_WAITING, 0, START_SLOT_MS},
	        {&quick, HEALTH_UNKNOWN, 0, 700},
	        {&quick, HEALTH_UP, 0, 700},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct service_state service = {
		        .slot_ms = 5000, .health = (uint8_t)cases[i].health, .blind = cases[i].blind};

		service_free_slot(cases[i].rule, &service, 5000 + cases[i].after_ms - 1);
		assert_true(service.slot_ms == 5000);
		service_free_slot(cases[i].rule, &service, 5000 + cases[i].after_ms);
		assert_true(service.slot_ms == NEVER_MS);
		assert_true(service_slot_end_ms(cases[i].rule, &service) == FOREVER_MS);
	}
}

/* P13: services that fail for ever do not keep the places from another, whatever its place in the order is. */
static void test_nobody_starves(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 6; i++)
		(void)scene_simple(scene);
	scene->ladder_rule.at_once = 1;
	int64_t t = scene_begin_well(scene);
	scene_play_all(scene, PLAY_CONCLUSIVE);
	scene_run(scene, t + 6 * START_SLOT_MS);
	for (uint16_t i = 0; i < 6; i++)
		assert_true(scene_count(scene, EVENT_RESTART, i) > 0);
	assert_int_equal(most_within(scene, START_SLOT_LEAST_MS), 1);
}

/* P4: a service that is found down at boot is started, and not restarted in the same moment. */
static void test_a_start_is_not_a_restart_too(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);

	scene->ladder_rule.at_once = 4;
	scene->service_rules[web].can_start = 1;
	scene_begin(scene, 0);
	scene_play(scene, web, PLAY_GONE);
	scene_run(scene, 0);
	assert_said(scene, EVENT_START, web, 1);
	assert_said(scene, EVENT_RESTART, web, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(test_a_storm_is_spread),
	        scene_test(test_without_a_limit),
	        cmocka_unit_test(test_when_a_place_is_free),
	        scene_test(test_nobody_starves),
	        scene_test(test_a_start_is_not_a_restart_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
