/* SPDX-License-Identifier: MIT
 *
 * The ladder: one call from any state that the invariant allows, with any rules, on any verdict, at any time.
 *
 * P2 is proved in three parts, because a sum of 64-bit numbers is more than a solver can reorder. What is left to feed is
 * what the rung has left, and the budgets of the rungs above it. Without good news the board only climbs; a rung does not
 * get longer; and a rung that is entered is worth its budget, which was in the sum before. So the sum never grows, and
 * shrinks by what is fed.
 */
#include "core/invariant.h"
#include "prove.h"

struct scene {
	struct ladder_rule rule;
	struct rules rules;
	struct ladder was;
	struct ladder is;
	struct verdict verdict;
	int64_t clock_ms; /* of the last call */
	int64_t now_ms;
};

/* What board.c says of any checks: proved in board.c here. Unlike a program, CBMC takes an unknown bool for any byte. */
static bool is_verdict(const struct rules *rules, const struct verdict *verdict, int64_t now_ms)
{
	return (int)verdict->pardoned <= 1 && (int)verdict->sound <= 1 && (!verdict->well || verdict->sound) &&
	        verdict->lease_ms <= now_ms + rules->ladder->detection_ms && !(verdict->up && verdict->down) &&
	        (verdict->service == NO_INDEX || verdict->service < rules->service_count) &&
	        (verdict->check == NO_INDEX || verdict->check < rules->check_count) && verdict->cause < CAUSE_COUNT;
}

/* What rules_are_sound() says of it; the durations may be longer than any configuration allows. */
static bool is_ladder_rule_sound(const struct ladder_rule *rule)
{
	return rule->then_reboot <= 1 && rule->detection_ms <= rule->start_period_ms;
}

/* What is left of restart_for. */
static int64_t restart_for_left_ms(const struct ladder_rule *rule, const struct ladder *ladder)
{
	int64_t left_ms = (int64_t)rule->restart_for_ms - ladder->outage_used_ms;

	return left_ms > 0 ? left_ms : 0;
}

static void any_scene(struct scene *scene)
{
	scene->rules.ladder = &scene->rule;
	ASSUME(is_ladder_rule_sound(&scene->rule));
	ASSUME(0 <= scene->clock_ms && scene->clock_ms <= scene->now_ms && scene->now_ms < CLOCK_LAST_MS);
	ASSUME(ladder_invariant(&scene->rules, &scene->was, scene->clock_ms));
	ASSUME(is_verdict(&scene->rules, &scene->verdict, scene->now_ms));
	scene->is = scene->was;
}

static bool is_leased(const struct ladder *ladder)
{
	return ladder->state == BOARD_WELL || ladder->state == BOARD_DOUBT;
}

static bool is_climbed(const struct ladder *ladder)
{
	return ladder->state == BOARD_REBOOTING || ladder->state == BOARD_LETGO || ladder->state == BOARD_HOLD;
}

/* Where it stands in the climb. Hold is beside it. */
static int rung(const struct ladder *ladder)
{
	switch ((enum board_state)ladder->state) {
	case BOARD_MAINTENANCE:
		return 0;
	case BOARD_STARTING:
	case BOARD_WELL:
	case BOARD_DOUBT:
		return 1;
	case BOARD_RECOVERING:
		return 2;
	case BOARD_REBOOTING:
		return 3;
	case BOARD_LETGO:
	case BOARD_HOLD:
	case BOARD_STATE_COUNT:
		break;
	}
	return 4;
}

/* What a rung is worth that is entered from below. */
static int64_t budget_ms(const struct ladder_rule *rule, const struct ladder *ladder)
{
	switch (rung(ladder)) {
	case 1:
		return rule->detection_ms;
	case 2:
		return restart_for_left_ms(rule, ladder);
	case 3:
		return rule->reboot_within_ms;
	default:
		return 0;
	}
}

/* The verdict is good news of all that may climb, and newer than what the board is fed by. */
static bool is_good_news(const struct scene *scene)
{
	if (is_leased(&scene->was))
		return scene->verdict.lease_ms > scene->was.feed_until_ms;
	return (scene->was.state == BOARD_STARTING || scene->was.state == BOARD_RECOVERING ||
	               scene->was.state == BOARD_HOLD) &&
	        scene->verdict.up && scene->now_ms < scene->verdict.lease_ms;
}

