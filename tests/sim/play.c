/* SPDX-License-Identifier: MIT
 *
 * A board's life: turn after turn, end after end.
 */
#include "sim.h"

#include "os/log_event.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void broken(struct sim *sim, const char *format, ...)
{
	va_list arguments;
	size_t length;

	if (sim->broken[0] != '\0')
		return;
	va_start(arguments, format);
	(void)vsnprintf(sim->broken, sizeof(sim->broken), format, arguments);
	va_end(arguments);
	length = strlen(sim->broken);
	(void)snprintf(sim->broken + length, sizeof(sim->broken) - length, " (at %lld.%03d)",
	        (long long)(sim->world.now_ms / 1000), (int)(sim->world.now_ms % 1000));
}

uint64_t chance(const struct sim *sim, uint64_t place, uint64_t below)
{
	uint64_t x = sim->seed + place * 0x9E3779B97F4A7C15U + (uint64_t)sim->world.now_ms * 0xD1B54A32D192ED03U;

	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
	x = (x ^ x >> 27) * 0x94D049BB133111EBU;
	return (x ^ x >> 31) % below;
}

void sim_trace(struct sim *sim, const char *words)
{
	int64_t now_ms = sim->world.now_ms;

	if (sim->trace)
		(void)fprintf(sim->trace, "%lld.%03d %s\n", (long long)(now_ms / 1000), (int)(now_ms % 1000), words);
}

static void trace_event(struct sim *sim, const struct event *event)
{
	char words[128];
	const char *service = flat_service_name(sim->flat, event->service);
	const char *space = *service ? " " : "";

	switch (event->kind) {
	case EVENT_CHECK_FAILED:
	case EVENT_CHECK_PASSED:
	case EVENT_WARNING:
		(void)snprintf(words, sizeof(words), "%s %s:%s", event_name((enum event_kind)event->kind), service,
		        flat_check_name(sim->flat, event->check));
		break;
	case EVENT_STATE:
		(void)snprintf(words, sizeof(words), "%s", board_state_name((enum board_state)event->state));
		break;
	case EVENT_RESTART:
		(void)snprintf(words, sizeof(words), "restart %s %lld", service, (long long)event->value);
		break;
	case EVENT_REBOOT:
	case EVENT_LETGO:
	case EVENT_HOLD:
		(void)snprintf(words, sizeof(words), "%s! %lld%s%s", event_name((enum event_kind)event->kind),
		        (long long)event->value, space, service);
		break;
	default:
		(void)snprintf(
		        words, sizeof(words), "%s%s%s", event_name((enum event_kind)event->kind), space, service);
		break;
	}
	sim_trace(sim, words);
}

static void tell(struct world *world, const struct event *event)
{
	struct sim *sim = (struct sim *)world;
	struct event told = *event;

	/* As the feeder does. */
	if (event->kind == EVENT_PROVEN)
		told.value = (int64_t)sim->flat->fingerprint;
	if (sim->trace)
		trace_event(sim, event);
	sim->said =
	        (sim->said ^ (uint64_t)event->at_ms ^ (uint64_t)event->kind << 48 ^ (uint64_t)event->service << 56) *
	        0x100000001B3U;
	watch_event(sim, event);
	actor_hear(sim, &told);
}

static void boot(struct sim *sim)
{
	sim->boots++;
	sim->down_at_ms = FOREVER_MS;
	sim->is_shutting_down = sim->is_cut = false;
	sim->frozen_until_ms = sim->checker_hung_until_ms = NEVER_MS;
	sim->wire.count = 0;
	sim->wire.is_holding = false;
	truth_boot(sim);
	actor_boot(sim);
}

/* What ends a boot now, if anything. */
static enum board_end find_end(const struct sim *sim)
{
	int64_t now_ms = sim->world.now_ms;
	int64_t fed_ms = sim->world.dog.fed_ms;

	if (sim->is_cut)
		return BOARD_POWER_CUT;
	if (sim->is_shutting_down)
		return BOARD_SHUT_DOWN;
	if (now_ms >= sim->down_at_ms)
		return BOARD_REBOOTS;
	if (now_ms >= fed_ms + sim->flat->watchdog.timeout_ms)
		return BOARD_IS_RESET;
	return BOARD_RUNS;
}

