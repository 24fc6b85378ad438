/* SPDX-License-Identifier: MIT
 *
 * feeddog simulate: plays faults against a configuration in virtual time and prints what feeddogd would do and when. The
 * policy is the daemon's own; only the world is made up: probes fail while a fault lasts, after their whole timeout, which
 * is the worst case (but a watched process dies at once); restarts do not mend it; a reboot works, and takes BOOT_MS.
 * Times are seconds since the first start.
 */
#include "command.h"

#include "../config/compile.h"
#include "../config/duration.h"
#include "../core/board.h"
#include "../os/log_event.h"

#include <stdlib.h>
#include <string.h>

enum { BOOT_MS = 20000 };

struct fault {
	uint16_t service;
	uint16_t check; /* NO_INDEX: all of the service's */
	int64_t start_ms, end_ms;
};

struct world {
	const struct flat *flat;
	struct rules rules;
	struct board board;
	struct fault faults[FAULTS_LAST];
	int fault_count;
	int64_t now_ms;
	int64_t *due_ms;     /* of each check: its next probe starts, or its result comes */
	int64_t *started_ms; /* of each check: its running probe, NEVER_MS */
	uint16_t unsettled;
	int64_t reset_ms; /* the board goes down then, FOREVER_MS */
	bool no_reboot;   /* the reboot command does nothing */
};

static bool is_broken(const struct world *world, uint16_t check, int64_t at_ms)
{
	for (int i = 0; i < world->fault_count; i++) {
		const struct fault *fault = &world->faults[i];
		bool named = fault->check == NO_INDEX ? world->rules.checks[check].service == fault->service
		                                      : fault->check == check;

		if (named && at_ms >= fault->start_ms && at_ms < fault->end_ms)
			return true;
	}
	return false;
}

static void begin_boot(struct world *world)
{
	board_begin(&world->rules, &world->board, world->unsettled, world->now_ms);
	world->reset_ms = FOREVER_MS;
	for (uint16_t i = 0; i < world->rules.check_count; i++) {
		world->due_ms[i] = world->now_ms;
		world->started_ms[i] = NEVER_MS;
	}
}

static void print_at(int64_t at_ms, const char *text)
{
	(void)printf("%9lld.%03d  %s\n", (long long)(at_ms / 1000), (int)(at_ms % 1000), text);
}

static void take_event(struct world *world, const struct event *event)
{
	char line[LOG_LINE_SIZE];

	(void)log_event_text(event, flat_service_name(world->flat, event->service),
	        flat_check_name(world->flat, event->check), line, sizeof(line));
	print_at(event->at_ms, line);
	if (event->kind == EVENT_REBOOT && !world->no_reboot)
		world->reset_ms = world->now_ms;
	if (event->kind == EVENT_LETGO)
		world->reset_ms = world->now_ms + world->flat->watchdog.timeout_ms;
	world->unsettled = world->board.ladder->unsettled;
}

/* A probe starts, or its result comes. */
static void turn_probe(struct world *world, uint16_t check)
{
	const struct check_rule *rule = &world->rules.checks[check];
	int64_t started_ms = world->started_ms[check];
	bool is_process = flat_checks(world->flat)[check].kind == KIND_PROCESS;
	struct result result = {.check = check, .started_ms = started_ms};

	if (started_ms == NEVER_MS) {
		world->started_ms[check] = world->now_ms;
		if (is_broken(world, check, world->now_ms) && !is_process) {
			world->due_ms[check] = world->now_ms + rule->timeout_ms;
			return;
		}
		started_ms = world->now_ms;
		result.started_ms = started_ms;
	}
	result.took_ms = (uint32_t)(world->now_ms - started_ms);
	result.outcome = is_broken(world, check, started_ms) ? OUTCOME_BAD : OUTCOME_GOOD;
	result.cause = result.outcome == OUTCOME_GOOD ? CAUSE_OK : is_process ? CAUSE_EXITED : CAUSE_TIMEOUT;
	result.conclusive = result.outcome == OUTCOME_BAD && is_process;
	(void)board_result(&world->rules, &world->board, &result, world->now_ms);
	world->started_ms[check] = NEVER_MS;
	world->due_ms[check] = started_ms + rule->interval_ms;
}

static int64_t next_ms(const struct world *world)
{
	int64_t next = board_deadline_ms(&world->rules, &world->board);

	for (uint16_t i = 0; i < world->rules.check_count; i++)
		if (world->due_ms[i] < next)
			next = world->due_ms[i];
	if (world->reset_ms < next)
		next = world->reset_ms;
	/* What is due already is due now. */
	return next > world->now_ms ? next : world->now_ms + 1;
}

static void turn(struct world *world)
{
	struct events events;

	for (uint16_t i = 0; i < world->rules.check_count; i++)
		if (world->now_ms >= world->due_ms[i])
			turn_probe(world, i);
	do {
		board_step(&world->rules, &world->board, world->now_ms, &events);
		for (uint16_t i = 0; i < events.count; i++)
			take_event(world, &events.list[i]);
	} while (events.more);
}

