/* SPDX-License-Identifier: MIT
 *
 * Durations on the command line.
 */
#include "time_argument.h"

#include "command.h"

#include "compiler/duration.h"
#include "core/rules.h"

bool time_argument(const char *what, const char *text, uint32_t *ms)
{
	switch (duration_parse(text, ms)) {
	case DURATION_OK:
		if (*ms > 0)
			return true;
		complain("%s %s: this is no time at all (write it as 30s, 5m or 2h)", what, text);
		break;
	case DURATION_NO_NUMBER:
		complain("%s %s: not a duration (write it as 30s, 5m or 2h)", what, text);
		break;
	case DURATION_NO_UNIT:
		complain("%s %s: a unit is missing (write %ss, %sm or %sh)", what, text, text, text, text);
		break;
	case DURATION_BAD_UNIT:
		complain("%s %s: unknown unit (a whole number and ms, s, m, h or d, as 90m)", what, text);
		break;
	case DURATION_TOO_LONG:
		complain("%s %s: longer than %d days", what, text, MAX_DURATION_S / 86400);
		break;
	}
	return false;
}
