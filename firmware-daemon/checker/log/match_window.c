/* SPDX-License-Identifier: MIT
 *
 * Counting matches in a window of time.
 */
#include "match_window.h"

#include <errno.h>
#include <stdlib.h>

int match_window_open(struct match_window *window, uint32_t count, uint32_t within_ms)
{
	*window = (struct match_window){
	        .times_ms = calloc(count, sizeof(*window->times_ms)),
	        .count = count,
	        .within_ms = within_ms,
	};
	return window->times_ms ? 0 : -ENOMEM;
}

void match_window_close(struct match_window *window)
{
	free(window->times_ms);
}

static bool is_within(const struct match_window *window, int64_t at_ms, int64_t now_ms)
{
	return now_ms - at_ms <= window->within_ms;
}

void match_window_add(struct match_window *window, int64_t now_ms)
{
	bool full = window->filled == window->count;

	if (full && is_within(window, window->times_ms[window->next], now_ms) && window->more < UINT32_MAX / 2)
		window->more++;
	if (!full)
		window->filled++;
	window->times_ms[window->next] = now_ms;
	window->next = window->next + 1 == window->count ? 0 : window->next + 1;
}

uint32_t match_window_judge(struct match_window *window, int64_t now_ms)
{
	uint32_t matches = window->more;

	for (uint32_t i = 0; i < window->filled; i++)
		matches += is_within(window, window->times_ms[i], now_ms);
	if (!window->raised && matches < window->count)
		return 0;
	window->raised = matches > 0;
	window->filled = 0;
	window->next = 0;
	window->more = 0;
	return matches;
}

void match_window_store(const struct match_window *window, struct match_record *record, int64_t *times_ms)
{
	uint32_t first = window->filled == window->count ? window->next : 0;

	*record = (struct match_record){.filled = window->filled, .more = window->more, .raised = window->raised};
	for (uint32_t i = 0; i < window->filled; i++)
		times_ms[i] = window->times_ms[(first + i) % window->count];
}

void match_window_restore(struct match_window *window, const struct match_record *record, const int64_t *times_ms)
{
	window->filled = record->filled;
	window->next = record->filled % window->count;
	window->more = record->more;
	window->raised = record->raised != 0;
	for (uint32_t i = 0; i < record->filled; i++)
		window->times_ms[i] = times_ms[i];
}
