/* SPDX-License-Identifier: MIT
 *
 * Walks every plan breadth first through all that can happen, watches the promises on every edge and where the same news
 * for ever leads from every state, and says in one line each how much it saw. Speaks TAP. A broken promise comes with the
 * shortest way there.
 *
 *   walk [--long] [NAME]...
 */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct walk {
	struct model model;
	struct states states;
	uint64_t edges;
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_way(const struct walk *walk, uint32_t state)
{
	struct world world;

	if (walk->states.parents[state] != NO_STATE) {
		print_way(walk, walk->states.parents[state]);
		printf("#   ");
		happening_print(walk->states.happenings[state]);
	} else {
		printf("#   begin");
	}
	unpack(&walk->model, states_at(&walk->states, state), &world);
	printf(" -> %s, lease %lld s", board_state_name((enum board_state)world.ladder.state),
	        (long long)(world.ladder.feed_until_ms - world.now_ms) / UNIT_MS);
	for (uint16_t i = 0; i < walk->model.rules.service_count; i++)
		printf(", %s", health_name((enum health)world.services[i].health));
	printf("\n");
}

/* All edges out of one state. NULL, or what was broken by which happening. */
static const char *expand(struct walk *walk, uint32_t state, unsigned *happening)
{
	const struct model *model = &walk->model;
	struct world before, world;
	uint8_t bytes[PACKED_SIZE];
	bool late;

	unpack(model, states_at(&walk->states, state), &before);
	for (*happening = 0; *happening < HAPPEN_COUNT; ++*happening) {
		const char *broken;

		if (!happening_can(model, &before, *happening))
			continue;
		world = before;
		broken = happening_play(model, &world, *happening, &late);
		walk->edges++;
		if (broken)
			return broken;
		pack(model, &world, bytes);
		if (!states_add(&walk->states, bytes, state, *happening))
			return "out of memory";
	}
	return NULL;
}

static bool is_enough(const struct walk *walk)
{
	uint32_t most = walk->model.plan->states_most;

	return most > 0 && walk->states.count >= most;
}

static const char *walk_all(struct walk *walk)
{
	struct world world;
	uint8_t bytes[PACKED_SIZE];
	const char *broken = NULL;
	uint32_t at = 0;
	unsigned happening = 0;

	world_begin(&walk->model, &world);
	pack(&walk->model, &world, bytes);
	if (!states_begin(&walk->states, packed_size(&walk->model)) || !states_add(&walk->states, bytes, NO_STATE, 0))
		return "out of memory";
	while (at < walk->states.count && !broken && !is_enough(walk))
		broken = expand(walk, at++, &happening);
	if (broken) {
		print_way(walk, at - 1);
		printf("#   ");
		happening_print(happening);
		printf(" -> broken\n");
		return broken;
	}
	if (is_enough(walk))
		return NULL;
	broken = liveness_check(&walk->model, &walk->states, &at);
	if (broken && at < walk->states.count)
		print_way(walk, at);
	return broken;
}

static bool walk_plan(const struct plan *plan, unsigned number)
{
	struct walk walk = {0};
	double begun_s = seconds();
	const char *broken;

	model_make(&walk.model, plan);
	broken = rules_are_sound(&walk.model.rules) ? walk_all(&walk)
	                                            : "the rules are what feeddog compile lets through";
	if (!broken && (walk.states.count < plan->states_least || walk.edges < plan->edges_least))
		broken = "it saw fewer than it must";
	printf("%s %u - %s: %u states, %llu edges, %.1f s%s%s%s\n", broken ? "not ok" : "ok", number, plan->name,
	        walk.states.count, (unsigned long long)walk.edges, seconds() - begun_s,
	        plan->states_most > 0 ? ", cut off" : "", broken ? ": " : "", broken ? broken : "");
	fflush(stdout);
	states_end(&walk.states);
	return !broken;
}

enum { STATES_SLOWLY = 200000 };

/* With sanitizers all takes ten times as long: then the small boards are enough, as it is the same core. */
static bool is_slow(void)
{
	const char *flavour = getenv("FEEDDOG_FLAVOUR");

	return flavour && strcmp(flavour, "rel") != 0;
}

static bool is_asked(const struct plan *plan, int argc, char **argv)
{
	bool is_long = argc > 1 && strcmp(argv[1], "--long") == 0;

	for (int i = 1 + is_long; i < argc; i++)
		if (strcmp(argv[i], plan->name) == 0)
			return true;
	if (argc > 1 + is_long)
		return false;
	return is_long || (!plan->is_long && !(is_slow() && plan->states_least > STATES_SLOWLY));
}

int main(int argc, char **argv)
{
	unsigned passed = 0, count = 0;

	for (size_t i = 0; i < plan_count; i++)
		if (is_asked(&plans[i], argc, argv))
			passed += walk_plan(&plans[i], ++count);
	printf("1..%u\n%u passed, %u failed\n", count, passed, count - passed);
	return count > 0 && passed == count ? 0 : 1;
}
