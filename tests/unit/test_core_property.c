/* SPDX-License-Identifier: MIT
 *
 * core/ as a whole: what holds for every configuration and every stream of results. Each case is made from a seed, which
 * is said where it fails; FEEDDOG_SEED=N plays only that one, FEEDDOG_CASES=N so many.
 *
 * The fixture adds what it watches in every scene: P1 (who may move the lease), P13 (needs first), attempts.
 */
#include "core_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { CASES = 300, ACTIONS_LAST = 40 };

static uint32_t between(struct dice *dice, uint32_t low, uint32_t high)
{
	return low + dice_below(dice, high - low + 1);
}

static bool one_in(struct dice *dice, uint32_t n)
{
	return dice_below(dice, n) == 0;
}

static void random_check(struct dice *dice, struct scene *scene)
{
	uint16_t index = scene_check(scene, (enum check_level)dice_below(dice, LEVEL_COUNT));
	struct check_rule *rule = &scene->check_rules[index];

	rule->interval_ms = between(dice, 20, 400);
	rule->timeout_ms = between(dice, 1, rule->interval_ms);
	rule->retries = (uint16_t)between(dice, 1, 3);
	scene->plays[index].took_ms = one_in(dice, 3) ? 0 : between(dice, 1, rule->timeout_ms);
	scene->plays[index].revived_by_restart = one_in(dice, 2);
}

static void random_rules(struct dice *dice, struct scene *scene)
{
	uint32_t services = between(dice, 1, 5);

	scene->ladder_rule = (struct ladder_rule){
	        .restart_for_ms = one_in(dice, 5) ? 0 : between(dice, 1, 8000),
	        .reboot_within_ms = one_in(dice, 5) ? 0 : between(dice, 1, 3000),
	        .settle_ms = one_in(dice, 8) ? 0 : between(dice, 1, 4000),
	        .reboot_settle_ms = between(dice, 1, 9000),
	        .reboot_limit = (uint16_t)dice_below(dice, 4),
	        .then_reboot = one_in(dice, 6),
	};
	for (uint32_t s = 0; s < services; s++) {
		uint16_t index = scene_service(scene);
		struct service_rule *rule = &scene->service_rules[index];

		rule->start_period_ms = one_in(dice, 4) ? 0 : between(dice, 1, 2000);
		rule->attempts = (uint16_t)dice_below(dice, 4);
		rule->can_restart = !one_in(dice, 5);
		rule->can_start = one_in(dice, 3);
		rule->propagate = one_in(dice, 3);
		rule->flap_count = one_in(dice, 3) ? (uint16_t)between(dice, 2, FLAP_LAST) : 0;
		rule->flap_within_ms = between(dice, 100, 5000);
		for (uint32_t checks = between(dice, 1, 3); checks > 0; checks--)
			random_check(dice, scene);
		for (uint16_t need = 0; need < index; need++)
			if (one_in(dice, 3))
				scene_need(scene, index, need);
	}
}

static enum play random_play(struct dice *dice)
{
	return one_in(dice, 2) ? PLAY_GOOD : (enum play)dice_below(dice, PLAY_SILENT + 1);
}

static enum play random_trouble(struct dice *dice)
{
	static const enum play plays[] = {PLAY_BAD, PLAY_BAD, PLAY_CONCLUSIVE, PLAY_GONE, PLAY_UNKNOWN, PLAY_SILENT};

	return plays[dice_below(dice, sizeof(plays) / sizeof(plays[0]))];
}

/* Something happens from outside. */
static void random_action(struct dice *dice, struct scene *scene)
{
	switch (dice_below(dice, 20)) {
	case 0:
		scene_hold(scene, between(dice, 1, 4000));
		break;
	case 1:
		scene_resume(scene);
		break;
	case 2:
		board_storage(&scene->board, dice_below(dice, 2));
		break;
	case 3:
		board_checker_replaced(&scene->rules, &scene->board, scene->now_ms);
		break;
	case 4:
		for (uint16_t i = 0; i < scene->rules.check_count; i++)
			scene_play(scene, i, PLAY_GOOD);
		break;
	default:
		scene_play(scene, (uint16_t)dice_below(dice, scene->rules.check_count), random_play(dice));
		break;
	}
	scene_step(scene);
}

/* One case from its seed, stepped each millisecond or only at deadlines and with results. */
static struct scene *play_story(uint64_t seed, bool every_ms)
{
	struct dice dice = {seed};
	struct scene *scene;
	void *state;
	int64_t at_ms = 0;

	assert_int_equal(scene_setup(&state), 0);
	scene = state;
	scene->seed = seed;
	scene->every_ms = every_ms;
	random_rules(&dice, scene);
	scene_begin(scene, (uint16_t)dice_below(&dice, 3));
	scene_step(scene);
	for (uint32_t actions = between(&dice, 1, ACTIONS_LAST); actions > 0; actions--) {
		scene_run(scene, at_ms += between(&dice, 1, 2500));
		random_action(&dice, scene);
	}
	scene_run(scene, at_ms + 15000);
	return scene;
}

static void free_scene(struct scene *scene)
{
	void *state = scene;

	scene_teardown(&state);
}

