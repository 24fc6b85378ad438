/* SPDX-License-Identifier: MIT
 *
 * Quiet spans. Where all is well and nothing is due but probes that find it so, a day is like a minute: only the last news
 * before something happens makes a difference. So the time between is not played, and the board is left with
 * that news. Scenarios play every step.
 */
#include "sim.h"

static bool is_policy_quiet(const struct sim *sim)
{
	const struct world *world = &sim->world;
	const struct ladder *ladder = world->board.ladder;

	if (ladder->state != BOARD_WELL || ladder->unsettled > 0 || ladder->unexplained > 0)
		return false;
	for (uint16_t i = 0; i < world->rules.check_count; i++)
		if (!check_is_clean(&world->board.checks[i]) || world->probes[i].running)
			return false;
	for (uint16_t i = 0; i < world->rules.service_count; i++)
		if (world->board.services[i].health != HEALTH_UP || world->board.services[i].attempts > 0 ||
		        world->board.services[i].follows)
			return false;
	return true;
}

static bool is_quiet(const struct sim *sim)
{
	const struct actor_play *actor = &sim->actor;

	return sim->world.now_ms >= sim->busy_until_ms && sim->wire.count == 0 && !sim->wire.is_holding &&
	        sim->world.checker.alive && !sim->world.checker.hung && actor->alive && actor->queued == 0 &&
	        actor->keeper.write_at_ms == FOREVER_MS && sim->down_at_ms == FOREVER_MS && is_policy_quiet(sim) &&
	        truth_is_quiet(sim) && watch_is_fine(sim, false);
}

/* The last probes before to_ms, and the one that runs then. */
static void probe_to(struct sim *sim, uint16_t check, int64_t to_ms)
{
	struct world *world = &sim->world;
	struct world_probe *probe = &world->probes[check];
	uint32_t interval_ms = world->rules.checks[check].interval_ms;
	int64_t from_ms = world->now_ms;
	int64_t rounds = (to_ms - probe->due_ms) / interval_ms;

	if (rounds > 1)
		probe->due_ms += (rounds - 1) * interval_ms;
	while (probe->due_ms <= to_ms) {
		int64_t started_ms = probe->due_ms;

		world->now_ms = started_ms;
		probe->result = (struct result){.check = check, .started_ms = started_ms};
		world->hooks->probe(world, check, &probe->result);
		probe->due_ms += probe->result.took_ms;
		probe->running = probe->due_ms > to_ms;
		if (probe->running)
			break;
		world->now_ms = to_ms;
		probe->result.generation = world->checker.generation;
		probe->result.sequence = ++world->checker.sequence;
		wire_send(world, &probe->result);
		probe->due_ms = started_ms + interval_ms;
	}
	world->now_ms = from_ms;
}

void skip_quiet(struct sim *sim, int64_t until_ms)
{
	struct world *world = &sim->world;
	struct world_dog *dog = &world->dog;
	int64_t longest_ms = 0, from_ms = world->now_ms;
	int64_t feeds;

	for (uint16_t i = 0; i < world->rules.check_count; i++)
		if (world->rules.checks[i].interval_ms > longest_ms)
			longest_ms = world->rules.checks[i].interval_ms;
	until_ms -= 4 * longest_ms;
	if (until_ms < from_ms + 8 * longest_ms || !is_quiet(sim))
		return;
	for (uint16_t i = 0; i < world->rules.check_count; i++)
		probe_to(sim, i, until_ms);
	world->now_ms = until_ms;
	feeds = (until_ms - dog->next_ms) / dog->interval_ms;
	dog->feeds += (uint64_t)feeds;
	dog->fed_ms = dog->next_ms + (feeds - 1) * dog->interval_ms;
	dog->next_ms = dog->fed_ms + dog->interval_ms;
	world_turn(world);
	watch_step(sim);
	watch_pass(sim, from_ms);
}
