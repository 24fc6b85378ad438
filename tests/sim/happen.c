/* SPDX-License-Identifier: MIT
 *
 * What befalls a board: each fault at its time.
 */
#include "sim.h"

static void befall_server(struct sim *sim, const struct fault *fault, int64_t until_ms)
{
	struct server *server = &sim->servers[fault->service];

	switch (fault->verb) {
	case VERB_CRASH:
		truth_kill(sim, fault->service);
		break;
	case VERB_HANG:
		server->hangs = true;
		break;
	case VERB_WEDGE:
		server->wedged = true;
		truth_kill(sim, fault->service);
		break;
	case VERB_BREAK:
		server->broken_until_ms = until_ms;
		truth_notice(sim, fault->service);
		break;
	case VERB_FLAP:
		server->flap_from_ms = sim->world.now_ms;
		server->flap_until_ms = until_ms;
		server->flap_ms = fault->value;
		truth_notice(sim, fault->service);
		break;
	case VERB_SLOW:
		server->slow_until_ms = until_ms;
		server->slow_ms = fault->value;
		break;
	case VERB_TAKES:
		server->start_ms = (uint32_t)fault->value;
		break;
	case VERB_STOPS:
		server->stop_ms = (uint32_t)fault->value;
		break;
	default: /* the one that is left */
		server->no_restart_until_ms = until_ms;
		break;
	}
}

static void befall_check(struct sim *sim, const struct fault *fault, int64_t until_ms)
{
	struct sickness *sick = &sim->sick[fault->check];

	if (fault->verb == VERB_FAIL)
		sick->fail_until_ms = until_ms;
	else if (fault->verb == VERB_SHORT)
		sick->short_until_ms = until_ms;
	else if (fault->verb == VERB_BLIND)
		sick->blind_until_ms = until_ms;
	else if (fault->verb == VERB_WARN)
		sick->warn_until_ms = until_ms;
	else if (!sim->is_bare)
		wire_stale(sim, fault->check);
}

static void befall_wire(struct sim *sim, const struct fault *fault, int64_t until_ms)
{
	struct wire *wire = &sim->wire;

	switch (fault->verb) {
	case VERB_LOSE:
		wire->lose_until_ms = until_ms;
		wire->lose = fault->value;
		break;
	case VERB_DOUBLE:
		wire->double_until_ms = until_ms;
		break;
	case VERB_SWAP:
		wire->swap_until_ms = until_ms;
		break;
	case VERB_LATE:
		wire->late_until_ms = until_ms;
		wire->late_ms = fault->value;
		break;
	default:
		wire->garble_until_ms = until_ms;
		wire->garble = fault->value;
		break;
	}
}

static void tell_all(struct sim *sim, const struct events *events)
{
	for (uint16_t i = 0; i < events->count; i++)
		sim->world.hooks->tell(&sim->world, &events->list[i]);
}

/* As a person does it, through the control socket. */
static void order(struct sim *sim, const struct fault *fault)
{
	struct control control = {
	        .magic = CONTROL_MAGIC,
	        .verb = fault->verb == VERB_HOLD ? CONTROL_HOLD : CONTROL_RESUME,
	        .duration_ms = fault->verb == VERB_HOLD ? (uint32_t)fault->value : 0,
	};
	struct control taken;
	struct events events;
	struct world *world = &sim->world;
	bool done;

	/* Who is told to stop takes no orders any more. */
	if (sim->is_bare || sim->is_shutting_down || !record_take_control(&control, sizeof(control), &taken))
		return;
	watch_person(sim);
	if (taken.verb == CONTROL_HOLD)
		done = board_hold(&world->board, taken.duration_ms, world->now_ms, &events);
	else
		done = board_resume(&world->rules, &world->board, world->now_ms, &events);
	if (done)
		tell_all(sim, &events);
	else
		sim_trace(sim, "refused");
}

/* init says that the board goes down in order, and then tells feeddogd to stop. */
static void shut_down(struct sim *sim)
{
	struct event event = {
	        .at_ms = sim->world.now_ms,
	        .kind = EVENT_DISARMED,
	        .state = sim->world.board.ladder->state,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};

	struct events events;

	if (!sim->is_bare &&
	        board_go_down(&sim->world.rules, &sim->world.board, sim->world.now_ms, sim->world.now_ms, &events))
		tell_all(sim, &events);
	/* One that hangs does not come as far as to stop feeddogd. */
	if (sim->world.now_ms < sim->no_reboot_until_ms)
		return;
	event.state = sim->world.board.ladder->state;
	if (!sim->is_bare)
		sim->world.hooks->tell(&sim->world, &event);
	sim->is_shutting_down = true;
}

