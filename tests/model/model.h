/* SPDX-License-Identifier: MIT
 *
 * The model: the real core/, walked state by state. A world is all that the policy remembers plus what a witness
 * remembers beside it (struct witness), who is told only what happened outside and what was ordered, and so can say when a promise is broken.
 * A world is packed into a few bytes with its times made relative to now and cut off where the policy cannot tell them
 * apart; two worlds with the same bytes are the same state. Pure but for the memory that states.c takes.
 *
 * Clock: every world's now is NOW_MS when it is unpacked. Unit: ms, in whole UNIT_MS.
 */
#ifndef FEEDDOG_TESTS_MODEL_H
#define FEEDDOG_TESTS_MODEL_H

#include "core/invariant.h"

#include <stddef.h>

enum {
	UNIT_MS = 1000, /* as LATE_ALLOWANCE_MS, so that all times are whole units */
	NOW_MS = 1000 * UNIT_MS,
	MODEL_SERVICES = 3,
	MODEL_CHECKS = 3,
	MODEL_NEEDS = 4,
	PACKED_SIZE = 64,
	MAINTENANCE_MS = 2 * UNIT_MS,
};

/* What may happen besides results and time; one bit each. */
enum world_may {
	MAY_SLOW = 1,       /* probes take a timeout to answer, or none */
	MAY_PERSON = 2,     /* maintenance is asked for, and ended */
	MAY_STORAGE = 4,    /* the ledger is lost, and comes back */
	MAY_HANG = 16,      /* the actor hangs for the rest of the boot: nothing more is written */
	MAY_SHUT_DOWN = 32, /* the system is shut down by another's order */
	MAY_POWER = 8,      /* power fails at any time; without it a board only boots after a reboot or a reset */
};

struct plan {
	const char *name;
	struct ladder_rule ladder;
	struct service_rule services[MODEL_SERVICES];
	struct check_rule checks[MODEL_CHECKS];
	uint16_t needs[MODEL_NEEDS];
	uint16_t order[MODEL_SERVICES];
	uint16_t service_count;
	uint16_t check_count;
	uint8_t may;  /* enum world_may */
	bool is_long; /* only for `make model-long` */
	/* Too large to be walked whole: the nearest so many, and then the same news for ever is left out; 0: all. */
	uint32_t states_most;
	/* The fewest that the walk must see: one that quietly sees less is broken. */
	uint32_t states_least;
	uint32_t edges_least;
};

extern const struct plan plans[];
extern const size_t plan_count;

/* A plan with what follows from it. */
struct model {
	const struct plan *plan;
	struct ladder_rule ladder;
	struct rules rules;
	int64_t bound_ms;
	int64_t start_bound_ms;
	int64_t detection_ms[MODEL_CHECKS];
	int64_t late_ms[MODEL_CHECKS]; /* from the expected result to a late checker */
};

struct witness {
	int64_t allowed_ms; /* P2: the board may be fed until then at most */
	int64_t well_ms;    /* P6: time spent well since the last outage */
	int64_t outage_ms;  /* spent recovering since the board was last settled, but for outages that are pardoned */
	uint16_t reboots;   /* P6: unsettled, as the feeder has them */
	uint16_t stored;    /* and as they lie on the disk, where the actor hangs */
	uint8_t hung;       /* it does */
	uint8_t resets;     /* P6: by the ladder, since the board was last settled */
	uint8_t starting;   /* no good verdict yet since the board began */
	uint8_t started;    /* a bit for each service that was started, restarted or up */
	/* P4, of each check since it was good and since its service was restarted: */
	uint8_t bad[MODEL_CHECKS];    /* failures that count, up to retries */
	uint8_t newest[MODEL_CHECKS]; /* 1: the newest news is bad */
};

struct world {
	int64_t now_ms;
	struct ladder ladder;
	struct service_state services[MODEL_SERVICES];
	struct check_state checks[MODEL_CHECKS];
	struct witness witness;
};

enum news { NEWS_GOOD, NEWS_WARNING, NEWS_BAD, NEWS_CONCLUSIVE, NEWS_GONE, NEWS_STOPPED, NEWS_UNKNOWN, NEWS_COUNT };

/* One step of the walk: news of a check, by a probe that started now or took its time; or one of the others. */
enum happening {
	HAPPEN_NEWS,
	HAPPEN_SLOW_NEWS = MODEL_CHECKS * NEWS_COUNT,
	HAPPEN_TICK = 2 * HAPPEN_SLOW_NEWS, /* a unit of time */
	HAPPEN_DEADLINE,                    /* time until the policy wants to be asked again */
	HAPPEN_REPLACED,
	HAPPEN_MAINTENANCE,
	HAPPEN_RESUME,
	HAPPEN_LOST,
	HAPPEN_STORED,
	HAPPEN_REFUSED, /* the actor does not do the reboot, which it cannot count */
	HAPPEN_HANG,
	HAPPEN_GOING_DOWN, /* the system shuts down by another's order */
	HAPPEN_BOOT,
	HAPPEN_COUNT
};

/* In words, for a person who reads how a promise was broken. */
void happening_print(unsigned happening);

void model_make(struct model *model, const struct plan *plan);

/* pack.c */
size_t packed_size(const struct model *model);
void pack(const struct model *model, const struct world *world, uint8_t bytes[PACKED_SIZE]);
void unpack(const struct model *model, const uint8_t bytes[PACKED_SIZE], struct world *world);

/* happen.c */
void world_begin(const struct model *model, struct world *world);
/* Whether it can happen in this world at all. */
bool happening_can(const struct model *model, const struct world *world, unsigned happening);
/*
 * Lets it happen and lets the policy answer. NULL, or which promise was broken. `late`: the policy wants another checker.
 */
const char *happening_play(const struct model *model, struct world *world, unsigned happening, bool *late);

/* witness.c and promises.c: what is watched on every edge. They return NULL, or which promise was broken. */
void witness_news(const struct model *model, struct world *world, uint16_t check, enum news news, bool excused);
/* From now on nothing reaches the disk in this boot. */
void witness_hang(struct world *world);
void witness_time(const struct model *model, struct world *world, int64_t passed_ms);
/* Before the policy answers, and after. */
void witness_verdict(const struct model *model, struct world *world);
const char *witness_event(
        const struct model *model, const struct world *before, struct world *world, const struct event *event);
const char *witness_edge(
        const struct model *model, const struct world *before, struct world *world, unsigned happening, bool good_news);
/* Until when what was heard allows feeding; NEVER_MS: not at all. */
int64_t witness_lease_ms(const struct model *model, const struct world *world);
const char *promises_watch(const struct model *model, const struct world *before, const struct world *world,
        unsigned happening, bool good_news);

/* states.c: every state seen, with the edge that first led to it. */
struct states {
	size_t size; /* of a packed world */
	uint32_t count;
	uint32_t room;
	uint8_t *worlds;
	uint32_t *parents;
	uint8_t *happenings;
	uint32_t *slots; /* a hash table of indices plus 1 */
};
#define NO_STATE UINT32_MAX
bool states_begin(struct states *states, size_t size);
void states_end(struct states *states);
const uint8_t *states_at(const struct states *states, uint32_t index);
uint32_t states_find(const struct states *states, const uint8_t bytes[]);
/* False where memory is out. */
bool states_add(struct states *states, const uint8_t bytes[], uint32_t parent, unsigned happening);

/* liveness.c: from every state, that the same news for ever leads where it must. NULL, or what it did not lead to, and from which state. */
const char *liveness_check(const struct model *model, const struct states *states, uint32_t *culprit);

#endif
