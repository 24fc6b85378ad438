/* SPDX-License-Identifier: MIT
 *
 * The witness beside the policy: remembers what was heard and what was ordered, and checks each order against it.
 */
#include "model.h"

#include <string.h>

void witness_news(const struct model *model, struct world *world, uint16_t check, enum news news, bool excused)
{
	struct witness *witness = &world->witness;
	uint8_t retries = (uint8_t)model->rules.checks[check].retries;

	witness->newest[check] =
	        news == NEWS_BAD || news == NEWS_CONCLUSIVE || news == NEWS_GONE || news == NEWS_STOPPED;
	if (news == NEWS_GOOD || news == NEWS_WARNING || news == NEWS_STOPPED)
		witness->bad[check] = 0;
	if (!witness->newest[check] || news == NEWS_STOPPED || (excused && news != NEWS_GONE))
		return;
	if (news == NEWS_CONCLUSIVE || news == NEWS_GONE)
		witness->bad[check] = retries;
	else if (witness->bad[check] < retries)
		witness->bad[check]++;
}

void witness_hang(struct world *world)
{
	world->witness.hung = 1;
	world->witness.stored = world->witness.reboots;
}

void witness_time(const struct model *model, struct world *world, int64_t passed_ms)
{
	if (world->ladder.state == BOARD_WELL)
		world->witness.well_ms += passed_ms;
	if (world->witness.well_ms >= model->ladder.settle_ms)
		world->witness.outage_ms = 0;
	/* P4: what was heard so long ago that its checker should have spoken again is not known any more. */
	for (uint16_t i = 0; i < model->rules.check_count; i++)
		if (world->now_ms - world->checks[i].heard_ms >= model->detection_ms[i] ||
		        world->now_ms - world->checks[i].expect_ms >= model->late_ms[i])
			world->witness.newest[i] = 0;
}

static bool is_bad(const struct model *model, const struct world *world, uint16_t service, bool for_sure)
{
	const struct service_rule *rule = &model->rules.services[service];

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		if (model->rules.checks[i].level != LEVEL_ALERT && world->witness.newest[i] &&
		        (!for_sure || world->witness.bad[i] >= model->rules.checks[i].retries))
			return true;
	return false;
}

static bool are_checks_up(const struct model *model, const struct world *world, uint16_t service)
{
	const struct service_rule *rule = &model->rules.services[service];

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		if (model->rules.checks[i].level != LEVEL_ALERT &&
		        (world->checks[i].health != HEALTH_UP || world->witness.newest[i]))
			return false;
	return true;
}

static const char *witness_order(
        const struct model *model, const struct world *before, struct world *world, const struct event *order)
{
	const struct service_rule *rule = &model->rules.services[order->service];
	const struct service_state *was = &before->services[order->service];
	bool follows = rule->propagate && was->follows;

	if (world->ladder.state == BOARD_MAINTENANCE)
		return "P7: nothing is restarted in maintenance";
	if (world->ladder.state == BOARD_REBOOTING || world->ladder.state == BOARD_LETGO)
		return "P5: nothing is restarted once a reboot was ordered";
	if (order->kind == EVENT_START && before->witness.started >> order->service & 1)
		return "a service is started once";
	if (order->kind == EVENT_START && (!rule->can_start || !is_bad(model, world, order->service, false)))
		return "P4: only what was found not running is started";
	if (order->kind == EVENT_RESTART && !follows && !is_bad(model, world, order->service, true))
		return "P4: only what is down, by news and not by silence, is restarted";
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (!are_checks_up(model, world, model->rules.needs[rule->first_need + n]))
			return "P13: nothing is restarted while what it needs is not up";
	if (order->kind == EVENT_RESTART && !rule->can_restart)
		return "what has no restart command is not restarted";
	if (rule->attempts > 0 && world->ladder.state != BOARD_HOLD && order->value > rule->attempts)
		return "no more attempts than are allowed in an outage";
	if (order->kind == EVENT_RESTART && !follows && was->restart_at_ms > world->now_ms &&
	        !(was->health == HEALTH_UP && world->now_ms - was->since_ms >= model->ladder.settle_ms))
		return "a restart waits for its backoff";
	world->witness.started |= (uint8_t)(1U << order->service);
	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++) {
		if (world->checks[i].ignore_until_ms != world->now_ms)
			return "news from before a restart does not count";
		world->witness.bad[i] = 0;
		world->witness.newest[i] = 0;
	}
	return NULL;
}

/* P6: it is counted before it is done, and only where it can be. */
static const char *count_reboot(const struct model *model, struct world *world, const struct event *event)
{
	world->witness.reboots++;
	if (event->value != world->witness.reboots)
		return "P6: a reboot says how many there were";
	if (model->ladder.then_reboot)
		return NULL;
	if (world->ladder.uncountable)
		return "P6: no reboot that cannot be counted";
	return world->witness.reboots > model->ladder.reboot_limit ? "P6: no more reboots than the limit" : NULL;
}

