/* SPDX-License-Identifier: MIT
 *
 * The rungs and what moves the board from one to the next.
 */
#include "ladder.h"

#include "result.h"

static void enter(struct ladder *ladder, enum board_state state, int64_t feed_until_ms, int64_t now_ms)
{
	ladder->state = (uint8_t)state;
	ladder->since_ms = now_ms;
	ladder->feed_until_ms = feed_until_ms;
	ladder->pardoned = false;
	ladder->sound = false;
	ladder->hold_why = HOLD_NOT;
	ladder->planned = ladder->planned && state == BOARD_LETGO;
}

/* Counted from since_ms; what is over by now is not fed for. */
static void enter_rebooting(const struct ladder_rule *rule, struct ladder *ladder, int64_t since_ms, int64_t now_ms)
{
	int64_t until_ms = since_ms + rule->reboot_within_ms;

	enter(ladder, BOARD_REBOOTING, until_ms > now_ms ? until_ms : now_ms, now_ms);
}

/*
 * What an outage has used of restart_for. One that was nothing but the start after a restart for the sake of a check that
 * may not climb uses nothing: those must not add up to a reboot (promise P12).
 */
static void charge_outage(struct ladder *ladder, int64_t now_ms)
{
	if (!ladder->pardoned)
		ladder->outage_used_ms += now_ms - ladder->since_ms;
}

static void blame_verdict(struct ladder *ladder, const struct verdict *verdict)
{
	ladder->service = verdict->service;
	ladder->check = verdict->check;
	ladder->cause = verdict->cause;
	ladder->detail = verdict->detail;
}

void ladder_begin(const struct ladder_rule *rule, struct ladder *ladder, uint16_t unsettled, int64_t now_ms)
{
	*ladder = (struct ladder){
	        .stepped_ms = now_ms,
	        .unsettled = unsettled,
	        .proven = true,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};
	enter(ladder, BOARD_STARTING, now_ms + rule->start_period_ms, now_ms);
}

void ladder_unproven(struct ladder *ladder)
{
	ladder->proven = false;
}

void ladder_continue(
        const struct ladder_rule *rule, struct ladder *ladder, enum board_state state, int64_t since_ms, int64_t now_ms)
{
	/* What was ordered for another set of services is not done for this one. */
	bool counted = ladder->proven && ladder->unsettled > 0 &&
	        (rule->then_reboot || ladder->unsettled <= rule->reboot_limit);

	if (state == BOARD_RECOVERING || ((state == BOARD_REBOOTING || state == BOARD_LETGO) && !counted)) {
		ladder->outage_used_ms = now_ms - since_ms;
		enter(ladder, BOARD_RECOVERING, since_ms + rule->restart_for_ms, now_ms);
		if (ladder->feed_until_ms < now_ms)
			ladder->feed_until_ms = now_ms;
	} else if (state == BOARD_REBOOTING) {
		enter_rebooting(rule, ladder, since_ms, now_ms);
	} else if (state == BOARD_LETGO) {
		enter(ladder, BOARD_LETGO, now_ms, now_ms);
	}
}

/* Well, or in doubt, as the verdict says. */
static enum ladder_move follow_verdict(struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	enum board_state state = verdict->well ? BOARD_WELL : BOARD_DOUBT;

	bool is_new = ladder->state != state;

	blame_verdict(ladder, verdict);
	if (is_new)
		enter(ladder, state, ladder->feed_until_ms, now_ms);
	ladder->sound = verdict->sound;
	return is_new ? LADDER_STATE : LADDER_STAY;
}

/* From here on the board is fed under the lease of the newest good news again. */
static enum ladder_move leave_outage(struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	ladder->feed_until_ms = verdict->lease_ms;
	return follow_verdict(ladder, verdict, now_ms);
}

static enum ladder_move enter_recovering(
        const struct ladder_rule *rule, struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	int64_t left_ms = (int64_t)rule->restart_for_ms - ladder->outage_used_ms;

	blame_verdict(ladder, verdict);
	ladder->well_ms = 0;
	enter(ladder, BOARD_RECOVERING, now_ms + (left_ms > 0 ? left_ms : 0), now_ms);
	ladder->pardoned = verdict->pardoned;
	return LADDER_STATE;
}

/*
 * Why no reboot may be ordered, HOLD_NOT where one may. A reset that an actor which hangs cannot count is no reason, for a
 * reset may be what mends it; but no more of those in a row than reboots, so ends without a word stand in for the count.
 */
