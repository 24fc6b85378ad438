/* SPDX-License-Identifier: MIT
 *
 * P3, P5, P6, P7, P12, P14: the rungs, and that they are climbed for a reason, in time, and not for ever.
 */
#include "sim.h"

#include <string.h>

/* At least one of its checks can measure something. While all of them are blind nobody knows that the service is down. */
static bool is_seen(const struct sim *sim, uint16_t service)
{
	const struct service_rule *rule = &sim->rules.services[service];

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++)
		if (sim->world.now_ms >= sim->sick[i].blind_until_ms)
			return true;
	return false;
}

/*
 * Nothing that may reboot the board is wrong with it; what lacks a remote server is wrong too, unless `excused`, which takes
 * that the checks of the remote server can see it.
 */
static bool is_service_fine(const struct sim *sim, uint16_t service, bool excused)
{
	const struct rules *rules = &sim->rules;
	const struct service_rule *rule = &rules->services[service];
	int64_t now_ms = sim->world.now_ms;
	bool climbs = false;

	for (uint16_t i = rule->first_check; i < rule->first_check + rule->check_count; i++) {
		if (rules->checks[i].level != LEVEL_REBOOT)
			continue;
		climbs = true;
		if (now_ms < sim->sick[i].fail_until_ms || now_ms < sim->sick[i].short_until_ms)
			return false;
	}
	if (!climbs)
		return !excused || is_seen(sim, service);
	if (!truth_is_own_up(sim, service) || now_ms < sim->servers[service].slow_until_ms)
		return false;
	if (!excused)
		return truth_is_up(sim, service);
	for (uint16_t n = 0; n < rule->need_count; n++)
		if (!is_service_fine(sim, rules->needs[rule->first_need + n], true))
			return false;
	return true;
}

bool watch_is_fine(const struct sim *sim, bool excused)
{
	const struct wire *wire = &sim->wire;
	int64_t now_ms = sim->world.now_ms;

	if (!sim->world.checker.alive || sim->world.checker.hung || wire->count > 0 || wire->is_holding ||
	        now_ms < sim->frozen_until_ms || now_ms < wire->lose_until_ms || now_ms < wire->late_until_ms ||
	        now_ms < wire->swap_until_ms || now_ms < wire->garble_until_ms)
		return false;
	for (uint16_t i = 0; i < sim->rules.service_count; i++)
		if (!is_service_fine(sim, i, excused))
			return false;
	return true;
}

/* For so long that it must have been heard. */
static bool is_known_fine(const struct sim *sim)
{
	const struct watch *watch = sim->watch;

	return watch_is_fine(sim, false) && watch->fine_ms != FOREVER_MS &&
	        sim->world.now_ms - watch->fine_ms > watch->enough_ms + 2 * sim->lag_ms;
}

/* Only what is remote is wrong, and has been for so long that it must be known to be down. */
static bool is_only_remote(const struct sim *sim)
{
	const struct watch *watch = sim->watch;
	int64_t known_ms = watch->enough_ms + watch->longest_ms + 2 * sim->lag_ms;

	return watch_is_fine(sim, true) && watch->remote_ms != FOREVER_MS &&
	        sim->world.now_ms - watch->remote_ms > known_ms;
}

/* P5: a rung ends when its time is over, whatever is heard. */
void watch_rungs(struct sim *sim)
{
	const struct ladder_rule *ladder = sim->rules.ladder;
	const struct watch *watch = sim->watch;
	int64_t spent_ms = sim->world.now_ms - watch->state_ms - sim->lag_ms;
	int64_t missed_ms = sim->missed_ms;

	if (watch->state == BOARD_RECOVERING && spent_ms > ladder->restart_for_ms + missed_ms)
		broken(sim, "P5: restarting goes on for longer than restart_for");
	if (watch->state == BOARD_REBOOTING && spent_ms > ladder->reboot_within_ms + missed_ms)
		broken(sim, "P5: a reboot goes on for longer than reboot_within");
	if (watch->state == BOARD_MAINTENANCE && sim->world.now_ms > watch->hold_until_ms + sim->lag_ms + missed_ms)
		broken(sim, "P7: maintenance goes on for longer than was asked for");
	if (watch->state == BOARD_LETGO && board_may_feed(&sim->world.board, sim->world.now_ms))
		broken(sim, "P1: fed after letting go");
}

