/* SPDX-License-Identifier: MIT
 *
 * The ladder: how long the dog may still be fed, and which rung the board stands on. Pure.
 *
 * Time alone climbs it (promise P5): each rung's budget is fixed on entering it, and when `feed_until_ms` has come the
 * next rung is entered, whatever anybody reported or did not report.
 */
#ifndef FEEDDOG_CORE_LADDER_H
#define FEEDDOG_CORE_LADDER_H

#include "rules.h"
#include "state.h"

/* What all services together say, made anew for each step. */
struct verdict {
	bool well;  /* every check is good, and nothing hints at a failure */
	bool sound; /* well, or kept from it by blind checks alone while one that may escalate is good (promise P4) */
	bool up;    /* every climbing service is up, as far as it can be measured: a recovery is over */
	bool down;  /* some climbing service is down beyond doubt */
	bool pardoned;    /* nothing that may climb has failed: some is only being restarted (promise P12) */
	bool excused;     /* some service is not up and excused (promise P12), which is no good news of it */
	int64_t lease_ms; /* until when the newest good news allows feeding; long past while some check has had none */
	uint16_t service; /* the first that is not well, NO_INDEX */
	uint16_t check;
	int32_t detail; /* of the cause */
	uint8_t cause;  /* enum cause */
};

struct ladder {
	int64_t feed_until_ms;  /* the lease: the dog is fed only while now < feed_until_ms (promise P1) */
	int64_t since_ms;       /* since when `state` is as it is */
	int64_t outage_used_ms; /* of restart_for, since the board was last settled */
	int64_t well_ms; /* time spent sound since the last outage; other doubt does not count and does not reset it */
	int64_t stepped_ms;   /* the last step, to add to well_ms */
	uint16_t unsettled;   /* ends in an outage that are not yet cleared (promise P6) */
	uint16_t unexplained; /* boots in a row that ended without a word, not yet forgotten */
	uint16_t service;     /* of the culprit, NO_INDEX */
	uint16_t check;
	int32_t detail;      /* of the cause */
	uint8_t cause;       /* enum cause */
	uint8_t state;       /* enum board_state */
	uint8_t uncountable; /* the ledger cannot be written: no reboot may be ordered (promise P6) */
	uint8_t pardoned;    /* this outage is not charged so far: nothing that may climb has failed in it */
	uint8_t planned;     /* rebooting or letgo by another's order, which counts as no reboot of ours */
	uint8_t sound;       /* the newest verdict was: time counts towards `settle` */
	uint8_t proven;      /* this set of services has been well on this board, so it may reboot it (promise P16) */
	uint8_t silent;      /* nothing is heard of the actor, which may not have noted this outage */
	uint8_t hold_why;    /* enum hold_why; HOLD_NOT in every other state */
};

/* What one step brought about, at most one rung; call again until LADDER_STAY. */
enum ladder_move {
	LADDER_STAY,
	LADDER_STATE,  /* another state, nothing to do */
	LADDER_REBOOT, /* rebooting: order it */
	LADDER_LETGO,  /* let go */
	LADDER_HOLD,
	LADDER_RESUMED,  /* maintenance is over by time */
	LADDER_FORGIVEN, /* reboots.settle of being well: the reboots are forgotten */
	LADDER_PROVEN,   /* well with this set of services for the first time */
};

/* `proven` is true until ladder_unproven() says otherwise. */
void ladder_begin(const struct ladder_rule *rule, struct ladder *ladder, uint16_t unsettled, int64_t now_ms);

/* After ladder_begin(): the ledger does not know that this set of services was ever well on this board (promise P16). */
void ladder_unproven(struct ladder *ladder);

/*
 * After ladder_begin(), where the feeder was killed in this boot and the ledger says where it stood since since_ms
 * (recovering, rebooting or letgo; others change nothing): goes on there with what is left of that rung's budget, so that
 * a feeder which dies again and again does not refill it (promise P2).
 */
void ladder_continue(const struct ladder_rule *rule, struct ladder *ladder, enum board_state state, int64_t since_ms,
        int64_t now_ms);

enum ladder_move ladder_step(
        const struct ladder_rule *rule, struct ladder *ladder, const struct verdict *verdict, int64_t now_ms);

/* A person suspends the ladder until until_ms. False where it is too late: a reboot is under way. */
bool ladder_hold(struct ladder *ladder, int64_t until_ms, int64_t now_ms);

/*
 * A person ends maintenance or hold: the ladder starts over with whole budgets. False where there is nothing to end.
 */
bool ladder_resume(const struct ladder_rule *rule, struct ladder *ladder, int64_t now_ms);

/*
 * The system has begun to shut down by another's order, at since_ms. It gets what a reboot of ours would get, reboot_within, and is then
 * let go of; it is not counted. False where it is on its way down already, and where reboot_within is 0: then silence climbs.
 */
bool ladder_go_down(const struct ladder_rule *rule, struct ladder *ladder, int64_t since_ms, int64_t now_ms);

enum {
	/* In hold the board is fed without a verdict; each step renews the lease by this much. */
	HOLD_LEASE_MS = 60000,
};

/* May the dog be fed now? The one place that answers it. */
bool ladder_may_feed(const struct ladder *ladder, int64_t now_ms);

/* May services be restarted in this state? */
bool ladder_may_restart(const struct ladder *ladder);

/* The next time at which a step may change something though nothing is heard; FOREVER_MS where there is none. */
int64_t ladder_deadline_ms(const struct ladder_rule *rule, const struct ladder *ladder);

#endif