/* All that may become of the lease. */
static bool is_lease_earned(const struct scene *scene)
{
	const struct ladder *was = &scene->was, *is = &scene->is;

	if (is->state == BOARD_HOLD)
		return is->feed_until_ms == scene->now_ms + HOLD_LEASE_MS;
	if (rung(is) > rung(was))
		return is->feed_until_ms == scene->now_ms + budget_ms(&scene->rule, is);
	if (is_good_news(scene) && is_leased(is))
		return is->feed_until_ms == scene->verdict.lease_ms;
	return is->state == was->state || (is_leased(is) && is_leased(was)) ? is->feed_until_ms == was->feed_until_ms
	                                                                    : false;
}

/* All that may become of the number of reboots. */
static bool is_count_right(const struct scene *scene, enum ladder_move move)
{
	const struct ladder *was = &scene->was, *is = &scene->is;

	if (was->state == BOARD_RECOVERING && (is->state == BOARD_REBOOTING || is->state == BOARD_LETGO))
		return is->unsettled == (was->unsettled < UINT16_MAX ? was->unsettled + 1 : UINT16_MAX);
	if (was->state == BOARD_REBOOTING && is->state == BOARD_HOLD)
		return is->unsettled == was->unsettled - 1;
	if (move == LADDER_FORGIVEN)
		return is_leased(is) && is->well_ms >= scene->rule.reboot_settle_ms && is->unsettled == 0;
	return is->unsettled == was->unsettled;
}

/* Time spent sound counts as well: a blind check beside good ones does not keep the board from settling. */
static int64_t well_ms(const struct scene *scene)
{
	return scene->was.well_ms + (scene->was.sound ? scene->now_ms - scene->was.stepped_ms : 0);
}

/* What counts against restart_for. */
static int64_t outage_used_ms(const struct scene *scene)
{
	int64_t used_ms = well_ms(scene) >= scene->rule.settle_ms ? 0 : scene->was.outage_used_ms;
	bool pardoned = scene->was.pardoned && scene->verdict.pardoned;

	if (scene->was.state == BOARD_RECOVERING && scene->is.state != BOARD_RECOVERING && !pardoned)
		used_ms += scene->now_ms - scene->was.since_ms;
	return used_ms;
}

static enum ladder_move step(struct scene *scene)
{
	any_scene(scene);
	return ladder_step(&scene->rule, &scene->is, &scene->verdict, scene->now_ms);
}

void prove_step(void)
{
	struct scene scene;

	step(&scene);
	PROVE(ladder_invariant(&scene.rules, &scene.is, scene.now_ms), "the invariant is kept");
	REACHED();
}

void prove_lease(void)
{
	struct scene scene;
	const struct ladder *was = &scene.was, *is = &scene.is;
	bool free;

	step(&scene);
	free = was->state != BOARD_HOLD && is->state != BOARD_HOLD && !is_good_news(&scene);
	PROVE(is_lease_earned(&scene), "P1: only good news, or a rung that is entered, sets the lease");
	PROVE(!free || rung(is) >= rung(was), "P2: without good news the board only climbs");
	PROVE(!free || rung(is) != rung(was) || is->feed_until_ms <= was->feed_until_ms,
	        "P2: without good news no rung gets longer");
	PROVE(!free || rung(is) <= rung(was) || is->feed_until_ms <= scene.now_ms + budget_ms(&scene.rule, is),
	        "P2: a rung that is entered is worth its budget at most");
	PROVE(!is_leased(is) || is->feed_until_ms <= scene.now_ms + scene.rule.detection_ms,
	        "P2: good news is worth one detection time at most");
	REACHED();
}

void prove_outage(void)
{
	struct scene scene;
	const struct ladder *was = &scene.was, *is = &scene.is;
	bool begins;

	step(&scene);
	begins = is->state == BOARD_RECOVERING && was->state != BOARD_RECOVERING;
	PROVE(is->outage_used_ms == outage_used_ms(&scene),
	        "P2: restart_for is spent, and whole again only after settle");
	PROVE(is->well_ms == (begins ? 0 : well_ms(&scene)), "P6: only time spent well or sound settles");
	PROVE(!is->sound || scene.verdict.sound, "P6: the board is sound only by its newest verdict");
	REACHED();
}

