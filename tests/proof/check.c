/* SPDX-License-Identifier: MIT
 *
 * A check: one call from any state that the invariant allows, with any rule, on any result that record_take_result() lets
 * through, at any time. Its detection time is any number: rules.c here says what check_detection_ms() makes of a rule.
 */
#include "core/invariant.h"
#include "prove.h"

static uint32_t detection_ms;

uint32_t check_detection_ms(const struct check_rule *rule)
{
	(void)rule;
	return detection_ms;
}

struct scene {
	struct ladder_rule ladder;
	struct service_rule service;
	struct check_rule rule;
	struct rules rules;
	struct check_state was;
	struct check_state is;
	struct result result;
	int64_t clock_ms; /* of the last call */
	int64_t now_ms;
};

static void any_scene(struct scene *scene)
{
	ANY(detection_ms);
	scene->rules.ladder = &scene->ladder;
	scene->rules.services = &scene->service;
	scene->rules.checks = &scene->rule;
	scene->rules.service_count = scene->rules.check_count = 1;
	ASSUME(scene->rule.service == 0 && scene->rule.retries >= 1 && scene->rule.level < LEVEL_COUNT);
	ASSUME(scene->service.flap_count <= FLAP_LAST);
	ASSUME(0 <= scene->clock_ms && scene->clock_ms <= scene->now_ms && scene->now_ms < CLOCK_LAST_MS);
	ASSUME(check_invariant(&scene->rules, 0, &scene->was, scene->clock_ms));
	ASSUME(0 <= scene->result.started_ms && scene->result.started_ms <= scene->now_ms);
	ASSUME(0 <= scene->result.seen_ms && scene->result.seen_ms <= scene->result.started_ms);
	ASSUME(scene->result.outcome < OUTCOME_COUNT && scene->result.cause < CAUSE_COUNT);
	ASSUME(scene->result.conclusive < CONCLUSIVE_COUNT);
	scene->is = scene->was;
}

static bool is_good(const struct result *result)
{
	return result->outcome == OUTCOME_GOOD || result->outcome == OUTCOME_WARNING;
}

static bool is_kept(const struct scene *scene)
{
	return check_invariant(&scene->rules, 0, &scene->is, scene->now_ms);
}

static bool is_same(const struct check_state *was, const struct check_state *is)
{
	return is->health == was->health && is->streak == was->streak && is->good_ms == was->good_ms &&
	        is->cause == was->cause && is->outcome == was->outcome && is->grace_until_ms == was->grace_until_ms &&
	        is->failed == was->failed;
}

/* The restart is not longer ago than a start period, and what has ended was seen before it. */
static bool was_stopped_by_restart(const struct scene *scene)
{
	const struct check_state *was = &scene->was;
	const struct result *result = &scene->result;

	return was->ignore_until_ms != NEVER_MS && result->cause == CAUSE_EXITED && result->seen_ms > 0 &&
	        result->seen_ms <= was->ignore_until_ms &&
	        scene->now_ms - was->ignore_until_ms < scene->service.start_period_ms;
}

void prove_apply(void)
{
	struct scene scene;
	const struct check_state *was = &scene.was, *is = &scene.is;
	const struct result *result = &scene.result;
	bool taken, stopped, counts, is_empty;

	any_scene(&scene);
	taken = check_apply(&scene.service, &scene.rule, &scene.is, result, scene.now_ms);
	stopped = taken && result->outcome == OUTCOME_BAD && was_stopped_by_restart(&scene);
	counts = taken && result->outcome == OUTCOME_BAD && !stopped &&
	        (scene.now_ms >= was->grace_until_ms || result->conclusive == CONCLUSIVE_ALWAYS);
	is_empty = taken && (result->outcome == OUTCOME_UNKNOWN || result->outcome == OUTCOME_BLIND);
	PROVE(is_kept(&scene), "the invariant is kept");
	PROVE(taken == (result->started_ms >= was->heard_ms && result->started_ms > was->ignore_until_ms),
	        "P4: what started before the newest news, or before a restart, is no news");
	PROVE(taken || is_same(was, is), "P4: what is no news changes nothing");
	PROVE(is->good_ms == (taken && is_good(result) ? result->started_ms : was->good_ms),
	        "P1: good news counts from when its probe started, and nothing else is good news");
	PROVE(is->good_ms >= was->good_ms, "P1: good news never grows older");
	PROVE(is->health != HEALTH_UP || was->health == HEALTH_UP || (taken && is_good(result)),
	        "P4: only good news makes a check up");
	PROVE(is->health != HEALTH_DOWN || was->health == HEALTH_DOWN ||
	                (counts && (result->conclusive || is->streak >= scene.rule.retries)),
	        "P4: only failures make a check down, as many in a row as retries, or one that is conclusive");
	PROVE(!counts || (is->streak == was->streak + 1) || (result->conclusive && is->streak == scene.rule.retries) ||
	                is->streak == UINT16_MAX,
	        "P4: a failure counts once");
	PROVE(!stopped || (is->health == HEALTH_UNKNOWN && is->streak == 0),
	        "P5: what a restart stops has not crashed, and is not well either");
	PROVE(is->grace_until_ms <= was->grace_until_ms ||
	                (stopped && is->grace_until_ms == was->ignore_until_ms + scene.service.start_period_ms),
	        "P2: no news makes a start period longer");
	PROVE(!is_empty ||
	                (is->health == HEALTH_UNKNOWN && is->streak == was->streak &&
	                        is->grace_until_ms == was->grace_until_ms),
	        "P4: a probe that measured nothing makes it unknown, and neither heals nor hurts");
	PROVE(check_is_blind(is) == (taken ? result->outcome == OUTCOME_BLIND : check_is_blind(was)),
	        "P4: it is blind while the newest result says so, and only then");
	PROVE(is->failed == (is->health == HEALTH_UNKNOWN ? was->failed : is->health == HEALTH_DOWN),
	        "P6: what was down has failed until it is good again, whatever is unknown or blind in between");
	PROVE(!taken || !is_good(result) || is->streak == 0, "P3: good news ends a row of failures");
	REACHED();
}

