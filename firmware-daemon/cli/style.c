/* SPDX-License-Identifier: MIT
 *
 * Colours.
 */
#include "style.h"

#include "core/names.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const escapes[] = {
        [COLOUR_PLAIN] = "",
        [COLOUR_GOOD] = "\033[32m",
        [COLOUR_DOUBT] = "\033[33m",
        [COLOUR_BAD] = "\033[1;31m",
        [COLOUR_FAINT] = "\033[2m",
};
NAMES_FIT(escapes, COLOUR_COUNT);

bool style_wanted(void)
{
	const char *spare = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(spare && spare[0]) && term && term[0] && strcmp(term, "dumb") != 0;
}

void style_put(FILE *out, bool colours, enum colour colour, const char *text, int width)
{
	int seen = (int)strlen(text);

	if (colours && colour != COLOUR_PLAIN)
		(void)fprintf(out, "%s%s\033[0m", escapes[colour], text);
	else
		(void)fputs(text, out);
	if (seen < width)
		(void)fprintf(out, "%*s", width - seen, "");
}

enum colour style_of_state(enum board_state state)
{
	switch (state) {
	case BOARD_WELL:
		return COLOUR_GOOD;
	case BOARD_STARTING:
	case BOARD_DOUBT:
	case BOARD_MAINTENANCE:
		return COLOUR_DOUBT;
	case BOARD_RECOVERING:
	case BOARD_REBOOTING:
	case BOARD_LETGO:
	case BOARD_HOLD:
	case BOARD_STATE_COUNT:
		break;
	}
	return COLOUR_BAD;
}

enum colour style_of_health(enum health health)
{
	switch (health) {
	case HEALTH_UP:
		return COLOUR_GOOD;
	case HEALTH_UNKNOWN:
	case HEALTH_WAITING:
		return COLOUR_DOUBT;
	case HEALTH_DOWN:
	case HEALTH_COUNT:
		break;
	}
	return COLOUR_BAD;
}

enum colour style_of_outcome(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_GOOD:
		return COLOUR_GOOD;
	case OUTCOME_UNKNOWN:
	case OUTCOME_BLIND:
	case OUTCOME_WARNING:
		return COLOUR_DOUBT;
	case OUTCOME_BAD:
	case OUTCOME_COUNT:
		break;
	}
	return COLOUR_BAD;
}