void prove_rungs(void)
{
	struct scene scene;
	const struct ladder *was = &scene.was, *is = &scene.is;
	bool over, news, enters;

	step(&scene);
	over = scene.now_ms >= was->feed_until_ms;
	news = is_good_news(&scene);
	enters = rung(was) == 1 && is->state == BOARD_RECOVERING;
	PROVE(was->state != BOARD_RECOVERING || is_climbed(is) == (over && !news),
	        "P5: restart_for is given whole, and then it climbs, but for good news");
	PROVE(was->state != BOARD_REBOOTING || is->state == BOARD_HOLD || (is->state == BOARD_LETGO) == over,
	        "P5: reboot_within is given whole, and then it lets go");
	PROVE(was->state != BOARD_REBOOTING || is_climbed(is), "P5: a reboot that was ordered is not taken back");
	PROVE(was->state != BOARD_LETGO || (is->state == BOARD_LETGO && is->feed_until_ms == was->feed_until_ms),
	        "P5: who let go does not feed again");
	PROVE(!over || rung(was) != 1 || enters || news, "P5: a lease that ran out is an outage");
	PROVE(rung(was) != 1 || rung(is) == 1 || enters, "P5: no rung is left out");
	PROVE(is->state != BOARD_STARTING || was->state == BOARD_STARTING, "P2: a board starts once");
	PROVE((is->state == BOARD_MAINTENANCE) == (was->state == BOARD_MAINTENANCE && !over),
	        "P7: maintenance ends by time");
	PROVE(!enters || over || scene.verdict.down, "P3: only what is down, or silence, begins an outage");
	PROVE(!enters || !news || scene.verdict.down || scene.verdict.excused || scene.now_ms >= scene.verdict.lease_ms,
	        "P3: good news keeps the board off the ladder");
	REACHED();
}

void prove_count(void)
{
	struct scene scene;
	const struct ladder_rule *rule = &scene.rule;
	const struct ladder *was = &scene.was, *is = &scene.is;
	enum ladder_move move = step(&scene);
	bool goes = was->state == BOARD_RECOVERING && (is->state == BOARD_REBOOTING || is->state == BOARD_LETGO);

	PROVE(is_count_right(&scene, move),
	        "P6: a reboot is counted in the step that orders it, and forgotten only when settled");
	PROVE(is->unexplained == (move == LADDER_FORGIVEN ? 0 : was->unexplained),
	        "P6: ends without a word are forgotten only when settled");
	PROVE(!goes || rule->then_reboot || was->unsettled < rule->reboot_limit, "P6: no reboot beyond the limit");
	PROVE(!goes || rule->then_reboot || !was->silent || was->unexplained < rule->reboot_limit,
	        "P6: while the actor is silent, no reboot after as many unexplained ends");
	PROVE(!goes || rule->then_reboot || !was->uncountable, "P6: no reboot that cannot be counted");
	PROVE(was->state != BOARD_REBOOTING || is->state != BOARD_HOLD ||
	                (was->uncountable && !was->planned && !rule->then_reboot),
	        "P6: a reboot is taken back only where it could not be counted");
	PROVE(is->state != BOARD_HOLD || ladder_may_feed(is, scene.now_ms), "P6: a board that is held is fed");
	PROVE(is->uncountable == was->uncountable, "P6: no step makes the ledger countable");
	REACHED();
}

/* Whether the state of the board is a reason to hold. */
static bool is_reason(const struct ladder_rule *rule, const struct ladder *was, enum hold_why why)
{
	switch (why) {
	case HOLD_NEVER_WELL:
		return !was->proven;
	case HOLD_SPENT:
		return was->unsettled >= rule->reboot_limit && !rule->then_reboot;
	case HOLD_CANNOT_COUNT:
		return (was->uncountable || (was->silent && was->unexplained >= rule->reboot_limit)) &&
		        !rule->then_reboot;
	case HOLD_NOT:
	case HOLD_WHY_COUNT:
		break;
	}
	return false;
}

void prove_proven(void)
{
	struct scene scene;
	const struct ladder *was = &scene.was, *is = &scene.is;
	enum ladder_move move = step(&scene);
	bool goes = was->state == BOARD_RECOVERING && (is->state == BOARD_REBOOTING || is->state == BOARD_LETGO);
	bool is_held = is->state == BOARD_HOLD && was->state != BOARD_HOLD;

	PROVE(!goes || was->proven, "P16: services that were never well do not reboot the board");
	PROVE(was->state != BOARD_RECOVERING || was->proven || !is_climbed(is) || is->state == BOARD_HOLD,
	        "P16: the board holds instead, and is fed");
	PROVE((move == LADDER_PROVEN) == (is->proven != was->proven) && is->proven >= was->proven,
	        "P16: the step that proves the services says so, and no step makes them unproven");
	PROVE(move != LADDER_PROVEN || (is_leased(is) && scene.verdict.sound && ladder_may_feed(is, scene.now_ms)),
	        "P16: only a sound verdict under a lease proves the services");
	PROVE(!is_leased(was) || !is_leased(is) || !scene.verdict.sound || move == LADDER_STATE || is->proven,
	        "P16: a sound verdict does prove them");
	PROVE(!is_held || is_reason(&scene.rule, was, (enum hold_why)is->hold_why),
	        "P6: a board that is held knows why");
	PROVE(is_held || was->state != BOARD_HOLD || is->state != BOARD_HOLD || is->hold_why == was->hold_why,
	        "P6: the reason of a hold stays");
	REACHED();
}