static void climb(struct sim *sim, const struct event *event)
{
	const struct ladder_rule *ladder = sim->rules.ladder;
	struct watch *watch = sim->watch;
	/* Those are counted too, as ends without a word, and apart. */
	unsigned uncounted = watch->uncounted < ladder->reboot_limit ? watch->uncounted : ladder->reboot_limit;

	watch->said = event->kind == EVENT_REBOOT ? END_REBOOT : END_LETGO;
	watch->said_ms = sim->world.now_ms;
	if (event->kind == EVENT_LETGO && watch->state == BOARD_REBOOTING)
		return;
	if (is_known_fine(sim))
		broken(sim, "P3: false reset: the board climbs though all has been well for %lld ms",
		        (long long)(sim->world.now_ms - watch->fine_ms));
	if (is_only_remote(sim))
		broken(sim, "P12: the board climbs though only a remote server is down");
	if (watch->state == BOARD_MAINTENANCE)
		broken(sim, "P7: the board climbs in maintenance");
	if (!watch->was_fine)
		broken(sim, "P16: the board climbs though it was never well");
	watch->climbs++;
	if (!ladder->then_reboot && watch->climbs > ladder->reboot_limit + uncounted)
		broken(sim, "P6: %u reboots, and none of them settled", (unsigned)watch->climbs);
}

/* A blind check keeps the board in doubt, and is no reason to keep its reboots. */
static int64_t well_ms(const struct sim *sim)
{
	const struct watch *watch = sim->watch;

	if (watch->state == BOARD_WELL || (watch->state == BOARD_DOUBT && watch->was_blind))
		return watch->well_ms + sim->world.now_ms - watch->state_ms;
	return watch->well_ms;
}

static bool is_any_blind(const struct sim *sim)
{
	for (uint16_t i = 0; i < sim->rules.check_count; i++)
		if (sim->watch->checks[i].blind)
			return true;
	return false;
}

static void change_state(struct sim *sim, const struct event *event)
{
	struct watch *watch = sim->watch;

	watch->well_ms = well_ms(sim);
	if (event->state == BOARD_RECOVERING) {
		watch->well_ms = 0;
		if (is_known_fine(sim))
			broken(sim, "P3: the board recovers though all has been well for %lld ms",
			        (long long)(sim->world.now_ms - watch->fine_ms));
	}
	if (watch->state == BOARD_LETGO)
		broken(sim, "P5: who let go is back");
	watch->state = event->state;
	watch->state_ms = sim->world.now_ms;
	watch->was_blind = is_any_blind(sim);
	sim->missed_ms = 0;
}

static void settle(struct sim *sim)
{
	struct watch *watch = sim->watch;

	if (well_ms(sim) + sim->lag_ms < sim->rules.ladder->reboot_settle_ms)
		broken(sim, "P6: the reboots are forgotten after %lld ms of being well", (long long)well_ms(sim));
	watch->climbs = watch->uncounted = 0;
}