void prove_age(void)
{
	struct scene scene;
	const struct check_state *was = &scene.was, *is = &scene.is;
	bool silent, late;

	any_scene(&scene);
	silent = scene.now_ms >= check_deadline_ms(&scene.rule, was);
	late = check_age(&scene.rule, &scene.is, scene.now_ms);
	PROVE(is_kept(&scene), "the invariant is kept");
	PROVE(silent || (is_same(was, is) && !late), "P4: before its deadline silence changes nothing");
	PROVE(!silent || (is->health == HEALTH_UNKNOWN && is->cause == CAUSE_LATE),
	        "P4: silence makes a check unknown, never up or down");
	PROVE(is->good_ms == was->good_ms && is->streak == was->streak, "P4: silence is no news, neither good nor bad");
	PROVE(!silent || !check_is_blind(is), "P4: a check that is silent is not blind");
	PROVE(was->cause == CAUSE_LATE || scene.now_ms < was->heard_ms + detection_ms || silent,
	        "P2: silence is noticed within the detection time, however often the checker is replaced");
	PROVE(late == (scene.now_ms >= check_late_ms(&scene.rule, was)), "P4: a late checker is told of");
	REACHED();
}

void prove_flap(void)
{
	struct scene scene;
	const struct check_state *was = &scene.was, *is = &scene.is;

	any_scene(&scene);
	check_flap(&scene.service, &scene.is, &scene.result, scene.now_ms);
	PROVE(is_kept(&scene), "the invariant is kept");
	PROVE(is->good_ms == was->good_ms, "P1: failures are no good news");
	PROVE(is->health == was->health || (is->health == HEALTH_DOWN && scene.result.outcome == OUTCOME_BAD),
	        "P4: only failures make a check down");
	PROVE(is->health == was->health || is->flap_count >= scene.service.flap_count,
	        "P4: as many as the rule asks for");
	PROVE(scene.service.flap_count > 0 || is_same(was, is), "P4: without a rule nothing flaps");
	REACHED();
}

void prove_restart(void)
{
	struct scene scene;
	const struct check_state *was = &scene.was, *is = &scene.is;

	any_scene(&scene);
	check_restart(&scene.is, scene.now_ms, scene.service.start_period_ms);
	PROVE(is_kept(&scene), "the invariant is kept");
	PROVE(is->health == HEALTH_UNKNOWN && is->streak == 0, "P3: what is restarted is neither up nor down");
	PROVE(!check_is_blind(is), "P13: nothing is known of it, not even that it is blind");
	PROVE(is->good_ms == was->good_ms, "P1: a restart is no good news");
	PROVE(is->grace_until_ms == scene.now_ms + scene.service.start_period_ms, "P3: it gets its start period");
	PROVE(scene.result.started_ms > scene.now_ms ||
	                !check_apply(&scene.service, &scene.rule, &scene.is, &scene.result, scene.now_ms),
	        "P4: a probe that started before a restart does not heal");
	REACHED();
}

void prove_excuse(void)
{
	struct scene scene;
	const struct check_state *was = &scene.was, *is = &scene.is;

	any_scene(&scene);
	check_excuse(&scene.is, scene.now_ms, scene.service.start_period_ms);
	PROVE(is_kept(&scene), "the invariant is kept");
	PROVE(is->health == was->health && is->good_ms == was->good_ms, "P1: an excuse is no news");
	PROVE(check_is_blind(is) == check_is_blind(was), "P4: the start period changes nothing about what is blind");
	REACHED();
}

void prove_expect(void)
{
	struct scene scene;
	const struct check_state *was = &scene.was, *is = &scene.is;

	any_scene(&scene);
	check_expect(&scene.is, scene.now_ms);
	PROVE(is_kept(&scene), "the invariant is kept");
	PROVE(is_same(was, is) && is->heard_ms == was->heard_ms, "P4: another checker is no news");
	REACHED();
}

void prove_begin(void)
{
	struct scene scene;

	any_scene(&scene);
	check_begin(&scene.is, scene.now_ms);
	PROVE(is_kept(&scene), "the invariant is true at the beginning");
	PROVE(scene.is.health == HEALTH_UNKNOWN && scene.is.good_ms == NEVER_MS,
	        "P4: at the beginning nothing is known");
	REACHED();
}
