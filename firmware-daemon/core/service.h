/* SPDX-License-Identifier: MIT
 *
 * One service: its checks and its needs in, its health and when to restart it out. Pure.
 *
 * A service whose needs are not up is *waiting*: it is not restarted and spends none of its attempts (promise P13).
 */
#ifndef FEEDDOG_CORE_SERVICE_H
#define FEEDDOG_CORE_SERVICE_H

#include "check.h"

enum {
	BACKOFF_FIRST_MS = 1000,
	BACKOFF_LAST_MS = 60000,
	/* In hold the board is not given up: this far apart the services that are down are restarted all the same. */
	HOLD_RETRY_MS = 300000,
	/* A service that was started takes one of `at_once` places so long at least, so that its command has begun; */
	START_SLOT_LEAST_MS = 2000,
	/* and at most so long, or its start period where that is shorter, if it is neither up nor down by then. */
	START_SLOT_MS = 10000,
};

struct service_state {
	int64_t since_ms;      /* since when `health` is as it is */
	int64_t up_ms;         /* when it last came up, NEVER_MS */
	int64_t restart_at_ms; /* not restarted before */
	int64_t down_ms;       /* when `service-down` was said */
	int64_t ordered_ms;    /* the last start or restart, NEVER_MS */
	int64_t slot_ms;       /* since when it takes one of the ladder's `at_once` places, NEVER_MS */
	uint32_t backoff_ms;   /* between the last restart and the next; 0: none was made in this outage */
	uint32_t restarts;     /* since feeddogd started */
	uint16_t attempts;     /* charged in this outage */
	uint16_t culprit;      /* the check that made it down or unknown, NO_INDEX */
	uint8_t health;        /* enum health */
	uint8_t needs_up;      /* all that it needs is up, or blind */
	uint8_t blind; /* its needs are up and none of its checks can measure, so no service waits for it (promise P4) */
	uint8_t ready;         /* and nothing hints that one of them is about to fail: it may be restarted */
	uint8_t begun;         /* its needs were up once: its first start period has begun */
	uint8_t start_pending; /* its start command may still have to run */
	uint8_t follows;       /* something that it needs was restarted, and it is to be restarted after it */
	uint8_t came_back;     /* its needs came back while it was down: the next restart is not charged to it */
	uint8_t climbing;      /* not up by a check that may climb the ladder, and not excused */
	uint8_t excused;       /* it waits only for what may never reboot the board (promise P12) */
	uint8_t down_told;     /* a `service-down` was said and no `service-up` since */
	uint8_t reserved[2];
};

/* What has to be done for a service now. */
enum service_order { SERVICE_LEAVE, SERVICE_START, SERVICE_RESTART };

/* Starts a service at now_ms; its checks' failures do not count before its needs are up and its start period is over. */
void service_begin(const struct rules *rules, uint16_t index, struct service_state services[],
        struct check_state checks[], int64_t now_ms);

/*
 * Works out health, ready, climbing, excused and culprit of service `index` from its checks and from the states of the
 * services it needs, which must have been worked out before (rules->order). When its needs have just come up, its start
 * period begins.
 */
void service_judge(const struct rules *rules, uint16_t index, struct service_state services[],
        struct check_state checks[], int64_t now_ms);

/*
 * Whether to start or restart it now. `hold`: slowly and beyond its attempts. Says what to do; service_ordered() then
 * notes that it was done.
 */
enum service_order service_due(const struct rules *rules, uint16_t index, const struct service_state services[],
        const struct check_state checks[], bool hold, int64_t now_ms);

/* Whether a restart now would be charged to the service's attempts: not where it is owed to what it needs. */
bool service_is_charged(const struct service_state *state);

/* Notes an order: charges the attempt, sets the next backoff, gives every check its start period. */
void service_ordered(const struct rules *rules, uint16_t index, enum service_order order,
        struct service_state services[], struct check_state checks[], bool hold, int64_t now_ms);

/* When it gives its place back if nothing is heard until then; FOREVER_MS where it has none. */
int64_t service_slot_end_ms(const struct service_rule *rule, const struct service_state *state);

/* Gives its place back where that time has come. After service_judge(). */
void service_free_slot(const struct service_rule *rule, struct service_state *state, int64_t now_ms);

/*
 * Up for settle_ms: the outage is over for good, attempts and backoff are whole again. To be called before
 * service_judge(), which may begin another outage now.
 */
void service_settle(struct service_state *state, uint32_t settle_ms, int64_t now_ms);

/* When the service may have something to do by time alone; FOREVER_MS where nothing. */
int64_t service_deadline_ms(
        const struct rules *rules, uint16_t index, const struct service_state services[], bool hold);

#endif
