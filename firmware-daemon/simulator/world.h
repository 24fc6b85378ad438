/* SPDX-License-Identifier: MIT
 *
 * A board in virtual time: the policy of core/ as the feeder calls it, a checker that probes what is made up, real records
 * between them, and a dog that is fed. What the probes find, and what becomes of orders, is the caller's. `feeddog
 * simulate` plays faults on it, and the simulator of the tests whole board-years. No system call is made.
 *
 * Use: world_boot(); then for ever world_turn(), and world_pass() to world_next_ms() or to something of one's own.
 */
#ifndef FEEDDOG_CLI_WORLD_H
#define FEEDDOG_CLI_WORLD_H

#include "core/board.h"
#include "core/record.h"

struct world;

struct world_hooks {
	/* What a probe that starts now will find: outcome, cause, detail, conclusive, and took_ms, after which it is told. */
	void (*probe)(struct world *world, uint16_t check, struct result *result);
	/* Something was decided. */
	void (*tell)(struct world *world, const struct event *event);
	/* NULL, or: a record is on its way to world_receive(). */
	void (*send)(struct world *world, const struct result *record);
};

struct world_probe {
	int64_t due_ms; /* it starts; or, where it is running, its result comes */
	bool running;
	uint16_t bad_count; /* consecutive bad results, up to `retries` */
	struct result result;
};

struct world_checker {
	bool alive, hung;
	int64_t start_at_ms, started_ms;
	uint32_t delay_ms;
	uint32_t generation, sequence;
};

struct world_dog {
	uint32_t interval_ms;
	int64_t next_ms;
	int64_t fed_ms; /* NEVER_MS */
	uint64_t feeds;
};

struct world {
	const struct world_hooks *hooks;
	struct rules rules;
	struct board board;
	struct world_probe *probes; /* rules.check_count of them */
	struct world_checker checker;
	struct channel_state from_checker;
	struct world_dog dog;
	int64_t now_ms;
	uint64_t steps;
};

/* The arrays for these rules; false where there is no memory. They are freed by world_close(). */
bool world_open(struct world *world, const struct world_hooks *hooks, struct rules rules, uint32_t feed_interval_ms);
void world_close(struct world *world);

/* feeddogd starts now; `unsettled`: reboots from the ledger. */
void world_boot(struct world *world, uint16_t unsettled);

/* All that is due now: probes start and end, the checker is replaced, the policy says what follows. */
void world_turn(struct world *world);

/* When there is something to do next, later than now. */
int64_t world_next_ms(const struct world *world);

/* Time goes on to to_ms; the dog is fed meanwhile as the lease allows. */
void world_pass(struct world *world, int64_t to_ms);

/* A record reaches the feeder. False where it is not believed. */
bool world_receive(struct world *world, const void *record, size_t size);

/* A watched thing changes now, and the checker sees it at once, as the end of a process. */
void world_notice(struct world *world, uint16_t check);

/* A checker is started now. */
void world_checker_starts(struct world *world);

/* The checker dies now; another is started as the feeder does it. */
void world_checker_dies(struct world *world);

#endif