/* Plays `test` with one seed after another. */
static void for_all_seeds(void (*test)(uint64_t seed), uint64_t cases)
{
	const char *only = getenv("FEEDDOG_SEED");
	const char *count = getenv("FEEDDOG_CASES");

	if (only) {
		test(strtoull(only, NULL, 0));
		return;
	}
	if (count)
		cases = strtoull(count, NULL, 0);
	for (uint64_t seed = 1; seed <= cases; seed++)
		test(seed);
}

/* --- deadlines --- */

static void same_events(uint64_t seed)
{
	struct scene *each = play_story(seed, true);
	struct scene *few = play_story(seed, false);
	size_t count = each->event_count < few->event_count ? each->event_count : few->event_count;

	for (size_t i = 0; i < count; i++) {
		const struct event *a = &each->events[i], *b = &few->events[i];

		if (memcmp(a, b, sizeof(*a)) != 0)
			fail_msg("seed %llu, event %zu: each ms %s at %lld of %u, at deadlines %s at %lld of %u",
			        (unsigned long long)seed, i, event_name((enum event_kind)a->kind),
			        (long long)(a->at_ms - SCENE_BEGIN_MS), a->service,
			        event_name((enum event_kind)b->kind), (long long)(b->at_ms - SCENE_BEGIN_MS),
			        b->service);
	}
	assert_int_equal(each->event_count, few->event_count);
	assert_int_equal(each->ladder.state, few->ladder.state);
	/* Hold renews its lease at each step. */
	if (each->ladder.state != BOARD_HOLD)
		assert_int_equal(each->ladder.feed_until_ms, few->ladder.feed_until_ms);
	assert_true(few->steps <= each->steps);
	free_scene(each);
	free_scene(few);
}

/* P5: time alone is enough: who steps only at the deadlines that he was told sees all that there is, when it is. */
static void test_deadlines_miss_nothing(void **state)
{
	(void)state;
	for_all_seeds(same_events, CASES / 3);
}

/* --- BOUND --- */

