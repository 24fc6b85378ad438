/* SPDX-License-Identifier: MIT
 *
 * The feeder's and the checker's turns without their system calls.
 */
#include "world.h"

#include "core/respawn.h"

#include <stdlib.h>

bool world_open(struct world *world, const struct world_hooks *hooks, struct rules rules, uint32_t feed_interval_ms)
{
	*world = (struct world){
	        .hooks = hooks,
	        .rules = rules,
	        .board = {.ladder = calloc(1, sizeof(struct ladder)),
	                .services = calloc(rules.service_count, sizeof(struct service_state)),
	                .checks = calloc(rules.check_count, sizeof(struct check_state))},
	        .probes = calloc(rules.check_count, sizeof(struct world_probe)),
	        .dog = {.interval_ms = feed_interval_ms, .fed_ms = NEVER_MS},
	};
	if (world->board.ladder && world->board.services && world->board.checks && world->probes)
		return true;
	world_close(world);
	return false;
}

void world_close(struct world *world)
{
	free(world->board.ladder);
	free(world->board.services);
	free(world->board.checks);
	free(world->probes);
	world->board = (struct board){NULL, NULL, NULL};
	world->probes = NULL;
}

void world_checker_starts(struct world *world)
{
	struct world_checker *checker = &world->checker;

	*checker = (struct world_checker){
	        .alive = true,
	        .started_ms = world->now_ms,
	        .delay_ms = checker->delay_ms,
	        .generation = checker->generation + 1,
	};
	world->from_checker =
	        (struct channel_state){.generation = checker->generation, .dropped = world->from_checker.dropped};
	for (uint16_t i = 0; i < world->rules.check_count; i++)
		world->probes[i] = (struct world_probe){.due_ms = world->now_ms};
	board_checker_replaced(&world->rules, &world->board, world->now_ms);
}

void world_boot(struct world *world, uint16_t unsettled)
{
	board_begin(&world->rules, &world->board, unsettled, world->now_ms);
	world->checker.delay_ms = 0;
	world->dog.next_ms = world->now_ms;
	/* Taking it counts as a feed. */
	world->dog.fed_ms = world->now_ms;
	world_checker_starts(world);
}

void world_checker_dies(struct world *world)
{
	struct world_checker *checker = &world->checker;

	if (!checker->alive)
		return;
	checker->alive = false;
	checker->delay_ms = respawn_delay_ms(checker->delay_ms, world->now_ms - checker->started_ms);
	checker->start_at_ms = world->now_ms + checker->delay_ms;
}

bool world_receive(struct world *world, const void *record, size_t size)
{
	struct result result;

	if (!record_take_result(&world->from_checker, record, size, world->rules.check_count, world->now_ms, &result))
		return false;
	return board_result(&world->rules, &world->board, &result, world->now_ms);
}

static void send(struct world *world, struct result *result)
{
	result->generation = world->checker.generation;
	result->sequence = ++world->checker.sequence;
	if (world->hooks->send)
		world->hooks->send(world, result);
	else
		(void)world_receive(world, result, sizeof(*result));
}

void world_notice(struct world *world, uint16_t check)
{
	struct result result = {.check = check, .started_ms = world->now_ms};

	if (!world->checker.alive || world->checker.hung)
		return;
	world->hooks->probe(world, check, &result);
	result.took_ms = 0;
	send(world, &result);
}

/* As the checker does it: after a bad result soon, until there were `retries` in a row. */
static uint32_t next_in_ms(const struct check_rule *rule, struct world_probe *probe)
{
	if (probe->result.outcome == OUTCOME_GOOD || probe->result.outcome == OUTCOME_WARNING)
		probe->bad_count = 0;
	if (probe->result.outcome != OUTCOME_BAD || probe->bad_count >= rule->retries)
		return rule->interval_ms;
	probe->bad_count = probe->result.conclusive ? rule->retries : (uint16_t)(probe->bad_count + 1);
	return probe->bad_count < rule->retries ? check_retry_ms(rule) : rule->interval_ms;
}

static void turn_probe(struct world *world, uint16_t check)
{
	struct world_probe *probe = &world->probes[check];
	int64_t next_ms;

	if (!probe->running && world->now_ms >= probe->due_ms) {
		probe->result = (struct result){.check = check, .started_ms = world->now_ms};
		world->hooks->probe(world, check, &probe->result);
		probe->due_ms = world->now_ms + probe->result.took_ms;
		probe->running = true;
	}
	if (!probe->running || world->now_ms < probe->due_ms)
		return;
	probe->running = false;
	next_ms = probe->result.started_ms + next_in_ms(&world->rules.checks[check], probe);
	probe->due_ms = next_ms > world->now_ms ? next_ms : world->now_ms + 1;
	send(world, &probe->result);
}

static void step(struct world *world)
{
	struct events events;

	do {
		board_step(&world->rules, &world->board, world->now_ms, &events);
		world->steps++;
		if (events.late) {
			/* It may be stopped: it is killed, and its end makes room for the next. */
			world_checker_dies(world);
			board_checker_replaced(&world->rules, &world->board, world->now_ms);
		}
		for (uint16_t i = 0; i < events.count; i++)
			world->hooks->tell(world, &events.list[i]);
	} while (events.more);
}

void world_turn(struct world *world)
{
	if (!world->checker.alive && world->now_ms >= world->checker.start_at_ms)
		world_checker_starts(world);
	if (world->checker.alive && !world->checker.hung)
		for (uint16_t i = 0; i < world->rules.check_count; i++)
			turn_probe(world, i);
	step(world);
}

int64_t world_next_ms(const struct world *world)
{
	int64_t next_ms = board_deadline_ms(&world->rules, &world->board);

	if (!world->checker.alive && world->checker.start_at_ms < next_ms)
		next_ms = world->checker.start_at_ms;
	if (world->checker.alive && !world->checker.hung)
		for (uint16_t i = 0; i < world->rules.check_count; i++)
			if (world->probes[i].due_ms < next_ms)
				next_ms = world->probes[i].due_ms;
	return next_ms > world->now_ms ? next_ms : world->now_ms + 1;
}

void world_pass(struct world *world, int64_t to_ms)
{
	struct world_dog *dog = &world->dog;
	int64_t last_ms = to_ms;
	int64_t more;

	/* Now, where a feed is due now, and then every interval for as long as the lease lasts. */
	if (dog->next_ms < world->now_ms)
		dog->next_ms = world->now_ms;
	if (world->board.ladder->feed_until_ms <= last_ms)
		last_ms = world->board.ladder->feed_until_ms - 1;
	if (dog->next_ms <= last_ms && board_may_feed(&world->board, dog->next_ms)) {
		more = (last_ms - dog->next_ms) / dog->interval_ms;
		dog->feeds += (uint64_t)more + 1;
		dog->fed_ms = dog->next_ms + more * dog->interval_ms;
		dog->next_ms = dog->fed_ms + dog->interval_ms;
	}
	world->now_ms = to_ms;
}