static enum hold_why why_hold(const struct ladder_rule *rule, const struct ladder *ladder)
{
	if (!ladder->proven)
		return HOLD_NEVER_WELL;
	if (rule->then_reboot)
		return HOLD_NOT;
	if (ladder->unsettled >= rule->reboot_limit)
		return HOLD_SPENT;
	if (ladder->uncountable || (ladder->silent && ladder->unexplained >= rule->reboot_limit))
		return HOLD_CANNOT_COUNT;
	return HOLD_NOT;
}

static enum ladder_move enter_hold(struct ladder *ladder, enum hold_why why, int64_t now_ms)
{
	enter(ladder, BOARD_HOLD, now_ms + HOLD_LEASE_MS, now_ms);
	ladder->hold_why = (uint8_t)why;
	return LADDER_HOLD;
}

/* restart_for is used up: reboot, or hold where none may be ordered. */
static enum ladder_move climb(const struct ladder_rule *rule, struct ladder *ladder, int64_t now_ms)
{
	enum hold_why why = why_hold(rule, ladder);

	charge_outage(ladder, now_ms);
	if (why != HOLD_NOT)
		return enter_hold(ladder, why, now_ms);
	if (ladder->unsettled < UINT16_MAX)
		ladder->unsettled++;
	if (rule->reboot_within_ms == 0) {
		enter(ladder, BOARD_LETGO, now_ms, now_ms);
		return LADDER_LETGO;
	}
	enter_rebooting(rule, ladder, now_ms, now_ms);
	return LADDER_REBOOT;
}

/* Recovered means: every climbing service is up, by news that is not already too old to be fed under. */
static bool recovered(const struct verdict *verdict, int64_t now_ms)
{
	return verdict->up && now_ms < verdict->lease_ms;
}

static enum ladder_move step_starting(
        const struct ladder_rule *rule, struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	/* An excuse may be over at any time, and what was excused then still has its start period. */
	bool is_waiting = verdict->excused && now_ms < ladder->feed_until_ms;

	if (recovered(verdict, now_ms) && !is_waiting)
		return leave_outage(ladder, verdict, now_ms);
	if (verdict->down || now_ms >= ladder->feed_until_ms)
		return enter_recovering(rule, ladder, verdict, now_ms);
	blame_verdict(ladder, verdict);
	return LADDER_STAY;
}

/* There is something that being well for long makes forgotten. */
static bool has_to_settle(const struct ladder *ladder)
{
	return ladder->unsettled > 0 || ladder->unexplained > 0;
}

static enum ladder_move step_leased(
        const struct ladder_rule *rule, struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	enum ladder_move move;

	/* Good news renews the lease; nothing else does, and nothing shortens it. */
	if (verdict->lease_ms > ladder->feed_until_ms)
		ladder->feed_until_ms = verdict->lease_ms;
	if (verdict->down || now_ms >= ladder->feed_until_ms)
		return enter_recovering(rule, ladder, verdict, now_ms);
	move = follow_verdict(ladder, verdict, now_ms);
	if (move != LADDER_STAY)
		return move;
	if (ladder->sound && !ladder->proven) {
		ladder->proven = true;
		return LADDER_PROVEN;
	}
	if (has_to_settle(ladder) && ladder->well_ms >= rule->reboot_settle_ms) {
		ladder->unsettled = 0;
		ladder->unexplained = 0;
		return LADDER_FORGIVEN;
	}
	return LADDER_STAY;
}

static enum ladder_move step_recovering(
        const struct ladder_rule *rule, struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	if (verdict->service != NO_INDEX)
		blame_verdict(ladder, verdict);
	ladder->pardoned = ladder->pardoned && verdict->pardoned;
	/* Before its time: a feeder that wakes up late must not reboot a board which has recovered meanwhile. */
	if (!recovered(verdict, now_ms))
		return now_ms >= ladder->feed_until_ms ? climb(rule, ladder, now_ms) : LADDER_STAY;
	charge_outage(ladder, now_ms);
	return leave_outage(ladder, verdict, now_ms);
}

static enum ladder_move step_rebooting(const struct ladder_rule *rule, struct ladder *ladder, int64_t now_ms)
{
	if (ladder->uncountable && !ladder->planned && !rule->then_reboot) {
		/* The reboot was refused because it could not be counted, so it did not happen. */
		ladder->unsettled--;
		return enter_hold(ladder, HOLD_CANNOT_COUNT, now_ms);
	}
	if (now_ms < ladder->feed_until_ms)
		return LADDER_STAY;
	enter(ladder, BOARD_LETGO, now_ms, now_ms);
	return LADDER_LETGO;
}

