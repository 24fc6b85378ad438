/* SPDX-License-Identifier: MIT
 *
 * feeddog simulate: plays faults against a configuration in virtual time and prints what feeddogd would do and when. The
 * policy is the daemon's own; only the world is made up: probes fail while a fault lasts, after their whole timeout, which
 * is the worst case (but a watched process dies at once); restarts do not mend it; a reboot works, and takes BOOT_MS.
 * Times are seconds since the first start.
 */
#include "command.h"
#include "simulator/world.h"

#include "compiler/compile.h"
#include "compiler/duration.h"
#include "os/log_event.h"

#include <stdlib.h>
#include <string.h>

enum { BOOT_MS = 20000, FEED_INTERVAL_MS = 1000 };

struct fault {
	uint16_t service;
	uint16_t check; /* NO_INDEX: all of the service's */
	int64_t start_ms, end_ms;
};

/* The world is its first member, so that its hooks find the rest. */
struct simulation {
	struct world world;
	const struct flat *flat;
	struct fault faults[FAULTS_LAST];
	int fault_count;
	int64_t reset_ms; /* the board goes down then, FOREVER_MS */
	bool no_reboot;   /* the reboot command does nothing */
	bool proven;      /* the ledger knows that the services were well */
};

static bool is_broken(const struct simulation *simulation, uint16_t check, int64_t at_ms)
{
	for (int i = 0; i < simulation->fault_count; i++) {
		const struct fault *fault = &simulation->faults[i];
		bool named = fault->check == NO_INDEX ? simulation->world.rules.checks[check].service == fault->service
		                                      : fault->check == check;

		if (named && at_ms >= fault->start_ms && at_ms < fault->end_ms)
			return true;
	}
	return false;
}

static void print_at(int64_t at_ms, const char *text)
{
	(void)printf("%9lld.%03d  %s\n", (long long)(at_ms / 1000), (int)(at_ms % 1000), text);
}

static void tell(struct world *world, const struct event *event)
{
	struct simulation *simulation = (struct simulation *)world;
	char line[LOG_LINE_SIZE];

	(void)log_event_text(event, flat_service_name(simulation->flat, event->service),
	        flat_check_name(simulation->flat, event->check), line, sizeof(line));
	print_at(event->at_ms, line);
	simulation->proven = simulation->proven || event->kind == EVENT_PROVEN;
	if (event->kind == EVENT_REBOOT && !simulation->no_reboot)
		simulation->reset_ms = world->now_ms;
	if (event->kind == EVENT_LETGO)
		simulation->reset_ms = world->now_ms + simulation->flat->watchdog.timeout_ms;
}

static void probe(struct world *world, uint16_t check, struct result *result)
{
	const struct simulation *simulation = (struct simulation *)world;
	bool is_process = flat_checks(simulation->flat)[check].kind == KIND_PROCESS;

	result->outcome = OUTCOME_GOOD;
	result->cause = CAUSE_OK;
	if (!is_broken(simulation, check, world->now_ms))
		return;
	result->outcome = OUTCOME_BAD;
	result->cause = is_process ? CAUSE_EXITED : CAUSE_TIMEOUT;
	result->conclusive = is_process;
	result->took_ms = is_process ? 0 : world->rules.checks[check].timeout_ms;
}

static void boot(struct simulation *simulation, uint16_t unsettled)
{
	world_boot(&simulation->world, unsettled);
	if (!simulation->proven)
		board_unproven(&simulation->world.board);
}

/* False where the simulation ends before the board is up again. */
static bool reset_board(struct simulation *simulation, int64_t until_ms)
{
	struct world *world = &simulation->world;

	print_at(world->now_ms,
	        world->board.ladder->state == BOARD_LETGO ? "-- the hardware resets the board"
	                                                  : "-- the board reboots");
	world->now_ms += BOOT_MS;
	if (world->now_ms >= until_ms)
		return false;
	print_at(world->now_ms, "-- the board is up again, feeddogd starts");
	simulation->reset_ms = FOREVER_MS;
	boot(simulation, world->board.ladder->unsettled);
	return true;
}