static void reset_board(struct world *world)
{
	print_at(world->now_ms,
	        world->board.ladder->state == BOARD_LETGO ? "-- the hardware resets the board"
	                                                  : "-- the board reboots");
	world->now_ms += BOOT_MS;
	print_at(world->now_ms, "-- the board is up again, feeddogd starts");
	begin_boot(world);
}

static void run(struct world *world, int64_t until_ms)
{
	begin_boot(world);
	while (world->now_ms < until_ms) {
		turn(world);
		if (world->now_ms >= world->reset_ms)
			reset_board(world);
		else
			world->now_ms = next_ms(world);
	}
	print_at(until_ms, board_state_name((enum board_state)world->board.ladder->state));
}

static bool parse_moment(const char *text, int64_t *ms)
{
	uint32_t parsed;

	if (duration_parse(text, &parsed) != DURATION_OK)
		return false;
	*ms = parsed;
	return true;
}

static uint16_t find_service(const struct flat *flat, const char *name)
{
	for (uint16_t i = 0; i < flat->service_count; i++)
		if (strcmp(flat_service_name(flat, i), name) == 0)
			return i;
	return NO_INDEX;
}

static uint16_t find_check(const struct flat *flat, uint16_t service, const char *name)
{
	struct rules rules = flat_rules(flat);

	for (uint16_t i = 0; i < rules.check_count; i++)
		if (rules.checks[i].service == service && strcmp(flat_check_name(flat, i), name) == 0)
			return i;
	return NO_INDEX;
}

/* SERVICE[:CHECK]@START[-END]. */
static bool parse_fault(const struct flat *flat, const char *text, struct fault *fault)
{
	char what[2 * NAME_SIZE + 64];
	char *at, *check, *end;

	if (snprintf(what, sizeof(what), "%s", text) >= (int)sizeof(what) || !(at = strchr(what, '@')))
		return false;
	*at++ = '\0';
	check = strchr(what, ':');
	if (check)
		*check++ = '\0';
	end = strchr(at, '-');
	if (end)
		*end++ = '\0';
	fault->service = find_service(flat, what);
	if (fault->service == NO_INDEX)
		return false;
	fault->check = check ? find_check(flat, fault->service, check) : NO_INDEX;
	fault->end_ms = FOREVER_MS;
	return (!check || fault->check != NO_INDEX) && parse_moment(at, &fault->start_ms) &&
	        (!end || (parse_moment(end, &fault->end_ms) && fault->end_ms > fault->start_ms));
}

static bool parse_faults(struct world *world, const struct invocation *invocation)
{
	world->fault_count = invocation->fault_count;
	for (int i = 0; i < invocation->fault_count; i++) {
		if (parse_fault(world->flat, invocation->faults[i], &world->faults[i]))
			continue;
		complain(
		        "--fault %s: no such fault (write SERVICE[:CHECK]@START[-END] with names of the configuration, as "
		        "%s@10s-2m)",
		        invocation->faults[i], flat_service_name(world->flat, 0));
		return false;
	}
	return true;
}

/* Until the last fault has had its whole effect, and what it left is settled. */
static int64_t horizon_ms(const struct world *world)
{
	int64_t last_ms = 0;

	for (int i = 0; i < world->fault_count; i++) {
		const struct fault *fault = &world->faults[i];
		int64_t ms = fault->end_ms == FOREVER_MS ? fault->start_ms : fault->end_ms;

		last_ms = ms > last_ms ? ms : last_ms;
	}
	return last_ms + rules_bound_ms(&world->flat->ladder) + BOOT_MS + world->flat->watchdog.timeout_ms +
	        world->flat->ladder.settle_ms;
}

static int simulate(struct world *world, const struct invocation *invocation)
{
	int64_t until_ms;

	if (!parse_faults(world, invocation))
		return EX_USAGE;
	until_ms = horizon_ms(world);
	if (invocation->values[OPTION_FOR] && !parse_moment(invocation->values[OPTION_FOR], &until_ms)) {
		complain("--for %s: not a duration (write 500ms, 5s, 2m, 1h or 1d)", invocation->values[OPTION_FOR]);
		return EX_USAGE;
	}
	run(world, until_ms);
	return fflush(stdout) == EOF ? EX_OSERR : EX_OK;
}

int command_simulate(const struct invocation *invocation)
{
	struct world world = {.flat = compile_file(invocation->config, stderr)};
	struct ladder ladder;
	int code = EX_OSERR;

	if (!world.flat)
		return EX_CONFIG;
	world.rules = flat_rules(world.flat);
	world.no_reboot = invocation->values[OPTION_NO_REBOOT] != NULL;
	world.board = (struct board){
	        .ladder = &ladder,
	        .services = calloc(world.rules.service_count, sizeof(struct service_state)),
	        .checks = calloc(world.rules.check_count, sizeof(struct check_state)),
	};
	world.due_ms = calloc(world.rules.check_count, sizeof(int64_t));
	world.started_ms = calloc(world.rules.check_count, sizeof(int64_t));
	if (world.board.services && world.board.checks && world.due_ms && world.started_ms)
		code = simulate(&world, invocation);
	else
		complain("not enough memory");
	free(world.started_ms);
	free(world.due_ms);
	free(world.board.checks);
	free(world.board.services);
	free((void *)(uintptr_t)world.flat);
	return code;
}
