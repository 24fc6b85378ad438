/* SPDX-License-Identifier: MIT
 *
 * Virtual time for core/.
 */
#include "core_fixture.h"

#include <stdlib.h>

/* What lies behind the last service and the last check stays as it is. */
enum { UNTOUCHED = 0x5555 };

int scene_setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return -1;
	scene->ladder_rule = (struct ladder_rule){
	        .restart_for_ms = SCENE_RESTART_FOR_MS,
	        .reboot_within_ms = SCENE_REBOOT_WITHIN_MS,
	        .settle_ms = SCENE_SETTLE_MS,
	        .reboot_settle_ms = SCENE_REBOOT_SETTLE_MS,
	        .reboot_limit = SCENE_REBOOT_LIMIT,
	};
	scene->rules = (struct rules){
	        .ladder = &scene->ladder_rule,
	        .services = scene->service_rules,
	        .checks = scene->check_rules,
	        .needs = scene->needs,
	        .order = scene->order,
	};
	scene->board = (struct board){&scene->ladder, scene->services, scene->checks};
	scene->now_ms = SCENE_BEGIN_MS;
	*state = scene;
	return 0;
}

int scene_teardown(void **state)
{
	free(*state);
	return 0;
}

uint16_t scene_service(struct scene *scene)
{
	uint16_t index = scene->rules.service_count++;

	assert_true(index < SCENE_SERVICES);
	scene->service_rules[index] = (struct service_rule){
	        .start_period_ms = SCENE_START_PERIOD_MS,
	        .first_need = (uint32_t)index * SCENE_NEEDS,
	        .first_check = scene->rules.check_count,
	        .can_restart = 1,
	};
	return index;
}

uint16_t scene_check(struct scene *scene, enum check_level level)
{
	uint16_t index = scene->rules.check_count++;
	uint16_t service = (uint16_t)(scene->rules.service_count - 1);

	assert_true(index < SCENE_CHECKS);
	scene->service_rules[service].check_count++;
	scene->check_rules[index] = (struct check_rule){
	        .interval_ms = SCENE_INTERVAL_MS,
	        .timeout_ms = SCENE_TIMEOUT_MS,
	        .retries = SCENE_RETRIES,
	        .service = service,
	        .level = (uint8_t)level,
	};
	return index;
}

uint16_t scene_simple(struct scene *scene)
{
	uint16_t index = scene_service(scene);

	scene_check(scene, LEVEL_REBOOT);
	return index;
}

void scene_need(struct scene *scene, uint16_t service, uint16_t need)
{
	struct service_rule *rule = &scene->service_rules[service];

	assert_true(rule->need_count < SCENE_NEEDS);
	scene->needs[rule->first_need + rule->need_count++] = need;
}

static bool is_among(const uint16_t list[], uint16_t count, uint16_t value)
{
	for (uint16_t i = 0; i < count; i++)
		if (list[i] == value)
			return true;
	return false;
}

/* The later ones first where the needs leave a choice, so that nothing relies on the order of the file. */
static void make_order(struct scene *scene)
{
	uint16_t count = 0;

	while (count < scene->rules.service_count) {
		uint16_t before = count;

		for (uint16_t i = scene->rules.service_count; i-- > 0;) {
			const struct service_rule *rule = &scene->service_rules[i];
			bool free = !is_among(scene->order, count, i);

			for (uint16_t n = 0; n < rule->need_count; n++)
				free = free && is_among(scene->order, count, scene->needs[rule->first_need + n]);
			if (free)
				scene->order[count++] = i;
		}
		assert_true(count > before); /* a circle */
	}
	/* Who reads on behind the end finds nothing good. */
	for (; count < SCENE_SERVICES; count++)
		scene->order[count] = NO_INDEX;
}

void scene_derive(struct scene *scene)
{
	uint32_t chain_ms[SCENE_SERVICES];

	make_order(scene);
	rules_derive(&scene->rules, &scene->ladder_rule, chain_ms);
}

void scene_begin(struct scene *scene, uint16_t unsettled)
{
	scene_derive(scene);
	if (scene->rules.service_count < SCENE_SERVICES)
		scene->services[scene->rules.service_count].attempts = UNTOUCHED;
	if (scene->rules.check_count < SCENE_CHECKS)
		scene->checks[scene->rules.check_count].expect_ms = UNTOUCHED;
	board_begin(&scene->rules, &scene->board, unsettled, scene->now_ms);
	for (uint16_t i = 0; i < scene->rules.check_count; i++)
		scene->plays[i].next_ms = scene->now_ms;
	scene->before = scene->ladder;
	scene->fed_ms = scene->now_ms;
}

