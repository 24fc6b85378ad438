/* SPDX-License-Identifier: MIT
 *
 * Durations as people write them.
 */
#include "duration.h"

#include "core/rules.h"

#include <stdio.h>
#include <string.h>

static const struct unit {
	const char *name;
	uint32_t ms;
} units[] = {
        {"d", 86400000},
        {"h", 3600000},
        {"m", 60000},
        {"s", 1000},
        {"ms", 1},
};

enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]) };

enum duration_error duration_parse(const char *text, uint32_t *ms)
{
	const uint64_t last_ms = MAX_DURATION_S * UINT64_C(1000);
	uint64_t number = 0;
	size_t i = 0;

	for (; text[i] >= '0' && text[i] <= '9'; i++)
		if (number <= last_ms)
			number = number * 10 + (uint64_t)(text[i] - '0');
	if (i == 0)
		return DURATION_NO_NUMBER;
	if (text[i] == '\0')
		return DURATION_NO_UNIT;
	for (size_t u = 0; u < UNIT_COUNT; u++) {
		if (strcmp(text + i, units[u].name) != 0)
			continue;
		if (number > last_ms / units[u].ms)
			return DURATION_TOO_LONG;
		*ms = (uint32_t)(number * units[u].ms);
		return DURATION_OK;
	}
	return DURATION_BAD_UNIT;
}

char *duration_text(char text[DURATION_TEXT_SIZE], uint32_t ms)
{
	size_t u = 0;

	/* Nothing is 0s, not 0d. */
	while (ms ? ms % units[u].ms != 0 : units[u].ms != 1000)
		u++;
	(void)snprintf(text, DURATION_TEXT_SIZE, "%u%s", (unsigned)(ms / units[u].ms), units[u].name);
	return text;
}
