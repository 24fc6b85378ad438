/* SPDX-License-Identifier: MIT
 *
 * The promises as they show on one edge: what was before, what happened, what is now.
 */
#include "model.h"

static bool is_leased(uint8_t state)
{
	return state == BOARD_WELL || state == BOARD_DOUBT;
}

static bool is_any_excused(const struct model *model, const struct world *world)
{
	for (uint16_t i = 0; i < model->rules.service_count; i++)
		if (world->services[i].excused)
			return true;
	return false;
}

static int64_t later(int64_t one_ms, int64_t other_ms)
{
	return one_ms > other_ms ? one_ms : other_ms;
}

/* The longest that a rung entered now may be fed. */
static int64_t budget_ms(
        const struct model *model, const struct world *before, const struct world *world, unsigned happening)
{
	int64_t left_ms;

	switch ((enum board_state)world->ladder.state) {
	case BOARD_RECOVERING:
		left_ms = (int64_t)model->ladder.restart_for_ms - world->witness.outage_ms;
		return left_ms > 0 ? left_ms : 0;
	case BOARD_REBOOTING:
		return model->ladder.reboot_within_ms;
	case BOARD_HOLD:
		return HOLD_LEASE_MS;
	case BOARD_MAINTENANCE:
		return MAINTENANCE_MS;
	case BOARD_WELL:
	case BOARD_DOUBT:
		return before->ladder.state == BOARD_MAINTENANCE || happening == HAPPEN_RESUME
		        ? model->ladder.detection_ms
		        : 0;
	case BOARD_STARTING:
	case BOARD_LETGO:
	case BOARD_STATE_COUNT:
		break;
	}
	return 0;
}

/* P1: what may have moved the lease, and how far. */
static const char *watch_lease(const struct model *model, const struct world *before, const struct world *world,
        unsigned happening, bool good_news)
{
	const struct ladder *was = &before->ladder, *is = &world->ladder;
	bool entered = is->state != was->state || happening == HAPPEN_MAINTENANCE;
	int64_t most_ms = was->feed_until_ms;

	if (is->state == BOARD_LETGO || happening == HAPPEN_BOOT)
		return NULL;
	if (is_leased(is->state))
		most_ms = later(most_ms, witness_lease_ms(model, world));
	if (entered || is->state == BOARD_HOLD)
		most_ms = later(most_ms, world->now_ms + budget_ms(model, before, world, happening));
	if (is->feed_until_ms > most_ms)
		return "P1: the lease is no longer than good news or a rung allows";
	if (is->feed_until_ms > was->feed_until_ms && is_leased(is->state) && is_leased(was->state) && !good_news &&
	        !is_any_excused(model, before) && !is_any_excused(model, world))
		return "P1: only good news renews the lease";
	return NULL;
}

static const char *watch_feeding(const struct world *world)
{
	struct board board = {(struct ladder *)(uintptr_t)&world->ladder, 0, 0};
	bool leased = world->ladder.state != BOARD_LETGO && world->now_ms < world->ladder.feed_until_ms;

	if (board_may_feed(&board, world->now_ms) != leased)
		return "P1: the dog is fed under a lease and only then";
	if (!leased && world->ladder.state != BOARD_LETGO)
		return "P5: a rung whose time is over is left";
	if (board_may_feed(&board, world->ladder.feed_until_ms))
		return "P1: a lease that is over is over";
	if (leased && world->ladder.state != BOARD_HOLD && world->ladder.state != BOARD_MAINTENANCE &&
	        world->ladder.feed_until_ms > world->witness.allowed_ms)
		return "P2: the dog is not fed beyond BOUND";
	return NULL;
}

/* P12: something that may climb is not good, or something is not heard. */
static bool may_climb(const struct model *model, const struct world *world)
{
	for (uint16_t i = 0; i < model->rules.check_count; i++) {
		const struct check_state *check = &world->checks[i];

		if (model->rules.checks[i].level == LEVEL_REBOOT &&
		        (check->health != HEALTH_UP || world->now_ms - check->good_ms >= model->detection_ms[i]))
			return true;
		if (world->now_ms - check->heard_ms >= model->detection_ms[i])
			return true;
	}
	return false;
}

