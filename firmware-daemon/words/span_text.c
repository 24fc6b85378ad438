/* SPDX-License-Identifier: MIT
 *
 * How long, for people.
 */
#include "span_text.h"

#include <stdio.h>

enum { SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, TENTHS_BELOW_S = 10 };

/* `s` in one unit and the rest in the next, which is left out where it is nothing. */
static void two_units(char text[SPAN_TEXT_SIZE], long long s, long long big_s, char big, long long small_s, char small)
{
	long long rest = s % big_s / small_s;

	if (rest)
		(void)snprintf(text, SPAN_TEXT_SIZE, "%lld%c %lld%c", s / big_s, big, rest, small);
	else
		(void)snprintf(text, SPAN_TEXT_SIZE, "%lld%c", s / big_s, big);
}

char *span_text(char text[SPAN_TEXT_SIZE], int64_t ms)
{
	long long s = ms > 0 ? ms / SECOND_MS : 0;
	int tenths = ms > 0 ? (int)(ms % SECOND_MS / 100) : 0;

	if (s < TENTHS_BELOW_S && tenths)
		(void)snprintf(text, SPAN_TEXT_SIZE, "%lld.%ds", s, tenths);
	else if (s < MINUTE_S)
		(void)snprintf(text, SPAN_TEXT_SIZE, "%llds", s);
	else if (s < HOUR_S)
		two_units(text, s, MINUTE_S, 'm', 1, 's');
	else if (s < DAY_S)
		two_units(text, s, HOUR_S, 'h', MINUTE_S, 'm');
	else
		two_units(text, s, DAY_S, 'd', HOUR_S, 'h');
	return text;
}

char *span_text_fine(char text[SPAN_TEXT_SIZE], int64_t ms)
{
	if (ms >= SECOND_MS)
		return span_text(text, ms);
	(void)snprintf(text, SPAN_TEXT_SIZE, "%dms", ms > 0 ? (int)ms : 0);
	return text;
}