/* A check without needs that may climb: its service is never excused. */
static uint16_t add_victim(struct dice *dice, struct scene *scene)
{
	uint16_t service = scene_service(scene);
	uint16_t check = scene_check(scene, LEVEL_REBOOT);

	scene->service_rules[service].start_period_ms = between(dice, 0, 2000);
	scene->check_rules[check].interval_ms = between(dice, 20, 400);
	scene->check_rules[check].timeout_ms = 20;
	scene->check_rules[check].retries = (uint16_t)between(dice, 1, 3);
	return check;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void bounded(uint64_t seed)
{
	struct dice dice = {seed};
	struct scene *scene;
	void *state;
	uint16_t victim;
	int64_t at_ms = 0, bound_ms;

	assert_int_equal(scene_setup(&state), 0);
	scene = state;
	scene->seed = seed;
	random_rules(&dice, scene);
	scene->ladder_rule.then_reboot = 1;
	victim = add_victim(&dice, scene);
	scene_begin(scene, 0);
	for (uint32_t actions = dice_below(&dice, 10); actions > 0; actions--) {
		uint16_t check = (uint16_t)dice_below(&dice, scene->rules.check_count);
		enum play play = random_play(&dice);

		scene_run(scene, at_ms += between(&dice, 1, 2500));
		/* A blind check is fed for as long as it is heard, which is no outage. */
		scene_play(scene, check, check == victim && play == PLAY_BLIND ? PLAY_GOOD : play);
	}
	/* From here on it is never good again, while the others go on as they like. */
	if (one_in(&dice, 4))
		scene_play_all(scene, PLAY_GOOD);
	bound_ms = larger(SCENE_BEGIN_MS + rules_start_bound_ms(&scene->ladder_rule),
	        larger(scene->now_ms, SCENE_BEGIN_MS) + rules_bound_ms(&scene->ladder_rule));
	scene_play(scene, victim, random_trouble(&dice));
	while (scene->now_ms <= bound_ms + 5000) {
		uint16_t other = (uint16_t)dice_below(&dice, scene->rules.check_count);

		scene_run(scene, at_ms += between(&dice, 1, 1500));
		scene_play(scene, other, other == victim ? random_trouble(&dice) : random_play(&dice));
	}
	if (scene->checks[victim].good_ms != NEVER_MS)
		bound_ms = larger(SCENE_BEGIN_MS + rules_start_bound_ms(&scene->ladder_rule),
		        scene->checks[victim].good_ms + rules_bound_ms(&scene->ladder_rule));
	if (scene->ladder.state != BOARD_LETGO || scene->fed_ms > bound_ms)
		fail_msg("seed %llu: %s, fed %lld ms beyond BOUND", (unsigned long long)seed,
		        board_state_name((enum board_state)scene->ladder.state), (long long)(scene->fed_ms - bound_ms));
	free_scene(scene);
}

/* P2: whatever the others do, a check that is never good again ends the feeding within BOUND of when it was. */
static void test_outages_are_bounded(void **state)
{
	(void)state;
	for_all_seeds(bounded, CASES);
}

/* P2: and the bound is not generous: a service that is down from its last good answer on is fed for all of it. */
static void test_the_bound_is_reached(void **state)
{
	struct scene *scene = *state;
	uint16_t web = scene_simple(scene);
	int64_t t = scene_begin_well(scene);

	scene_run(scene, t + 100);
	scene_play(scene, web, PLAY_UNKNOWN);
	scene_run(scene, t + 2 * rules_bound_ms(&scene->ladder_rule));
	assert_int_equal(scene->fed_ms, SCENE_BEGIN_MS + t + rules_bound_ms(&scene->ladder_rule));
}

/* --- remote --- */

static void remote_only(uint64_t seed)
{
	struct dice dice = {seed};
	struct scene *scene;
	void *state;
	int64_t at_ms = 0;

	assert_int_equal(scene_setup(&state), 0);
	scene = state;
	scene->seed = seed;
	random_rules(&dice, scene);
	scene_begin(scene, 0);
	for (uint32_t actions = between(&dice, 1, ACTIONS_LAST); actions > 0; actions--) {
		uint16_t check = (uint16_t)dice_below(&dice, scene->rules.check_count);

		scene_run(scene, at_ms += between(&dice, 1, 2500));
		if (scene->check_rules[check].level != LEVEL_REBOOT)
			scene_play(scene, check, (enum play)dice_below(&dice, PLAY_SILENT));
	}
	scene_run(scene, at_ms + 30000);
	if (scene_entered(scene, BOARD_RECOVERING, 0) >= 0 || scene_count(scene, EVENT_REBOOT, ANY_SERVICE) > 0)
		fail_msg("seed %llu: climbed at %lld", (unsigned long long)seed,
		        (long long)scene_entered(scene, BOARD_RECOVERING, 0));
	free_scene(scene);
}

/* P12: while all that may climb is good, nothing that any other check finds takes the board off the ground. */
static void test_other_checks_never_climb(void **state)
{
	(void)state;
	for_all_seeds(remote_only, CASES);
}

/* --- silence --- */

static void silence(uint64_t seed)
{
	struct scene *scene = play_story(seed, false);
	uint32_t detection_ms = scene->ladder_rule.detection_ms;

	/* What was in flight is lost, and nothing is heard any more. */
	for (uint16_t i = 0; i < scene->rules.check_count; i++)
		scene->plays[i].revived_by_restart = false;
	scene_play_all(scene, PLAY_SILENT);
	scene_run(scene, scene_now(scene) + detection_ms);
	for (uint16_t i = 0; i < scene->rules.check_count; i++)
		if (scene->checks[i].health != HEALTH_UNKNOWN)
			fail_msg("seed %llu: check %u is not unknown", (unsigned long long)seed, i);
	for (uint16_t i = 0; i < scene->rules.service_count; i++)
		for (uint16_t c = 0; c < scene->service_rules[i].check_count; c++)
			if (scene->check_rules[scene->service_rules[i].first_check + c].level != LEVEL_ALERT)
				assert_int_not_equal(scene->services[i].health, HEALTH_UP);
	free_scene(scene);
}

/* P4: when nobody says anything any more, everything is unknown within the detection time, from wherever it was. */
static void test_silence_leaves_nothing_up(void **state)
{
	(void)state;
	for_all_seeds(silence, CASES);
}

/* --- reboots --- */

/* P6: boot after boot without health: as many reboots as the limit, then hold for ever. */
static void test_boot_after_boot(void **state)
{
	for (uint16_t limit = 0; limit < 5; limit++) {
		uint16_t unsettled = 0;

		for (uint16_t boot = 0; boot < 8; boot++) {
			struct scene *scene = *state;
			uint16_t web = scene_simple(scene);

			scene->ladder_rule.reboot_limit = limit;
			scene_begin(scene, unsettled);
			scene_play(scene, web, PLAY_BAD);
			scene_run(scene, 1000000);
			assert_said(scene, EVENT_REBOOT, web, boot < limit ? 1 : 0);
			assert_said(scene, EVENT_HOLD, web, boot < limit ? 0 : 1);
			if (boot < limit)
				unsettled = (uint16_t)scene_event(scene, EVENT_REBOOT, web, 0)->value;
			assert_int_equal(unsettled, boot < limit ? boot + 1 : limit);
			scene_teardown(state);
			scene_setup(state);
		}
	}
}

/* P15: a day of health is one event and next to no steps beyond the news. */
static void test_a_healthy_day_is_quiet(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 5; i++)
		scene->check_rules[scene_simple(scene)].interval_ms = 5000;
	scene_begin(scene, 0);
	scene_run(scene, 86400000);
	assert_int_equal(scene->event_count, 1);
	assert_in_range(scene->steps, 86400 / 5, 86400 / 5 + 10);
	assert_int_equal(scene->late, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_deadlines_miss_nothing),
	        cmocka_unit_test(test_outages_are_bounded),
	        scene_test(test_the_bound_is_reached),
	        cmocka_unit_test(test_other_checks_never_climb),
	        cmocka_unit_test(test_silence_leaves_nothing_up),
	        scene_test(test_boot_after_boot),
	        scene_test(test_a_healthy_day_is_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