void watch_event(struct sim *sim, const struct event *event)
{
	struct watch *watch = sim->watch;

	switch (event->kind) {
	case EVENT_START:
	case EVENT_RESTART:
		watch_order(sim, event);
		break;
	case EVENT_REBOOT:
	case EVENT_LETGO:
		climb(sim, event);
		break;
	case EVENT_STATE:
		change_state(sim, event);
		break;
	case EVENT_SETTLED:
		settle(sim);
		break;
	case EVENT_HOLD:
		/* It was refused, and so it was none. */
		watch->climbs = (uint16_t)(watch->climbs - (watch->state == BOARD_REBOOTING));
		break;
	case EVENT_MAINTENANCE:
		watch->hold_until_ms = sim->world.now_ms + event->span_ms;
		break;
	case EVENT_RESUMED:
		if (event->value == 0 && sim->world.now_ms < watch->hold_until_ms)
			broken(sim, "P7: maintenance ends before its time");
		if (event->value == 1 && watch->state == BOARD_HOLD)
			watch->climbs = watch->uncounted = 0;
		watch_person(sim);
		break;
	case EVENT_GOING_DOWN:
		watch->said = END_PLANNED;
		watch->said_ms = sim->world.now_ms;
		break;
	case EVENT_DISARMED:
		/* What the ladder said is the last word. */
		if (watch->state == BOARD_REBOOTING || watch->state == BOARD_LETGO)
			break;
		watch->said = END_PLANNED;
		watch->said_ms = sim->world.now_ms;
		break;
	default: /* the others are not about the ladder */
		break;
	}
	if (!sim->figures)
		return;
	sim->figures->restarts += event->kind == EVENT_RESTART;
	sim->figures->reboots += event->kind == EVENT_REBOOT;
	sim->figures->holds += event->kind == EVENT_HOLD;
}

/* P14: the next boot says why this one ended, where it could be written down. */
void watch_end(struct sim *sim, enum board_end end)
{
	struct watch *watch = sim->watch;

	if (end == BOARD_IS_RESET && sim->figures)
		sim->figures->resets++;
	if (end == BOARD_IS_RESET && watch->state != BOARD_LETGO && sim->frozen_until_ms < sim->world.now_ms &&
	        is_known_fine(sim))
		broken(sim, "P3: false reset: the dog bites though all is well");
	/* The actor was not there to count it. */
	if (watch->is_shaken && (watch->said == END_REBOOT || watch->said == END_LETGO))
		watch->uncounted++;
	/* Nor had it the time to write it down, of which that in which nothing ran is none. */
	watch->is_cut_off = watch->said_ms != NEVER_MS && end != BOARD_SHUT_DOWN &&
	        (sim->world.now_ms - watch->said_ms - sim->missed_ms < 1000 || sim->actor.queued > 0);
}

void watch_boot(struct sim *sim, const struct ledger *ledger, bool is_new)
{
	struct watch *watch = sim->watch;
	char words[64];
	enum end_cause expected = sim->boots == 1 ? END_FIRST : (enum end_cause)watch->said;

	(void)snprintf(words, sizeof(words), "-- boots: %s %u", end_cause_name((enum end_cause)ledger->last_cause),
	        (unsigned)ledger->unsettled);
	sim_trace(sim, words);
	if (!is_new)
		broken(sim, "P14: a boot is taken for the one before");
	if (!watch->is_cut_off && !watch->is_shaken && ledger->last_cause != expected)
		broken(sim, "P14: the last boot ended as %s and is said to be %s", end_cause_name(expected),
		        end_cause_name((enum end_cause)ledger->last_cause));
	for (uint16_t i = 0; i < sim->rules.check_count; i++) {
		watch->checks[i].heard_ms = watch->checks[i].good_ms = NEVER_MS;
		watch->checks[i].row = 0;
		for (int k = 0; k < FLAP_LAST; k++)
			watch->checks[i].flaps_ms[k] = NEVER_MS;
	}
	for (uint16_t i = 0; i < sim->rules.service_count; i++) {
		watch->ordered_ms[i] = NEVER_MS;
		watch->follows[i] = false;
	}
	watch->state = BOARD_STARTING;
	watch->state_ms = sim->world.now_ms;
	watch->said = END_UNEXPLAINED;
	watch->said_ms = NEVER_MS;
	watch->fine_ms = watch->remote_ms = FOREVER_MS;
	watch->well_ms = 0;
	watch->is_shaken = sim->world.now_ms < sim->disk.fails_until_ms;
	sim->missed_ms = 0;
	watch_allow_start(sim);
}