int64_t scene_begin_well(struct scene *scene)
{
	scene_begin(scene, 0);
	scene_run(scene, 2000);
	assert_state(scene, BOARD_WELL);
	scene_forget(scene);
	return scene_now(scene);
}

int64_t scene_now(const struct scene *scene)
{
	return scene->now_ms - SCENE_BEGIN_MS;
}

void scene_forget(struct scene *scene)
{
	scene->event_count = 0;
}

void scene_play(struct scene *scene, uint16_t check, enum play play)
{
	scene->plays[check].play = play;
	scene->plays[check].running = false;
	scene->plays[check].next_ms = scene->now_ms;
}

void scene_play_all(struct scene *scene, enum play play)
{
	for (uint16_t i = 0; i < scene->rules.check_count; i++)
		scene_play(scene, i, play);
}

/* A restart command does its work at once. */
static void carry_out(struct scene *scene, const struct event *order)
{
	const struct service_rule *rule = &scene->service_rules[order->service];

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		if (scene->plays[i].revived_by_restart)
			scene->plays[i].play = PLAY_GOOD;
}

/* Says which case of a property it was, and when. */
#define watch(scene, what)                                                                                             \
	do {                                                                                                           \
		if (!(what))                                                                                           \
			fail_msg("seed %llu, at %lld ms: not %s", (unsigned long long)(scene)->seed,                   \
			        (long long)scene_now(scene), #what);                                                   \
	} while (0)

/* P13: what an ordered service needs is up, and beyond doubt, when the order is given. */
static void watch_order(const struct scene *scene, const struct event *order)
{
	const struct service_rule *rule = &scene->service_rules[order->service];

	for (uint16_t n = 0; n < rule->need_count; n++) {
		const struct service_state *need = &scene->services[scene->needs[rule->first_need + n]];

		watch(scene, need->health == HEALTH_UP || need->blind);
		watch(scene, need->culprit == NO_INDEX || need->blind);
	}
	watch(scene, ladder_may_restart(&scene->ladder));
	if (order->kind == EVENT_RESTART && rule->attempts > 0 && scene->ladder.state != BOARD_HOLD)
		watch(scene, order->value <= rule->attempts);
}

static void note_events(struct scene *scene, const struct events *events)
{
	for (uint16_t i = 0; i < events->count; i++) {
		const struct event *event = &events->list[i];
		bool ordered = event->kind == EVENT_RESTART || event->kind == EVENT_START;

		watch(scene, scene->event_count < SCENE_EVENTS);
		scene->events[scene->event_count++] = *event;
		watch(scene, event->at_ms == scene->now_ms);
		watch(scene, event->helper == HELPER_NONE);
		watch(scene, event->service == NO_INDEX || event->service < scene->rules.service_count);
		watch(scene, event->check == NO_INDEX || event->check < scene->rules.check_count);
		if (!ordered)
			continue;
		watch_order(scene, event);
		carry_out(scene, event);
	}
}

static bool is_rung(uint8_t state)
{
	return state == BOARD_RECOVERING || state == BOARD_REBOOTING || state == BOARD_HOLD ||
	        state == BOARD_MAINTENANCE;
}

static bool is_any_excused(const struct scene *scene)
{
	for (uint16_t i = 0; i < scene->rules.service_count; i++)
		if (scene->services[i].excused)
			return true;
	return false;
}

/* P1: what may set feed_until: good news, or a rung that was entered; hold renews it, visibly; an excuse (P12) sets it
 * to that of the others. */
static void watch_lease(struct scene *scene)
{
	const struct ladder *was = &scene->before;
	const struct ladder *is = &scene->ladder;
	bool entered = is->state != was->state && is_rung(is->state);
	bool over = is->state != was->state && was->state == BOARD_MAINTENANCE;

	if (is->feed_until_ms > was->feed_until_ms && !entered && !over && !scene->good_news && !is_any_excused(scene))
		watch(scene, is->state == BOARD_HOLD || is->state == BOARD_MAINTENANCE);
	if (was->state == BOARD_LETGO)
		watch(scene, is->state == BOARD_LETGO);
	scene->before = *is;
	scene->good_news = false;
	if (board_may_feed(&scene->board, scene->now_ms))
		scene->fed_ms = is->feed_until_ms;
}

void scene_step(struct scene *scene)
{
	struct events events;
	unsigned calls = 0;

	/* Feeding ended with the lease or now, when another word may follow. */
	if (scene->fed_ms > scene->now_ms)
		scene->fed_ms = scene->now_ms;
	do {
		board_step(&scene->rules, &scene->board, scene->now_ms, &events);
		if (events.late) {
			scene->late++;
			if (!scene->keep_checker)
				board_checker_replaced(&scene->rules, &scene->board, scene->now_ms);
		}
		note_events(scene, &events);
		watch(scene, ++calls < SCENE_CHECKS);
	} while (events.more);
	scene->steps++;
	if (scene->rules.service_count < SCENE_SERVICES)
		watch(scene, scene->services[scene->rules.service_count].attempts == UNTOUCHED);
	if (scene->rules.check_count < SCENE_CHECKS)
		watch(scene, scene->checks[scene->rules.check_count].expect_ms == UNTOUCHED);
	watch(scene, board_invariant(&scene->rules, &scene->board, scene->now_ms));
	watch_lease(scene);
	if (!scene->keep_checker)
		watch(scene, board_deadline_ms(&scene->rules, &scene->board) > scene->now_ms);
}

/* False where the probe said nothing. */
static bool take(struct scene *scene, uint16_t check, enum play found, int64_t started_ms)
{
	static const struct {
		uint8_t outcome, cause, conclusive;
		int32_t detail;
	} kinds[] = {
	        [PLAY_GOOD] = {OUTCOME_GOOD, CAUSE_OK, 0, 200},
	        [PLAY_WARNING] = {OUTCOME_WARNING, CAUSE_WARNING, 0, 1},
	        [PLAY_BAD] = {OUTCOME_BAD, CAUSE_STATUS, 0, 503},
	        [PLAY_CONCLUSIVE] = {OUTCOME_BAD, CAUSE_EXITED, CONCLUSIVE_YES, 4711},
	        [PLAY_GONE] = {OUTCOME_BAD, CAUSE_EXITED, CONCLUSIVE_ALWAYS, 4712},
	        [PLAY_UNKNOWN] = {OUTCOME_UNKNOWN, CAUSE_CANNOT_PROBE, 0, 24},
	        [PLAY_BLIND] = {OUTCOME_BLIND, CAUSE_BLIND, 0, 2},
	};
	struct result result = {
	        .started_ms = started_ms,
	        .took_ms = (uint32_t)(scene->now_ms - started_ms),
	        .check = check,
	};

	if (found == PLAY_SILENT)
		return false;
	result.outcome = kinds[found].outcome;
	result.cause = kinds[found].cause;
	result.conclusive = kinds[found].conclusive;
	result.detail = kinds[found].detail;
	(void)board_result(&scene->rules, &scene->board, &result, scene->now_ms);
	watch(scene, board_invariant(&scene->rules, &scene->board, scene->now_ms));
	/* What may not climb only has to be heard. */
	if (found == PLAY_GOOD || found == PLAY_WARNING || found == PLAY_BLIND ||
	        scene->check_rules[check].level != LEVEL_REBOOT)
		scene->good_news = true;
	return true;
}

void scene_result(struct scene *scene, uint16_t check, enum play play)
{
	(void)take(scene, check, play, scene->now_ms);
	scene_step(scene);
}

/* Probes that end or start now; true where the policy heard of something. */
static bool play_probes(struct scene *scene)
{
	bool heard = false;

	for (uint16_t i = 0; i < scene->rules.check_count; i++) {
		struct probe_play *play = &scene->plays[i];

		if (play->running && play->ends_ms == scene->now_ms) {
			play->running = false;
			heard |= take(scene, i, play->found, play->ends_ms - play->took_ms);
		}
		if (play->next_ms != scene->now_ms)
			continue;
		play->next_ms += scene->check_rules[i].interval_ms;
		play->found = play->play;
		if (play->took_ms == 0) {
			heard |= take(scene, i, play->found, scene->now_ms);
		} else {
			play->running = true;
			play->ends_ms = scene->now_ms + play->took_ms;
		}
	}
	return heard;
}

static int64_t next_turn_ms(const struct scene *scene)
{
	int64_t next_ms = board_deadline_ms(&scene->rules, &scene->board);

	if (scene->every_ms || next_ms <= scene->now_ms)
		return scene->now_ms + 1;
	for (uint16_t i = 0; i < scene->rules.check_count; i++) {
		const struct probe_play *play = &scene->plays[i];

		if (play->next_ms < next_ms)
			next_ms = play->next_ms;
		if (play->running && play->ends_ms < next_ms)
			next_ms = play->ends_ms;
	}
	return next_ms;
}

void scene_run(struct scene *scene, int64_t until_ms)
{
	until_ms += SCENE_BEGIN_MS;
	assert_true(until_ms >= scene->now_ms);
	for (;;) {
		int64_t next_ms;

		if (play_probes(scene) || scene->every_ms ||
		        board_deadline_ms(&scene->rules, &scene->board) <= scene->now_ms)
			scene_step(scene);
		next_ms = next_turn_ms(scene);
		if (next_ms > until_ms)
			break;
		scene->now_ms = next_ms;
	}
	scene->now_ms = until_ms;
}

bool scene_hold(struct scene *scene, uint32_t duration_ms)
{
	struct events events;
	bool done = board_hold(&scene->board, duration_ms, scene->now_ms, &events);

	note_events(scene, &events);
	watch_lease(scene);
	return done;
}

bool scene_resume(struct scene *scene)
{
	struct events events;
	bool done = board_resume(&scene->rules, &scene->board, scene->now_ms, &events);

	note_events(scene, &events);
	watch_lease(scene);
	return done;
}

bool scene_go_down(struct scene *scene)
{
	struct events events;
	bool done = board_go_down(&scene->rules, &scene->board, scene->now_ms, scene->now_ms, &events);

	note_events(scene, &events);
	watch_lease(scene);
	return done;
}

static const struct event *find(const struct scene *scene, enum event_kind kind, uint16_t service, size_t n)
{
	for (size_t i = 0; i < scene->event_count; i++) {
		const struct event *event = &scene->events[i];

		if (event->kind == kind && (service == ANY_SERVICE || event->service == service) && n-- == 0)
			return event;
	}
	return NULL;
}

size_t scene_count(const struct scene *scene, enum event_kind kind, uint16_t service)
{
	size_t count = 0;

	while (find(scene, kind, service, count))
		count++;
	return count;
}

const struct event *scene_event(const struct scene *scene, enum event_kind kind, uint16_t service, size_t n)
{
	const struct event *event = find(scene, kind, service, n);

	if (!event)
		fail_msg("%s was said %zu times at most", event_name(kind), n);
	return event;
}

int64_t scene_time_of(const struct scene *scene, enum event_kind kind, uint16_t service, size_t n)
{
	return scene_event(scene, kind, service, n)->at_ms - SCENE_BEGIN_MS;
}

int64_t scene_entered(const struct scene *scene, enum board_state state, size_t n)
{
	for (size_t i = 0; i < scene->event_count; i++) {
		const struct event *event = &scene->events[i];

		if (event->kind == EVENT_STATE && event->state == state && event->value != state && n-- == 0)
			return event->at_ms - SCENE_BEGIN_MS;
	}
	return -1;
}

/* splitmix64 */
uint32_t dice_below(struct dice *dice, uint32_t bound)
{
	uint64_t z = dice->state += 0x9E3779B97F4A7C15U;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
	z = (z ^ z >> 27) * 0x94D049BB133111EBU;
	return (uint32_t)((z ^ z >> 31) >> 32) % bound;
}

uint16_t one_service(struct scene *scene, int64_t *t)
{
	uint16_t web = scene_simple(scene);

	*t = scene_begin_well(scene);
	return web;
}

void assert_kinds(const struct scene *scene, const enum event_kind kinds[], size_t count)
{
	assert_int_equal(scene->event_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(event_name((enum event_kind)scene->events[i].kind), event_name(kinds[i]));
}

uint16_t eager(struct scene *scene)
{
	uint16_t web = scene_simple(scene);

	scene->check_rules[web].retries = 1;
	scene->service_rules[web].start_period_ms = 0;
	return web;
}

void set_check(struct scene *scene, uint16_t check, enum health health)
{
	scene->checks[check].health = (uint8_t)health;
	scene->checks[check].outcome = health == HEALTH_UP ? OUTCOME_GOOD
	        : health == HEALTH_DOWN                    ? OUTCOME_BAD
	                                                   : OUTCOME_UNKNOWN;
}

void judge_all(struct scene *scene)
{
	for (uint16_t i = 0; i < scene->rules.service_count; i++)
		service_judge(&scene->rules, scene->order[i], scene->services, scene->checks, scene->now_ms);
}