static void befall_helper(struct sim *sim, const struct fault *fault, int64_t until_ms)
{
	switch (fault->verb) {
	case VERB_CHECKER_DIES:
		world_checker_dies(&sim->world);
		break;
	case VERB_CHECKER_HANGS:
		sim->world.checker.hung = sim->world.checker.alive;
		sim->checker_hung_until_ms = until_ms;
		break;
	case VERB_CHECKER_FALLS:
		sim->checker_falls_until_ms = until_ms;
		break;
	case VERB_ACTOR_DIES:
		sim->watch->is_shaken = true;
		actor_dies(sim, false);
		break;
	case VERB_ACTOR_HANGS:
		sim->watch->is_shaken = true;
		sim->actor.heard_ms = sim->world.now_ms;
		sim->actor.hung_until_ms = until_ms;
		break;
	default: /* a LED that is gone changes nothing */
		break;
	}
}

static void befall_board(struct sim *sim, const struct fault *fault, int64_t until_ms)
{
	switch (fault->verb) {
	case VERB_DISK_FAILS:
		sim->watch->is_shaken = true;
		sim->disk.fails_until_ms = until_ms;
		break;
	case VERB_DISK_ROTS:
		sim->watch->is_shaken = true;
		for (size_t i = 0; i < sizeof(sim->disk.ledger); i += 97)
			sim->disk.ledger[i] ^= 0x55;
		break;
	case VERB_NO_REBOOT:
		sim->no_reboot_until_ms = until_ms;
		break;
	case VERB_POWER_CUT:
		sim->is_cut = true;
		break;
	case VERB_FREEZE:
		sim->frozen_until_ms = until_ms;
		break;
	case VERB_CLOCK:
		sim->disk.wall_off_s += fault->value;
		break;
	case VERB_LAG:
		sim->lag_ms = fault->value;
		sim->lag_most_ms = fault->value > sim->lag_most_ms ? fault->value : sim->lag_most_ms;
		break;
	case VERB_SHUTDOWN:
		shut_down(sim);
		break;
	default:
		order(sim, fault);
		break;
	}
}

/* Somebody comes, ends the hold where there is one, and switches the board off and on. */
static void visit(struct sim *sim)
{
	const struct fault resume = {.verb = VERB_RESUME};

	sim_trace(sim, "-- a person comes");
	order(sim, &resume);
	shut_down(sim);
	sim->down_since_ms = sim->ill_since_ms = FOREVER_MS;
	sim->visits++;
}

void happen_turn(struct sim *sim)
{
	const struct schedule *schedule = sim->schedule;

	if (truth_is_all_up(sim))
		sim->down_since_ms = FOREVER_MS;
	else if (sim->down_since_ms == FOREVER_MS)
		sim->down_since_ms = sim->world.now_ms;
	if (truth_is_whole(sim))
		sim->ill_since_ms = FOREVER_MS;
	else if (sim->ill_since_ms == FOREVER_MS)
		sim->ill_since_ms = sim->world.now_ms;
	if ((sim->down_since_ms != FOREVER_MS && sim->world.now_ms >= sim->down_since_ms + VISIT_MS) ||
	        (sim->ill_since_ms != FOREVER_MS && sim->world.now_ms >= sim->ill_since_ms + ROUND_MS))
		visit(sim);

	while (sim->next_fault < schedule->count && schedule->faults[sim->next_fault].at_ms <= sim->world.now_ms) {
		const struct fault *fault = &schedule->faults[sim->next_fault++];
		int64_t until_ms = sim->world.now_ms + fault->for_ms;

		if (until_ms > sim->busy_until_ms)
			sim->busy_until_ms = until_ms;
		if (fault->verb <= VERB_NO_RESTART)
			befall_server(sim, fault, until_ms);
		else if (fault->verb <= VERB_WARN || fault->verb == VERB_STALE)
			befall_check(sim, fault, until_ms);
		else if (fault->verb <= VERB_LED_DIES)
			befall_helper(sim, fault, until_ms);
		else if (fault->verb <= VERB_GARBLE)
			befall_wire(sim, fault, until_ms);
		else
			befall_board(sim, fault, until_ms);
		sim->faults++;
	}
	if (sim->world.checker.hung && sim->world.now_ms >= sim->checker_hung_until_ms)
		sim->world.checker.hung = false;
	if (sim->world.now_ms < sim->checker_falls_until_ms && !sim->is_bare) {
		if (!sim->world.checker.alive && sim->world.now_ms >= sim->world.checker.start_at_ms)
			world_checker_starts(&sim->world);
		world_checker_dies(&sim->world);
	}
}

int64_t happen_next_ms(const struct sim *sim)
{
	int64_t next_ms = FOREVER_MS;

	if (sim->next_fault < sim->schedule->count)
		next_ms = sim->schedule->faults[sim->next_fault].at_ms;
	if (sim->world.checker.hung && sim->checker_hung_until_ms < next_ms)
		next_ms = sim->checker_hung_until_ms;
	/* The ends of windows, so that what follows from them follows then. */
	if (sim->busy_until_ms > sim->world.now_ms && sim->busy_until_ms < next_ms)
		next_ms = sim->busy_until_ms;
	return next_ms;
}
