/* SPDX-License-Identifier: MIT
 *
 * The words for how things are: the board, a service, a check. Pure. The names are relied on from outside (status.json,
 * logs); they are tied to their enums at compile time in state.c.
 */
#ifndef FEEDDOG_CORE_STATE_H
#define FEEDDOG_CORE_STATE_H

enum board_state {
	BOARD_STARTING,    /* no good verdict yet, inside the start period */
	BOARD_WELL,        /* every check is good */
	BOARD_DOUBT,       /* a check fails or is unknown, but not yet long enough to act on */
	BOARD_RECOVERING,  /* a service is down and being restarted, inside restart_for */
	BOARD_REBOOTING,   /* a clean reboot was ordered, inside reboot_within */
	BOARD_LETGO,       /* fed no more; final */
	BOARD_HOLD,        /* no reboot may be ordered (enum hold_why): fed, and trying slowly */
	BOARD_MAINTENANCE, /* a person suspended the ladder for a time */
	BOARD_STATE_COUNT
};

enum health {
	HEALTH_UNKNOWN,
	HEALTH_UP,
	HEALTH_DOWN,
	HEALTH_WAITING, /* only services: not up, and something it needs is not up either */
	HEALTH_COUNT
};

/* Why the last boot ended. */
enum end_cause {
	END_FIRST,       /* there was none: the first boot under feeddog */
	END_PLANNED,     /* shut down or rebooted by a person, or feeddog was stopped */
	END_REBOOT,      /* the ladder ordered a reboot */
	END_LETGO,       /* the ladder let go of the dog */
	END_UNEXPLAINED, /* reset without a word: a hang or a power cut */
	END_UNKNOWN,     /* the ledger cannot be read */
	END_DRILL,       /* reset by a fire drill (`feeddog drill`) */
	END_CAUSE_COUNT
};

/* Why the board holds (promises P6 and P16). */
enum hold_why {
	HOLD_NOT,
	HOLD_NEVER_WELL,   /* this set of services has not been well once on this board */
	HOLD_SPENT,        /* the reboots are used up */
	HOLD_CANNOT_COUNT, /* a reboot could not be counted on stable storage */
	HOLD_WHY_COUNT
};

/* "none", "never-well", "spent", "cannot-count", never NULL. */
const char *hold_why_name(enum hold_why why);

/* "starting", "up", "first" and so on; never NULL: a value out of range is "invalid". */
const char *board_state_name(enum board_state state);
const char *health_name(enum health health);
const char *end_cause_name(enum end_cause cause);

#endif