static void end_boot(struct sim *sim, enum board_end end)
{
	static const char *const words[] = {
	        "", "-- reboots", "-- is reset", "-- loses power", "-- is rebooted by a person"};

	sim_trace(sim, words[end]);
	if (end == BOARD_SHUT_DOWN)
		actor_turn_play(sim);
	actor_dies(sim, end == BOARD_SHUT_DOWN || end == BOARD_REBOOTS);
	watch_end(sim, end);
	sim->world.now_ms += BOOT_MS;
	boot(sim);
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

static int64_t next_ms(const struct sim *sim)
{
	const struct world *world = &sim->world;
	int64_t next = world_next_ms(world);

	next = earlier(next, happen_next_ms(sim));
	next = earlier(next, truth_next_ms(sim));
	next = earlier(next, wire_next_ms(sim));
	next = earlier(next, actor_next_ms(sim));
	next = earlier(next, sim->down_at_ms);
	if (!board_may_feed(&world->board, world->now_ms))
		next = earlier(next, world->dog.fed_ms + sim->flat->watchdog.timeout_ms);
	if (sim->lag_ms > 0)
		next += (int64_t)chance(sim, 9, (uint64_t)sim->lag_ms + 1);
	next = earlier(next, sim->schedule->end_ms);
	return next > world->now_ms ? next : world->now_ms + 1;
}

/* Nothing runs, and nothing is fed; what is due comes late. */
static void pass_frozen(struct sim *sim)
{
	struct world *world = &sim->world;
	int64_t from_ms = world->now_ms;

	world->now_ms = earlier(sim->frozen_until_ms, world->dog.fed_ms + sim->flat->watchdog.timeout_ms);
	sim->missed_ms += world->now_ms - from_ms;
	sim->watch->stalled_ms += world->now_ms - from_ms;
	watch_pass(sim, from_ms);
}

static void turn(struct sim *sim)
{
	happen_turn(sim);
	truth_turn(sim);
	wire_turn(sim);
	/* Who is told to stop decides nothing more. */
	if (!sim->is_shutting_down)
		world_turn(&sim->world);
	actor_turn_play(sim);
	watch_step(sim);
}

bool sim_play(struct sim *sim)
{
	struct world *world = &sim->world;

	boot(sim);
	while (world->now_ms < sim->schedule->end_ms && sim->broken[0] == '\0') {
		enum board_end end = find_end(sim);
		int64_t from_ms;

		if (end == BOARD_RUNS) {
			turn(sim);
			end = find_end(sim);
		}
		if (end != BOARD_RUNS) {
			end_boot(sim, end);
			continue;
		}
		if (!sim->is_slow)
			skip_quiet(sim, earlier(happen_next_ms(sim), sim->schedule->end_ms));
		if (sim->frozen_until_ms > world->now_ms) {
			pass_frozen(sim);
			continue;
		}
		from_ms = world->now_ms;
		world_pass(world, next_ms(sim));
		watch_pass(sim, from_ms);
	}
	if (sim->figures) {
		sim->figures->boards++;
		sim->figures->played_ms += world->now_ms;
		sim->figures->steps += world->steps;
		sim->figures->faults += sim->faults;
		sim->figures->visits += sim->visits;
	}
	return sim->broken[0] == '\0';
}

/* As often as feeddogd would feed this dog. */
static uint32_t feed_interval_ms(const struct flat *flat)
{
	return flat->watchdog.timeout_ms < 4000 ? flat->watchdog.timeout_ms / 4 : 1000;
}

bool sim_open(struct sim *sim, const struct flat *flat, const struct schedule *schedule, enum sabotage sabotage)
{
	static const struct world_hooks hooks = {.probe = truth_probe, .tell = tell, .send = wire_send};
	struct rules rules = flat_rules(flat);

	*sim = (struct sim){
	        .rules = rules,
	        .flat = flat,
	        .schedule = schedule,
	        .disk = {.fails_until_ms = NEVER_MS},
	        .busy_until_ms = NEVER_MS,
	        .down_since_ms = FOREVER_MS,
	        .ill_since_ms = FOREVER_MS,
	        .checker_falls_until_ms = NEVER_MS,
	        .no_reboot_until_ms = NEVER_MS,
	};
	if (rules.service_count > SERVERS_LAST || rules.check_count > SICK_LAST ||
	        !world_open(&sim->world, &hooks, sabotage_rules(sim, sabotage), feed_interval_ms(flat)))
		return false;
	for (uint16_t i = 0; i < rules.service_count; i++)
		sim->servers[i].start_ms = FIRST_START_MS;
	sim->watch = watch_open(sim);
	return sim->watch != NULL;
}

void sim_close(struct sim *sim)
{
	actor_dies(sim, false);
	watch_close(sim->watch);
	world_close(&sim->world);
}
