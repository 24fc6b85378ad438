/* SPDX-License-Identifier: MIT
 *
 * A bucket for each key and one for all of them.
 */
#include "fold.h"

#include "core/rules.h"
#include "core/state.h"

#include <errno.h>
#include <stdlib.h>

int fold_open(struct fold *fold, uint16_t service_count, uint16_t check_count, int64_t now_ms)
{
	*fold = (struct fold){
	        .count = (uint32_t)service_count + check_count + 1,
	        .service_count = service_count,
	        .due_ms = FOREVER_MS,
	};
	fold->keys = calloc(fold->count, sizeof(fold->keys[0]));
	if (!fold->keys)
		return -ENOMEM;
	for (uint32_t i = 0; i < fold->count; i++)
		bucket_fill(&fold->keys[i].bucket, FOLD_BURST, now_ms);
	bucket_fill(&fold->all, 2 * fold->count + FOLD_BURST_ALL, now_ms);
	return 0;
}

static bool take_token(struct fold *fold, struct fold_key *key, int64_t now_ms)
{
	if (!bucket_has(&key->bucket, FOLD_BURST, FOLD_EACH_MS, now_ms) ||
	        !bucket_take(&fold->all, 2 * fold->count + FOLD_BURST_ALL, FOLD_EACH_ALL_MS, now_ms))
		return false;
	key->bucket.tokens--;
	return true;
}

static int64_t token_ms(const struct fold *fold, const struct fold_key *key)
{
	int64_t key_ms = bucket_next_ms(&key->bucket, FOLD_EACH_MS);
	int64_t all_ms = bucket_next_ms(&fold->all, FOLD_EACH_ALL_MS);

	return key_ms > all_ms ? key_ms : all_ms;
}

/* What the event repeats; NULL: it is logged in any case. */
static struct fold_key *key_of(struct fold *fold, const struct event *event)
{
	uint32_t index = fold->count;

	switch ((enum event_kind)event->kind) {
	case EVENT_CHECK_FAILED:
	case EVENT_CHECK_PASSED:
	case EVENT_WARNING:
		index = event->check == NO_INDEX ? fold->count : fold->service_count + event->check;
		break;
	case EVENT_SERVICE_DOWN:
	case EVENT_SERVICE_UP:
		index = event->service == NO_INDEX ? fold->count : event->service;
		break;
	case EVENT_STATE:
		index = fold->count - 1;
		break;
	case EVENT_ARMED:
	case EVENT_BOOT:
	case EVENT_START:
	case EVENT_RESTART:
	case EVENT_RESTART_DONE:
	case EVENT_RESTART_FAILED:
	case EVENT_REBOOT:
	case EVENT_LETGO:
	case EVENT_HOLD:
	case EVENT_MAINTENANCE:
	case EVENT_RESUMED:
	case EVENT_HELPER_DIED:
	case EVENT_HELPER_STARTED:
	case EVENT_DROPPED:
	case EVENT_DISARMED:
	case EVENT_SETTLED:
	case EVENT_STORAGE:
	case EVENT_EXITED:
	case EVENT_REBOOT_DONE:
	case EVENT_REBOOT_FAILED:
	case EVENT_GOING_DOWN:
	case EVENT_WATCHDOG_LOST:
	case EVENT_WATCHDOG_BACK:
	case EVENT_PROVEN:
	case EVENT_DRILL:
	case EVENT_KIND_COUNT:
		break;
	}
	return index < fold->count ? &fold->keys[index] : NULL;
}

/* The board is about to end, needs a person, or a person asked for it. */
static bool is_vital(const struct event *event)
{
	return event->kind == EVENT_STATE &&
	        (event->state == BOARD_REBOOTING || event->state == BOARD_LETGO || event->state == BOARD_HOLD ||
	                event->state == BOARD_MAINTENANCE);
}

/* `is_told`: one of those left out is the line itself. */
static struct folded empty(struct fold_key *key, bool is_told, int64_t now_ms)
{
	struct folded folded = {.is_late = key->left_out > 0};

	if (folded.is_late) {
		folded.suppressed = key->left_out - (is_told ? 1 : 0);
		folded.since_ms = now_ms - key->since_ms;
	}
	key->left_out = 0;
	return folded;
}

bool fold_passes(struct fold *fold, const struct event *event, struct folded *folded)
{
	struct fold_key *key = key_of(fold, event);

	*folded = (struct folded){.is_late = false};
	if (!key)
		return true;
	/* A key that waits for a line gets it from fold_due(), in its turn. */
	if (is_vital(event) || (key->left_out == 0 && take_token(fold, key, event->at_ms))) {
		*folded = empty(key, false, event->at_ms);
		return true;
	}
	if (key->left_out == 0)
		key->since_ms = event->at_ms;
	key->left_out++;
	key->last = *event;
	if (token_ms(fold, key) < fold->due_ms)
		fold->due_ms = token_ms(fold, key);
	return false;
}

bool fold_due(struct fold *fold, int64_t now_ms, struct event *event, struct folded *folded)
{
	int64_t due_ms = FOREVER_MS;

	if (now_ms < fold->due_ms)
		return false;
	for (uint32_t i = 0; i < fold->count; i++) {
		uint32_t index = (fold->next + i) % fold->count;
		struct fold_key *key = &fold->keys[index];

		if (key->left_out == 0)
			continue;
		if (take_token(fold, key, now_ms)) {
			*event = key->last;
			*folded = empty(key, true, now_ms);
			fold->next = (index + 1) % fold->count;
			return true;
		}
		if (token_ms(fold, key) < due_ms)
			due_ms = token_ms(fold, key);
	}
	fold->due_ms = due_ms;
	return false;
}

bool fold_flush(struct fold *fold, int64_t now_ms, struct event *event, struct folded *folded)
{
	for (uint32_t i = 0; i < fold->count; i++) {
		struct fold_key *key = &fold->keys[fold->next];

		fold->next = (fold->next + 1) % fold->count;
		if (key->left_out == 0)
			continue;
		*event = key->last;
		*folded = empty(key, true, now_ms);
		return true;
	}
	return false;
}