/* board_step() lets it climb until it stays, and allows for four moves (MOVES_LAST). */
void prove_moves(void)
{
	struct scene scene;
	enum ladder_move move = LADDER_STATE;

	any_scene(&scene);
	for (int i = 0; i < 4 && move != LADDER_STAY; i++)
		move = ladder_step(&scene.rule, &scene.is, &scene.verdict, scene.now_ms);
	scene.was = scene.is;
	move = ladder_step(&scene.rule, &scene.is, &scene.verdict, scene.now_ms);
	PROVE(move == LADDER_STAY && scene.is.state == scene.was.state, "P5: four moves are enough for any climb");
	PROVE(scene.is.state == BOARD_LETGO || ladder_may_feed(&scene.is, scene.now_ms),
	        "P5: a rung whose time is over is left");
	REACHED();
}

/* Who sleeps until the deadline misses nothing. */
void prove_deadline(void)
{
	struct scene scene;
	int64_t deadline_ms;

	any_scene(&scene);
	ASSUME(ladder_step(&scene.rule, &scene.is, &scene.verdict, scene.clock_ms) == LADDER_STAY);
	scene.was = scene.is;
	deadline_ms = ladder_deadline_ms(&scene.rule, &scene.is);
	PROVE(deadline_ms > scene.clock_ms || scene.is.state == BOARD_LETGO, "P5: the next deadline lies ahead");
	ASSUME(scene.now_ms < deadline_ms);
	PROVE(ladder_step(&scene.rule, &scene.is, &scene.verdict, scene.now_ms) == LADDER_STAY,
	        "P5: nothing happens by time alone before the deadline");
	REACHED();
}

void prove_go_down(void)
{
	struct scene scene;
	const struct ladder *was = &scene.was, *is = &scene.is;
	int64_t since_ms, until_ms;
	bool done;

	any_scene(&scene);
	ASSUME(since_ms >= 0 && since_ms <= scene.now_ms);
	until_ms = since_ms + scene.rule.reboot_within_ms;
	done = ladder_go_down(&scene.rule, &scene.is, since_ms, scene.now_ms);
	PROVE(ladder_invariant(&scene.rules, is, scene.now_ms), "the invariant is kept");
	PROVE(!done ||
	                (is->state == BOARD_REBOOTING &&
	                        is->feed_until_ms == (until_ms > scene.now_ms ? until_ms : scene.now_ms)),
	        "P2: a shutdown by another's order gets reboot_within, from when it was told");
	PROVE(done || (is->state == was->state && is->feed_until_ms == was->feed_until_ms),
	        "P5: it gives no more time to a reboot that is under way");
	PROVE(is->unsettled == was->unsettled && is->unexplained == was->unexplained,
	        "P6: a shutdown by another's order is no reboot of ours");
	PROVE(is->proven == was->proven, "P16: a shutdown proves no services");
	REACHED();
}

void prove_begin(void)
{
	struct scene scene;
	const struct ladder *is = &scene.is;
	uint16_t unsettled;

	any_scene(&scene);
	ladder_begin(&scene.rule, &scene.is, unsettled, scene.now_ms);
	PROVE(ladder_invariant(&scene.rules, is, scene.now_ms), "the invariant is true at the beginning");
	PROVE(is->state == BOARD_STARTING && is->feed_until_ms == scene.now_ms + scene.rule.start_period_ms,
	        "P2: before the first good news the start period feeds");
	PROVE(is->unsettled == unsettled, "P6: the reboots of the ledger count");
	ladder_unproven(&scene.is);
	PROVE(ladder_invariant(&scene.rules, is, scene.now_ms), "the invariant is true of unproven services");
	PROVE(!is->proven && is->state == BOARD_STARTING, "P16: services that the ledger does not know are unproven");
	REACHED();
}