static enum ladder_move step_hold(struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	if (recovered(verdict, now_ms))
		return leave_outage(ladder, verdict, now_ms);
	ladder->feed_until_ms = now_ms + HOLD_LEASE_MS;
	if (verdict->service != NO_INDEX)
		blame_verdict(ladder, verdict);
	return LADDER_STAY;
}

/* A person's word ends: one detection time to hear how things are, then the ladder goes on as ever. */
static void start_over(const struct ladder_rule *rule, struct ladder *ladder, int64_t now_ms)
{
	enter(ladder, BOARD_DOUBT, now_ms + rule->detection_ms, now_ms);
}

/* The state was as it is until now. */
static void pass_time(struct ladder *ladder, int64_t now_ms)
{
	if (ladder->sound)
		ladder->well_ms += now_ms - ladder->stepped_ms;
	ladder->stepped_ms = now_ms;
}

enum ladder_move ladder_step(
        const struct ladder_rule *rule, struct ladder *ladder, const struct verdict *verdict, int64_t now_ms)
{
	pass_time(ladder, now_ms);
	/* Before anything else: it was settled until now, also where this very step begins another outage. */
	if (ladder->well_ms >= rule->settle_ms)
		ladder->outage_used_ms = 0;

	switch ((enum board_state)ladder->state) {
	case BOARD_STARTING:
		return step_starting(rule, ladder, verdict, now_ms);
	case BOARD_WELL:
	case BOARD_DOUBT:
		return step_leased(rule, ladder, verdict, now_ms);
	case BOARD_RECOVERING:
		return step_recovering(rule, ladder, verdict, now_ms);
	case BOARD_REBOOTING:
		return step_rebooting(rule, ladder, now_ms);
	case BOARD_HOLD:
		return step_hold(ladder, verdict, now_ms);
	case BOARD_MAINTENANCE:
		blame_verdict(ladder, verdict);
		if (now_ms < ladder->feed_until_ms)
			return LADDER_STAY;
		start_over(rule, ladder, now_ms);
		return LADDER_RESUMED;
	case BOARD_LETGO:
	case BOARD_STATE_COUNT:
		break;
	}
	return LADDER_STAY;
}

bool ladder_hold(struct ladder *ladder, int64_t until_ms, int64_t now_ms)
{
	if (ladder->state == BOARD_REBOOTING || ladder->state == BOARD_LETGO)
		return false;
	pass_time(ladder, now_ms);
	if (ladder->state == BOARD_RECOVERING)
		charge_outage(ladder, now_ms);
	enter(ladder, BOARD_MAINTENANCE, until_ms, now_ms);
	return true;
}

bool ladder_resume(const struct ladder_rule *rule, struct ladder *ladder, int64_t now_ms)
{
	if (ladder->state != BOARD_MAINTENANCE && ladder->state != BOARD_HOLD)
		return false;
	if (ladder->state == BOARD_HOLD) {
		ladder->unsettled = 0;
		ladder->unexplained = 0;
	}
	ladder->outage_used_ms = 0;
	start_over(rule, ladder, now_ms);
	return true;
}

bool ladder_go_down(const struct ladder_rule *rule, struct ladder *ladder, int64_t since_ms, int64_t now_ms)
{
	if (rule->reboot_within_ms == 0 || ladder->state == BOARD_REBOOTING || ladder->state == BOARD_LETGO)
		return false;
	pass_time(ladder, now_ms);
	ladder->service = NO_INDEX;
	ladder->check = NO_INDEX;
	ladder->cause = CAUSE_SHUTDOWN;
	ladder->detail = 0;
	enter_rebooting(rule, ladder, since_ms, now_ms);
	ladder->planned = true;
	return true;
}

bool ladder_may_feed(const struct ladder *ladder, int64_t now_ms)
{
	return ladder->state != BOARD_LETGO && now_ms < ladder->feed_until_ms;
}

bool ladder_may_restart(const struct ladder *ladder)
{
	return ladder->state != BOARD_MAINTENANCE && ladder->state != BOARD_REBOOTING && ladder->state != BOARD_LETGO;
}

int64_t ladder_deadline_ms(const struct ladder_rule *rule, const struct ladder *ladder)
{
	int64_t deadline_ms = ladder->feed_until_ms;

	if (ladder->state == BOARD_LETGO)
		return FOREVER_MS;
	if (ladder->sound && has_to_settle(ladder)) {
		int64_t forgiven_ms = ladder->stepped_ms + rule->reboot_settle_ms - ladder->well_ms;

		deadline_ms = forgiven_ms < deadline_ms ? forgiven_ms : deadline_ms;
	}
	return deadline_ms;
}