static const char *settle(const struct model *model, struct world *world)
{
	world->witness.reboots = world->witness.resets = 0;
	return world->witness.well_ms < model->ladder.reboot_settle_ms
	        ? "P6: a reboot is forgotten after being well only"
	        : NULL;
}

const char *witness_event(
        const struct model *model, const struct world *before, struct world *world, const struct event *event)
{
	bool was_rebooting = before->ladder.state == BOARD_REBOOTING;

	if (event->at_ms != world->now_ms)
		return "an event is of now";
	switch (event->kind) {
	case EVENT_START:
	case EVENT_RESTART:
		return witness_order(model, before, world, event);
	case EVENT_REBOOT:
		return count_reboot(model, world, event);
	case EVENT_LETGO:
		return was_rebooting ? NULL : count_reboot(model, world, event);
	case EVENT_HOLD:
		/* The actor could not count it, so it did not happen. */
		world->witness.reboots = (uint16_t)(world->witness.reboots - was_rebooting);
		return NULL;
	case EVENT_SETTLED:
		return settle(model, world);
	case EVENT_STATE:
		if (event->state == BOARD_RECOVERING)
			world->witness.well_ms = 0;
		return NULL;
	default: /* the others change nothing */
		return NULL;
	}
}

/* P12: what waits only for what may not reboot the board has to be heard, as that itself has, but need not be good. */
int64_t witness_lease_ms(const struct model *model, const struct world *world)
{
	int64_t lease_ms = FOREVER_MS;

	for (uint16_t i = 0; i < model->rules.check_count; i++) {
		const struct check_rule *rule = &model->rules.checks[i];
		const struct check_state *check = &world->checks[i];
		bool climbs = rule->level == LEVEL_REBOOT && !world->services[rule->service].excused;
		int64_t from_ms = climbs ? check->good_ms : check->heard_ms;
		int64_t until_ms = from_ms == NEVER_MS ? NEVER_MS : from_ms + model->detection_ms[i];

		lease_ms = until_ms < lease_ms ? until_ms : lease_ms;
	}
	return lease_ms;
}

/* What is excused is not known to be up. */
static bool are_all_up(const struct model *model, const struct world *world)
{
	for (uint16_t i = 0; i < model->rules.check_count; i++)
		if (model->rules.checks[i].level == LEVEL_REBOOT && world->checks[i].health != HEALTH_UP)
			return false;
	return true;
}

/* P2: each good verdict allows feeding for BOUND; before the first one the start period does. */
void witness_verdict(const struct model *model, struct world *world)
{
	struct witness *witness = &world->witness;
	int64_t lease_ms = witness_lease_ms(model, world);
	int64_t climb_ms = (int64_t)model->ladder.restart_for_ms + model->ladder.reboot_within_ms;

	if (lease_ms <= world->now_ms)
		return;
	if (witness->starting && are_all_up(model, world))
		witness->allowed_ms = lease_ms + climb_ms;
	else if (witness->starting && world->ladder.state != BOARD_WELL && world->ladder.state != BOARD_DOUBT)
		return;
	witness->starting = false;
	if (lease_ms + climb_ms > witness->allowed_ms)
		witness->allowed_ms = lease_ms + climb_ms;
}

/* P2: the end of a person's word, and of hold, allows it too. */
static void allow(const struct model *model, const struct world *before, struct world *world, unsigned happening)
{
	uint8_t was = before->ladder.state, is = world->ladder.state;

	if (is == BOARD_HOLD || is == BOARD_MAINTENANCE || happening == HAPPEN_RESUME ||
	        (was == BOARD_MAINTENANCE && happening != HAPPEN_BOOT)) {
		world->witness.allowed_ms = world->now_ms + model->bound_ms;
		world->witness.starting = false;
	}
	witness_verdict(model, world);
}

/* An outage is charged when it is over, from its beginning. */
static void charge_outage(const struct model *model, const struct world *before, struct world *world)
{
	const struct ladder *was = &before->ladder, *is = &world->ladder;
	bool over = is->state != was->state || is->since_ms != was->since_ms;

	if (was->state == BOARD_RECOVERING && over && !was->pardoned)
		world->witness.outage_ms += world->now_ms - was->since_ms;
	if (world->witness.well_ms >= model->ladder.settle_ms)
		world->witness.outage_ms = 0;
}

const char *witness_edge(
        const struct model *model, const struct world *before, struct world *world, unsigned happening, bool good_news)
{
	allow(model, before, world, happening);
	if (happening != HAPPEN_BOOT)
		charge_outage(model, before, world);
	if (happening == HAPPEN_RESUME)
		world->witness.outage_ms = 0;
	for (uint16_t i = 0; i < model->rules.service_count; i++)
		world->witness.started |= (uint8_t)((world->services[i].health == HEALTH_UP) << i);
	return promises_watch(model, before, world, happening, good_news);
}