/* A feeder that was killed, and goes on where the ledger says that it stood since since_ms. */
void prove_continue(void)
{
	struct scene scene;
	const struct ladder *is = &scene.is;
	uint8_t state, proven;
	uint16_t unsettled;
	int64_t since_ms;

	any_scene(&scene);
	ASSUME(state < BOARD_STATE_COUNT && 0 < since_ms && since_ms <= scene.now_ms);
	ladder_begin(&scene.rule, &scene.is, unsettled, scene.now_ms);
	if (!proven)
		ladder_unproven(&scene.is);
	ladder_continue(&scene.rule, &scene.is, (enum board_state)state, since_ms, scene.now_ms);
	PROVE(ladder_invariant(&scene.rules, is, scene.now_ms), "the invariant is true at the beginning");
	PROVE(is->state != BOARD_RECOVERING || !ladder_may_feed(is, scene.now_ms) ||
	                is->feed_until_ms == since_ms + scene.rule.restart_for_ms,
	        "P2: an outage goes on with what is left of restart_for");
	PROVE(is->state != BOARD_REBOOTING || !ladder_may_feed(is, scene.now_ms) ||
	                is->feed_until_ms == since_ms + scene.rule.reboot_within_ms,
	        "P2: a reboot goes on with what is left of reboot_within");
	PROVE(state != BOARD_RECOVERING || is->state == BOARD_RECOVERING, "P2: an outage goes on");
	PROVE(state != BOARD_LETGO || is->state == BOARD_LETGO || is->state == BOARD_RECOVERING,
	        "P5: who let go does not begin anew");
	PROVE(is->unsettled == unsettled, "P6: the reboots of the ledger count");
	PROVE(proven || (is->state != BOARD_REBOOTING && is->state != BOARD_LETGO && !is->proven),
	        "P16: a reboot ordered by other services does not go on");
	REACHED();
}

void prove_hold(void)
{
	struct scene scene;
	const struct ladder *was = &scene.was, *is = &scene.is;
	uint32_t duration_ms;
	bool taken;

	any_scene(&scene);
	taken = ladder_hold(&scene.is, scene.now_ms + duration_ms, scene.now_ms);
	PROVE(ladder_invariant(&scene.rules, is, scene.now_ms), "the invariant is kept");
	PROVE(taken == (was->state != BOARD_REBOOTING && was->state != BOARD_LETGO),
	        "P7: maintenance is refused only where it is too late");
	PROVE(!taken || (is->state == BOARD_MAINTENANCE && is->feed_until_ms == scene.now_ms + duration_ms),
	        "P7: maintenance feeds for the time that was asked for");
	PROVE(taken ||
	                (is->state == was->state && is->feed_until_ms == was->feed_until_ms &&
	                        is->since_ms == was->since_ms),
	        "P7: what is refused changes nothing");
	PROVE(is->unsettled == was->unsettled && is->uncountable == was->uncountable,
	        "P6: maintenance forgives no reboot");
	PROVE(is->proven == was->proven, "P16: maintenance proves no services");
	PROVE(is->outage_used_ms ==
	                was->outage_used_ms +
	                        (was->state == BOARD_RECOVERING && !was->pardoned ? scene.now_ms - was->since_ms : 0),
	        "P7: maintenance gives no time back");
	REACHED();
}

void prove_resume(void)
{
	struct scene scene;
	const struct ladder *was = &scene.was, *is = &scene.is;
	bool taken;

	any_scene(&scene);
	taken = ladder_resume(&scene.rule, &scene.is, scene.now_ms);
	PROVE(ladder_invariant(&scene.rules, is, scene.now_ms), "the invariant is kept");
	PROVE(taken == (was->state == BOARD_MAINTENANCE || was->state == BOARD_HOLD),
	        "P7: a person ends maintenance or hold, and nothing else");
	PROVE(!taken || (is->state == BOARD_DOUBT && is->feed_until_ms == scene.now_ms + scene.rule.detection_ms),
	        "P1: a person's word is worth one detection time");
	PROVE(taken || (is->state == was->state && is->feed_until_ms == was->feed_until_ms),
	        "P7: what is refused changes nothing");
	PROVE(is->unsettled == (was->state == BOARD_HOLD ? 0 : was->unsettled),
	        "P6: only who ends a hold gives the reboots back");
	PROVE(is->proven == was->proven, "P16: the end of maintenance or hold proves no services");
	REACHED();
}

void prove_may_feed(void)
{
	struct scene scene;
	const struct ladder *is = &scene.is;

	any_scene(&scene);
	PROVE(ladder_may_feed(is, scene.now_ms) == (scene.now_ms < is->feed_until_ms && is->state != BOARD_LETGO),
	        "P1: the dog is fed under a lease and only then");
	PROVE(is->state != BOARD_LETGO || scene.now_ms >= is->feed_until_ms, "P1: who let go has no lease");
	PROVE(ladder_may_restart(is) == (rung(is) == 1 || rung(is) == 2 || is->state == BOARD_HOLD),
	        "P7: nothing is restarted in maintenance, nor on the way down");
	REACHED();
}
