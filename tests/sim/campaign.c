/* SPDX-License-Identifier: MIT
 *
 * Many boards by chance: every promise at every step, and the figures.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t seed_of(uint64_t seed, uint64_t board)
{
	uint64_t x = (seed + 1) * 0x9E3779B97F4A7C15U + board;

	x = (x ^ x >> 31) * 0x94D049BB133111EBU;
	return x ^ x >> 29;
}

static void print_figures(const struct figures *figures, double took_s)
{
	double years = (double)figures->played_ms / (365.25 * DAY_MS);
	double played_ms = (double)figures->played_ms;

	printf("# %.1f board-years, %llu boards, %llu faults, %llu steps, %.1f s\n", years,
	        (unsigned long long)figures->boards, (unsigned long long)figures->faults,
	        (unsigned long long)figures->steps, took_s);
	printf("# %llu restarts, %llu reboots, %llu resets, %llu holds, %llu visits by a person\n",
	        (unsigned long long)figures->restarts, (unsigned long long)figures->reboots,
	        (unsigned long long)figures->resets, (unsigned long long)figures->holds,
	        (unsigned long long)figures->visits);
	printf("# availability %.3f %%, without feeddog %.3f %%\n", 100 * (double)figures->up_ms / played_ms,
	        100 * (double)figures->bare_up_ms / played_ms);
	printf("# longest unprotected: %.1f s fed after the last good verdict, which is %.1f %% of that board's BOUND\n",
	        (double)figures->unprotected_ms / 1000, (double)figures->nearest_permille / 10);
}

static void tell_failure(
        struct scenario *scenario, const struct flat *flat, const char *promise, uint64_t seed, uint64_t board)
{
	printf("# board %llu: %s\n# again by: sim --seed %llu --board %llu --days %lld\n# the shortest schedule that still breaks it:\n",
	        (unsigned long long)board, promise, (unsigned long long)seed, (unsigned long long)board,
	        (long long)(scenario->schedule.end_ms / DAY_MS));
	shrink(scenario, flat);
	scenario_write(stdout, flat, scenario);
	(void)fflush(stdout);
}

static void play_bare(const struct scenario *scenario, const struct flat *flat, struct figures *figures)
{
	struct sim *sim = malloc(sizeof(*sim));

	if (sim && sim_open(sim, flat, &scenario->schedule, SABOTAGE_NONE)) {
		sim->seed = scenario->seed;
		figures->bare_up_ms += bare_play(sim);
		sim_close(sim);
	}
	free(sim);
}

/* Writes one as a scenario file, and plays it. */
bool campaign_write(uint64_t seed, uint64_t board, int64_t end_ms)
{
	static struct scenario scenario;
	struct flat *flat = generate(seed_of(seed, board), end_ms, &scenario);

	if (flat)
		scenario_write(stdout, flat, &scenario);
	free(flat);
	return flat != NULL;
}

bool campaign_board(uint64_t seed, uint64_t board, int64_t end_ms, struct figures *figures)
{
	static struct scenario scenario;
	struct flat *flat = generate(seed_of(seed, board), end_ms, &scenario);
	char promise[256];
	bool kept;

	if (!flat)
		return false;
	kept = scenario_play(&scenario, flat, figures, NULL, promise);
	if (kept && figures)
		play_bare(&scenario, flat, figures);
	if (!kept)
		tell_failure(&scenario, flat, promise, seed, board);
	free(flat);
	return kept;
}

bool campaign(uint64_t seed, uint64_t boards, int64_t end_ms, unsigned number)
{
	struct figures figures = {0};
	double begun_s = seconds();
	uint64_t failed = 0;

	for (uint64_t i = 0; i < boards && failed < 3; i++)
		failed += !campaign_board(seed, i, end_ms, &figures);
	print_figures(&figures, seconds() - begun_s);
	printf("%s %u - campaign (P1 P2 P3 P4 P5 P6 P7 P12 P13 P14): %.1f board-years, seed %llu: 0 false and 0 late "
	       "resets\n",
	        failed > 0 ? "not ok" : "ok", number, (double)figures.played_ms / (365.25 * DAY_MS),
	        (unsigned long long)seed);
	return failed == 0;
}
