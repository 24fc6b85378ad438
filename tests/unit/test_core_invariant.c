/* SPDX-License-Identifier: MIT
 *
 * The invariant refuses what cannot be: each fact alone makes it false. That it holds of whatever can be is what the model,
 * the tests of core/ and the proof show.
 */
#include "core/invariant.h"

#include "core_fixture.h"

static bool holds(const struct scene *scene)
{
	return board_invariant(&scene->rules, &scene->board, scene->now_ms);
}

/* With that value in that place it is refused, and without it is not. */
#define refuses(scene, place, value)                                                                                   \
	do {                                                                                                           \
		__typeof__(place) was_ = (place);                                                                      \
		assert_true(holds(scene));                                                                             \
		(place) = (value);                                                                                     \
		if (holds(scene))                                                                                      \
			fail_msg("%s may not be %s", #place, #value);                                                  \
		(place) = was_;                                                                                        \
	} while (0)

#define allows(scene, place, value)                                                                                    \
	do {                                                                                                           \
		__typeof__(place) was_ = (place);                                                                      \
		(place) = (value);                                                                                     \
		if (!holds(scene))                                                                                     \
			fail_msg("%s may be %s", #place, #value);                                                      \
		(place) = was_;                                                                                        \
	} while (0)

#define unsound(scene, place, value)                                                                                   \
	do {                                                                                                           \
		__typeof__(place) was_ = (place);                                                                      \
		assert_true(rules_are_sound(&(scene)->rules));                                                         \
		(place) = (value);                                                                                     \
		if (rules_are_sound(&(scene)->rules))                                                                  \
			fail_msg("%s may not be %s", #place, #value);                                                  \
		(place) = was_;                                                                                        \
	} while (0)

/* Two services, the second needs the first, both well. */
static struct scene *pair(void **state)
{
	struct scene *scene = *state;

	scene_simple(scene);
	scene_simple(scene);
	scene_need(scene, 1, 0);
	(void)scene_begin_well(scene);
	assert_true(holds(scene));
	return scene;
}

static void rules_out_of_range_are_unsound(void **state)
{
	struct scene *scene = pair(state);
	const uint32_t long_ms = (uint32_t)MAX_DURATION_S * 1000 + 1;

	unsound(scene, scene->rules.service_count, 0);
	unsound(scene, scene->rules.service_count, MAX_SERVICES + 1);
	unsound(scene, scene->rules.check_count, MAX_CHECKS + 1);
	unsound(scene, scene->ladder_rule.restart_for_ms, long_ms);
	unsound(scene, scene->ladder_rule.reboot_within_ms, long_ms);
	unsound(scene, scene->ladder_rule.settle_ms, long_ms);
	unsound(scene, scene->ladder_rule.reboot_settle_ms, long_ms);
	unsound(scene, scene->ladder_rule.detection_ms, scene->ladder_rule.start_period_ms + 1);
	unsound(scene, scene->ladder_rule.detection_ms, SCENE_DETECTION_MS - 1);
	unsound(scene, scene->check_rules[1].interval_ms, long_ms);
	unsound(scene, scene->check_rules[1].timeout_ms, long_ms);
	unsound(scene, scene->check_rules[1].retries, 0);
	unsound(scene, scene->check_rules[1].service, 2);
	unsound(scene, scene->check_rules[1].level, LEVEL_COUNT);
	unsound(scene, scene->service_rules[1].start_period_ms, long_ms);
	unsound(scene, scene->service_rules[1].flap_count, FLAP_LAST + 1);
	unsound(scene, scene->service_rules[1].check_count, 0);
	unsound(scene, scene->service_rules[1].check_count, 2);
	unsound(scene, scene->needs[scene->service_rules[1].first_need], 2);
	unsound(scene, scene->order[1], 2);
}

static void a_check_that_cannot_be_is_refused(void **state)
{
	struct scene *scene = pair(state);
	struct check_state *check = &scene->checks[1];
	int64_t ahead_ms = scene->now_ms + 1;

	refuses(scene, check->health, HEALTH_WAITING);
	refuses(scene, check->cause, CAUSE_COUNT);
	refuses(scene, check->outcome, OUTCOME_COUNT);
	refuses(scene, check->told, 2);
	refuses(scene, check->warned, 2);
	refuses(scene, check->warning_told, 4);
	refuses(scene, check->heard_ms, ahead_ms);
	refuses(scene, check->heard_ms, -1);
	refuses(scene, check->since_ms, ahead_ms);
	refuses(scene, check->expect_ms, ahead_ms);
	refuses(scene, check->expect_ms, check->heard_ms - 1);
	refuses(scene, check->good_ms, check->heard_ms + 1);
	refuses(scene, check->good_ms, NEVER_MS);
	refuses(scene, check->ignore_until_ms, ahead_ms);
	refuses(scene, check->ignore_until_ms, check->good_ms);
	refuses(scene, check->failing_since_ms, check->heard_ms + 1);
	refuses(scene, check->failing_since_ms, check->heard_ms);
	refuses(scene, check->streak, 1);
	refuses(scene, check->grace_until_ms, scene->now_ms + SCENE_START_PERIOD_MS + 1);
	refuses(scene, check->grace_until_ms, -1);
	allows(scene, check->grace_until_ms, FOREVER_MS);
	allows(scene, check->grace_until_ms, scene->now_ms + SCENE_START_PERIOD_MS);
	check->failing_since_ms = check->heard_ms;
	check->streak = SCENE_RETRIES - 1;
	refuses(scene, check->streak, SCENE_RETRIES);
}

static void failures_that_flap_lie_behind_in_order(void **state)
{
	struct scene *scene = pair(state);
	struct check_state *check = &scene->checks[0];

	check->flap_count = 2;
	check->flapped_ms[0] = scene->now_ms - 1;
	check->flapped_ms[1] = scene->now_ms;
	refuses(scene, check->flap_count, FLAP_LAST + 1);
	refuses(scene, check->flapped_ms[0], scene->now_ms + 1);
	refuses(scene, check->flapped_ms[1], scene->now_ms - 2);
	allows(scene, check->flapped_ms[1], scene->now_ms - 1);
}

static void a_service_that_cannot_be_is_refused(void **state)
{
	struct scene *scene = pair(state);
	struct service_state *service = &scene->services[1];

	refuses(scene, service->health, HEALTH_COUNT);
	refuses(scene, service->needs_up, 2);
	refuses(scene, service->ready, 2);
	refuses(scene, service->begun, 2);
	refuses(scene, service->start_pending, 2);
	refuses(scene, service->follows, 2);
	refuses(scene, service->came_back, 2);
	refuses(scene, service->climbing, 2);
	refuses(scene, service->excused, 2);
	refuses(scene, service->down_told, 2);
	refuses(scene, service->since_ms, scene->now_ms + 1);
	refuses(scene, service->up_ms, scene->now_ms + 1);
	refuses(scene, service->up_ms, NEVER_MS);
	refuses(scene, service->restart_at_ms, scene->now_ms + HOLD_RETRY_MS + 1);
	allows(scene, service->restart_at_ms, scene->now_ms + HOLD_RETRY_MS);
	refuses(scene, service->culprit, 0);
	refuses(scene, service->culprit, 2);
	allows(scene, service->culprit, 1);
	refuses(scene, service->backoff_ms, BACKOFF_FIRST_MS - 1);
	refuses(scene, service->backoff_ms, BACKOFF_LAST_MS + 1);
	allows(scene, service->backoff_ms, BACKOFF_FIRST_MS);
	allows(scene, service->backoff_ms, BACKOFF_LAST_MS);
	refuses(scene, service->attempts, 1);
	refuses(scene, service->start_pending, 1);
	refuses(scene, service->climbing, 1);
	refuses(scene, service->excused, 1);
	refuses(scene, service->blind, 1);
	refuses(scene, service->health, HEALTH_WAITING);
	refuses(scene, service->needs_up, 0);
	service->health = HEALTH_DOWN;
	service->culprit = 1;
	refuses(scene, service->blind, 1);
	service->came_back = 1;
	refuses(scene, service->begun, 0);
	service->start_pending = 1;
	refuses(scene, service->ordered_ms, 0);
}

static void a_ladder_that_cannot_be_is_refused(void **state)
{
	struct scene *scene = pair(state);
	struct ladder *ladder = &scene->ladder;

	refuses(scene, ladder->state, BOARD_STATE_COUNT);
	refuses(scene, ladder->cause, CAUSE_COUNT);
	refuses(scene, ladder->uncountable, 2);
	refuses(scene, ladder->service, 2);
	refuses(scene, ladder->check, 2);
	refuses(scene, ladder->since_ms, scene->now_ms + 1);
	refuses(scene, ladder->stepped_ms, scene->now_ms + 1);
	refuses(scene, ladder->well_ms, ladder->stepped_ms + 1);
	refuses(scene, ladder->well_ms, -1);
	refuses(scene, ladder->outage_used_ms, ladder->since_ms + 1);
	refuses(scene, ladder->outage_used_ms, -1);
	refuses(scene, ladder->pardoned, 1);
	refuses(scene, ladder->sound, 0);
	refuses(scene, ladder->sound, 2);
	refuses(scene, ladder->proven, 2);
	refuses(scene, ladder->silent, 2);
	refuses(scene, ladder->hold_why, HOLD_SPENT);
	refuses(scene, scene->services[0].health, HEALTH_COUNT);
	refuses(scene, scene->checks[0].health, HEALTH_COUNT);
}

/* P1, P2 */
static void no_rung_is_longer_than_its_budget(void **state)
{
	struct scene *scene = pair(state);
	struct ladder *ladder = &scene->ladder;
	int64_t now_ms = scene->now_ms;

	refuses(scene, ladder->feed_until_ms, now_ms + SCENE_DETECTION_MS + 1);
	allows(scene, ladder->feed_until_ms, now_ms + SCENE_DETECTION_MS);
	ladder->well_ms = 0;
	ladder->sound = 0;
	ladder->since_ms = now_ms;
	ladder->state = BOARD_STARTING;
	ladder->feed_until_ms = now_ms + SCENE_START_PERIOD_MS * 2;
	refuses(scene, ladder->feed_until_ms, now_ms + SCENE_START_PERIOD_MS * 2 - 1);
	refuses(scene, ladder->well_ms, 1);
	ladder->state = BOARD_RECOVERING;
	ladder->feed_until_ms = now_ms + SCENE_RESTART_FOR_MS;
	refuses(scene, ladder->feed_until_ms, now_ms + SCENE_RESTART_FOR_MS + 1);
	allows(scene, ladder->pardoned, 1);
	refuses(scene, ladder->feed_until_ms, now_ms - 1);
	refuses(scene, ladder->well_ms, 1);
	ladder->state = BOARD_HOLD;
	ladder->hold_why = HOLD_SPENT;
	refuses(scene, ladder->hold_why, HOLD_NOT);
	refuses(scene, ladder->hold_why, HOLD_WHY_COUNT);
	ladder->feed_until_ms = now_ms + HOLD_LEASE_MS;
	refuses(scene, ladder->feed_until_ms, now_ms + HOLD_LEASE_MS + 1);
	ladder->state = BOARD_MAINTENANCE;
	ladder->hold_why = HOLD_NOT;
	ladder->feed_until_ms = now_ms + UINT32_MAX;
	refuses(scene, ladder->feed_until_ms, now_ms + UINT32_MAX + 1);
	refuses(scene, ladder->feed_until_ms, now_ms - 1);
	ladder->state = BOARD_REBOOTING;
	ladder->unsettled = 1;
	ladder->feed_until_ms = now_ms + SCENE_REBOOT_WITHIN_MS;
	refuses(scene, ladder->feed_until_ms, now_ms + SCENE_REBOOT_WITHIN_MS + 1);
	ladder->state = BOARD_LETGO;
	ladder->feed_until_ms = now_ms;
	refuses(scene, ladder->feed_until_ms, now_ms + 1);
}

/* P6 */
static void a_reboot_is_counted_within_the_limit(void **state)
{
	struct scene *scene = pair(state);
	struct ladder *ladder = &scene->ladder;

	ladder->sound = 0;
	ladder->state = BOARD_REBOOTING;
	ladder->unsettled = SCENE_REBOOT_LIMIT;
	ladder->since_ms = ladder->feed_until_ms = scene->now_ms;
	refuses(scene, ladder->unsettled, 0);
	refuses(scene, ladder->proven, 0);
	refuses(scene, ladder->unsettled, SCENE_REBOOT_LIMIT + 1);
	ladder->state = BOARD_LETGO;
	refuses(scene, ladder->unsettled, 0);
	refuses(scene, ladder->unsettled, SCENE_REBOOT_LIMIT + 1);
	scene->ladder_rule.then_reboot = 1;
	allows(scene, ladder->unsettled, SCENE_REBOOT_LIMIT + 1);
	ladder->state = BOARD_WELL;
	ladder->sound = 1;
	allows(scene, ladder->unsettled, 0);
}

static void a_ledger_that_cannot_be_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t last_good;
	} fields[] = {
	        {offsetof(struct ledger, phase), LEDGER_PHASE_COUNT - 1},
	        {offsetof(struct ledger, cause), CAUSE_COUNT - 1},
	        {offsetof(struct ledger, last_cause), END_CAUSE_COUNT - 1},
	        {offsetof(struct ledger, last_why), CAUSE_COUNT - 1},
	        {offsetof(struct ledger, continued), 1},
	        {offsetof(struct ledger, outage), 1},
	        {offsetof(struct ledger, last_counted), 1},
	        {offsetof(struct ledger, boot_id) + BOOT_ID_SIZE, 0},
	        {offsetof(struct ledger, service) + NAME_SIZE - 1, 0},
	        {offsetof(struct ledger, check) + NAME_SIZE - 1, 0},
	        {offsetof(struct ledger, last_service) + NAME_SIZE - 1, 0},
	        {offsetof(struct ledger, last_check) + NAME_SIZE - 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct ledger ledger = {0};
		uint8_t *field = (uint8_t *)&ledger + fields[i].at;

		*field = fields[i].last_good;
		assert_true(ledger_invariant(&ledger));
		*field = (uint8_t)(fields[i].last_good + 1);
		assert_false(ledger_invariant(&ledger));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        scene_test(rules_out_of_range_are_unsound),
	        scene_test(a_check_that_cannot_be_is_refused),
	        scene_test(failures_that_flap_lie_behind_in_order),
	        scene_test(a_service_that_cannot_be_is_refused),
	        scene_test(a_ladder_that_cannot_be_is_refused),
	        scene_test(no_rung_is_longer_than_its_budget),
	        scene_test(a_reboot_is_counted_within_the_limit),
	        scene_test(a_ledger_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