/* `why`: why it ends at until_ms. */
static void run(struct simulation *simulation, int64_t until_ms, const char *why)
{
	struct world *world = &simulation->world;
	bool is_up = true;
	int64_t next_ms;

	boot(simulation, 0);
	while (world->now_ms < until_ms) {
		world_turn(world);
		if (world->now_ms >= simulation->reset_ms) {
			is_up = reset_board(simulation, until_ms);
			continue;
		}
		next_ms = world_next_ms(world);
		world_pass(world, next_ms < simulation->reset_ms ? next_ms : simulation->reset_ms);
	}
	print_at(until_ms, why);
	print_at(until_ms, is_up ? board_state_name((enum board_state)world->board.ladder->state) : "booting");
}

static bool parse_moment(const char *text, int64_t *ms)
{
	uint32_t parsed;

	if (duration_parse(text, &parsed) != DURATION_OK)
		return false;
	*ms = parsed;
	return true;
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
	fault->service = flat_find_service(flat, what);
	if (fault->service == NO_INDEX)
		return false;
	fault->check = check ? flat_find_check(flat, fault->service, check) : NO_INDEX;
	fault->end_ms = FOREVER_MS;
	return (!check || fault->check != NO_INDEX) && parse_moment(at, &fault->start_ms) &&
	        (!end || (parse_moment(end, &fault->end_ms) && fault->end_ms > fault->start_ms));
}

static bool parse_faults(struct simulation *simulation, const struct invocation *invocation)
{
	simulation->fault_count = invocation->fault_count;
	for (int i = 0; i < invocation->fault_count; i++) {
		if (parse_fault(simulation->flat, invocation->faults[i], &simulation->faults[i]))
			continue;
		complain(
		        "--fault %s: no such fault (write SERVICE[:CHECK]@START[-END] with names of the configuration, as "
		        "%s@10s-2m)",
		        invocation->faults[i], flat_service_name(simulation->flat, 0));
		return false;
	}
	return true;
}

/* Until the last fault has had its whole effect, and what it left is settled. */
static int64_t horizon_ms(const struct simulation *simulation)
{
	int64_t last_ms = 0;

	for (int i = 0; i < simulation->fault_count; i++) {
		const struct fault *fault = &simulation->faults[i];
		int64_t ms = fault->end_ms == FOREVER_MS ? fault->start_ms : fault->end_ms;

		last_ms = ms > last_ms ? ms : last_ms;
	}
	return last_ms + rules_bound_ms(&simulation->flat->ladder) + BOOT_MS + simulation->flat->watchdog.timeout_ms +
	        simulation->flat->ladder.settle_ms;
}

static int simulate(struct simulation *simulation, const struct invocation *invocation)
{
	const char *why = "-- the end: the last fault has had its whole effect (--for DURATION plays on)";
	int64_t until_ms;

	if (!parse_faults(simulation, invocation))
		return EX_USAGE;
	until_ms = horizon_ms(simulation);
	if (invocation->values[OPTION_FOR] && !parse_moment(invocation->values[OPTION_FOR], &until_ms)) {
		complain("--for %s: not a duration (write 500ms, 5s, 2m, 1h or 1d)", invocation->values[OPTION_FOR]);
		return EX_USAGE;
	}
	if (invocation->values[OPTION_FOR])
		why = "-- the end of --for";
	run(simulation, until_ms, why);
	return fflush(stdout) == EOF ? EX_OSERR : EX_OK;
}

int command_simulate(const struct invocation *invocation)
{
	static const struct world_hooks hooks = {.probe = probe, .tell = tell};
	struct flat *flat = compile_file(invocation->config, stderr);
	struct simulation simulation = {
	        .flat = flat,
	        .reset_ms = FOREVER_MS,
	        .no_reboot = invocation->values[OPTION_NO_REBOOT] != NULL,
	};
	int code = EX_OSERR;

	if (!flat)
		return EX_CONFIG;
	if (world_open(&simulation.world, &hooks, flat_rules(flat), FEED_INTERVAL_MS))
		code = simulate(&simulation, invocation);
	else
		complain("not enough memory");
	world_close(&simulation.world);
	free(flat);
	return code;
}