/* All that may climb was good not long ago. */
static bool was_all_good(const struct model *model, const struct world *world)
{
	for (uint16_t i = 0; i < model->rules.check_count; i++)
		if (model->rules.checks[i].level == LEVEL_REBOOT &&
		        (world->checks[i].good_ms == NEVER_MS ||
		                world->now_ms - world->checks[i].good_ms >= model->detection_ms[i]))
			return false;
	return true;
}

static const char *watch_state(
        const struct model *model, const struct world *before, const struct world *world, unsigned happening)
{
	uint8_t was = before->ladder.state, is = world->ladder.state;
	bool over = world->now_ms >= before->ladder.feed_until_ms;

	if (happening == HAPPEN_BOOT || was == is)
		return NULL;
	if (was == BOARD_LETGO)
		return "P5: who let go does not feed again";
	/* It was refused, so it goes to hold, and on from there at once where all is up. */
	if (was == BOARD_REBOOTING && is != BOARD_LETGO &&
	        !(happening == HAPPEN_REFUSED && !model->ladder.then_reboot && (is == BOARD_HOLD || is_leased(is))))
		return "P5: a reboot that was ordered is not taken back";
	if (happening == HAPPEN_GOING_DOWN && is == BOARD_REBOOTING)
		return world->ladder.planned ? NULL : "P6: a shutdown by another's order is no reboot of ours";
	if (was == BOARD_MAINTENANCE && !over && happening != HAPPEN_RESUME)
		return "P7: maintenance ends by time or by a person";
	if (is == BOARD_MAINTENANCE && happening != HAPPEN_MAINTENANCE)
		return "P7: maintenance is begun by a person";
	if (was == BOARD_STARTING && is_leased(is) && !over && !was_all_good(model, world))
		return "P2: a board is starting until all is good or its start period is over";
	if (is == BOARD_STARTING)
		return "P2: a board starts once";
	if ((is == BOARD_RECOVERING || is == BOARD_REBOOTING || is == BOARD_HOLD) && was != BOARD_REBOOTING &&
	        !may_climb(model, world) && !may_climb(model, before))
		return "P12: what may not reboot the board does not make it climb";
	if (was == BOARD_RECOVERING && (is == BOARD_REBOOTING || is == BOARD_LETGO || is == BOARD_HOLD) && !over)
		return "P5: a rung is left upwards when its time is over";
	if (was == BOARD_REBOOTING && is == BOARD_LETGO && !over)
		return "P5: a reboot gets its time";
	return NULL;
}

/* P12: an outage that costs nothing has nothing failed in it that may climb. */
static const char *watch_pardon(const struct model *model, const struct world *world)
{
	for (uint16_t i = 0; i < model->rules.check_count && world->ladder.pardoned; i++) {
		const struct check_rule *rule = &model->rules.checks[i];

		if (rule->level == LEVEL_REBOOT && !world->services[rule->service].excused &&
		        world->checks[i].health == HEALTH_DOWN)
			return "P2: what may climb and fails uses restart_for";
	}
	return NULL;
}

static const char *watch_count(const struct model *model, const struct world *world)
{
	if (world->ladder.unsettled != world->witness.reboots)
		return "P6: the reboots are counted right";
	if (world->ladder.unsettled > model->ladder.reboot_limit && !model->ladder.then_reboot)
		return "P6: no more reboots than the limit";
	/* Of those that were counted, and of those that nobody could count. */
	if (world->witness.resets > 2 * model->ladder.reboot_limit)
		return "P6: no reboot loop, whatever becomes of the actor";
	if (world->ladder.state == BOARD_REBOOTING && world->ladder.uncountable && !world->ladder.planned &&
	        !model->ladder.then_reboot)
		return "P6: no reboot that cannot be counted";
	return NULL;
}

const char *promises_watch(const struct model *model, const struct world *before, const struct world *world,
        unsigned happening, bool good_news)
{
	const struct board board = {(struct ladder *)(uintptr_t)&world->ladder,
	        (struct service_state *)(uintptr_t)world->services, (struct check_state *)(uintptr_t)world->checks};
	const char *broken = watch_feeding(world);

	if (!board_invariant(&model->rules, &board, world->now_ms))
		return "the invariant of core/ holds";
	if (!broken)
		broken = watch_lease(model, before, world, happening, good_news);
	if (!broken)
		broken = watch_state(model, before, world, happening);
	if (!broken)
		broken = watch_pardon(model, world);
	return broken ? broken : watch_count(model, world);
}
