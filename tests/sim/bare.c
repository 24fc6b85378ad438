/* SPDX-License-Identifier: MIT
 *
 * The same board and the same schedule without feeddog: what crashes stays so until somebody comes, as here after VISIT_MS.
 */
#include "sim.h"

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

int64_t bare_play(struct sim *sim)
{
	struct world *world = &sim->world;
	int64_t up_ms = 0;

	sim->is_bare = true;
	truth_boot(sim);
	while (world->now_ms < sim->schedule->end_ms) {
		int64_t from_ms = world->now_ms;
		int64_t next_ms;

		happen_turn(sim);
		if (sim->is_shutting_down || sim->is_cut) {
			sim->is_shutting_down = sim->is_cut = false;
			world->now_ms += BOOT_MS;
			truth_boot(sim);
			continue;
		}
		next_ms = earlier(truth_next_ms(sim), happen_next_ms(sim));
		next_ms = earlier(next_ms, sim->schedule->end_ms);
		if (sim->down_since_ms != FOREVER_MS)
			next_ms = earlier(next_ms, sim->down_since_ms + VISIT_MS);
		if (sim->ill_since_ms != FOREVER_MS)
			next_ms = earlier(next_ms, sim->ill_since_ms + ROUND_MS);
		world->now_ms = next_ms > from_ms ? next_ms : from_ms + 1;
		if (sim->down_since_ms == FOREVER_MS)
			up_ms += world->now_ms - from_ms;
	}
	return up_ms;
}
