/* SPDX-License-Identifier: MIT
 *
 * What was decided: one record for each transition of the policy. The feeder logs it and sends it to the actor, which
 * carries out those that are orders (start, restart, reboot) and keeps the history of all. Pure. Fixed size, integers
 * only.
 */
#ifndef FEEDDOG_CORE_EVENT_H
#define FEEDDOG_CORE_EVENT_H

#include <stdint.h>

enum event_kind {
	EVENT_ARMED,        /* the dog is held and fed; value: its timeout in ms */
	EVENT_BOOT,         /* a boot began; value: unsettled reboots, detail: enum end_cause of the last boot */
	EVENT_CHECK_FAILED, /* value: failures in a row */
	EVENT_CHECK_PASSED, /* span: how long it had failed */
	EVENT_SERVICE_DOWN, /* span: how long it had been up */
	EVENT_SERVICE_UP,   /* span: how long it had not been */
	EVENT_START,        /* order: run the service's start command */
	EVENT_RESTART,      /* order: run the service's restart command; value: number of the attempt, 0: not charged */
	EVENT_RESTART_DONE, /* by the actor; span: how long it took */
	EVENT_RESTART_FAILED, /* by the actor; cause and detail say why, span: how long it took */
	EVENT_REBOOT,         /* order: count it (value: unsettled reboots with this one), then reboot the board */
	EVENT_LETGO,          /* the dog is fed no more; value: unsettled reboots with this one */
	EVENT_HOLD,           /* value: unsettled reboots */
	EVENT_MAINTENANCE,    /* span: for how long */
	EVENT_RESUMED,        /* maintenance or hold ended; value: 1 by a person, 0 by time */
	EVENT_HELPER_DIED,    /* value: pid, detail: exit code, or minus the signal; span: until the next is started */
	EVENT_HELPER_STARTED, /* value: pid */
	EVENT_DROPPED,        /* value: that many records or log lines were lost or refused; helper: on whose channel */
	EVENT_DISARMED,       /* a clean stop: value 1: the dog is disarmed, 0: it stays armed */
	EVENT_STATE,          /* the board's state changed to `state`; span: how long the last one was, value: it */
	EVENT_SETTLED,        /* reboots.settle of being well: the reboots are forgotten; value: how many they were */
	EVENT_STORAGE,        /* the ledger: value 1: on stable storage again, 0: only in memory; detail: errno */
	EVENT_WARNING, /* a check that changes nothing wants to be told; value: 0 good with a warning, 1 it is down, 2 it is blind */
	/* By the actor, of a program that it supervises: cause EXIT_CODE or SIGNAL and detail say how, cause NONE: not known;
	 * span: how long it ran, value: 1: feeddog ended it. */
	EVENT_EXITED,
	EVENT_REBOOT_DONE,   /* by the actor: the reboot command ended well, which is not yet the reboot; span */
	EVENT_REBOOT_FAILED, /* by the actor: as EVENT_RESTART_FAILED */
	EVENT_GOING_DOWN,    /* the system shuts down by another's order */
	EVENT_WATCHDOG_LOST, /* the watchdog takes no feed, so the board is unguarded; detail: errno */
	EVENT_WATCHDOG_BACK, /* it is fed again; span: how long the board was unguarded */
	/* The board is well with this set of services for the first time; value: their fingerprint, put in by the feeder. */
	EVENT_PROVEN,
	EVENT_DRILL, /* value 1: a fire drill is about to cause a reset, span: within what time; 0: it is over */
	EVENT_KIND_COUNT
};

/* The word for an event in logs ("check-failed"), never NULL. */
const char *event_name(enum event_kind kind);

enum helper {
	HELPER_CHECKER,
	HELPER_ACTOR,
	HELPER_LED,
	HELPER_COUNT,
	HELPER_NONE = HELPER_COUNT,
};

/* "checker", "actor", "led", never NULL. */
const char *helper_name(enum helper helper);

struct event {
	uint32_t generation; /* of the feeder's actor channel; set by the sender */
	uint32_t sequence;   /* set by the sender */
	int64_t at_ms;
	int64_t span_ms;
	int64_t value;
	int32_t detail;
	uint16_t service;    /* or NO_INDEX */
	uint16_t check;      /* or NO_INDEX */
	uint8_t kind;        /* enum event_kind */
	uint8_t state;       /* enum board_state after the event */
	uint8_t cause;       /* enum cause */
	uint8_t helper;      /* enum helper, HELPER_NONE where it does not apply */
	uint8_t why;         /* EVENT_HOLD: enum hold_why; else 0 */
	uint8_t reserved[3]; /* 0 */
};

_Static_assert(sizeof(struct event) == 48, "an event has one layout on every machine");

#endif
