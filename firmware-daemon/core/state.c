/* SPDX-License-Identifier: MIT
 *
 * The words for states. They are relied on from outside: status.json and the logs carry them.
 */
#include "state.h"

#include "names.h"

static const char *const board_state_names[] = {
        [BOARD_STARTING] = "starting",
        [BOARD_WELL] = "well",
        [BOARD_DOUBT] = "doubt",
        [BOARD_RECOVERING] = "recovering",
        [BOARD_REBOOTING] = "rebooting",
        [BOARD_LETGO] = "letgo",
        [BOARD_HOLD] = "hold",
        [BOARD_MAINTENANCE] = "maintenance",
};
NAMES_FIT(board_state_names, BOARD_STATE_COUNT);

static const char *const health_names[] = {
        [HEALTH_UNKNOWN] = "unknown",
        [HEALTH_UP] = "up",
        [HEALTH_DOWN] = "down",
        [HEALTH_WAITING] = "waiting",
};
NAMES_FIT(health_names, HEALTH_COUNT);

static const char *const end_cause_names[] = {
        [END_FIRST] = "first",
        [END_PLANNED] = "planned",
        [END_REBOOT] = "reboot",
        [END_LETGO] = "letgo",
        [END_UNEXPLAINED] = "unexplained",
        [END_UNKNOWN] = "unknown",
        [END_DRILL] = "drill",
};
NAMES_FIT(end_cause_names, END_CAUSE_COUNT);

static const char *const hold_why_names[] = {
        [HOLD_NOT] = "none",
        [HOLD_NEVER_WELL] = "never-well",
        [HOLD_SPENT] = "spent",
        [HOLD_CANNOT_COUNT] = "cannot-count",
};
NAMES_FIT(hold_why_names, HOLD_WHY_COUNT);

const char *hold_why_name(enum hold_why why)
{
	return NAME_OF(hold_why_names, why);
}

const char *board_state_name(enum board_state state)
{
	return NAME_OF(board_state_names, state);
}

const char *health_name(enum health health)
{
	return NAME_OF(health_names, health);
}

const char *end_cause_name(enum end_cause cause)
{
	return NAME_OF(end_cause_names, cause);
}
