/* SPDX-License-Identifier: MIT
 *
 * The feeder's state as others may read it: a shared memory page of which the feeder holds the only writable mapping. The
 * policy's own arrays live in it, so showing them costs the feeder no call and no copy, and a reader that hangs cannot
 * hold it up. Pure, but for the memory fences.
 *
 * A reader copies the page and believes the copy only if `version` was even and the same before and after (a seqlock).
 */
#ifndef FEEDDOG_CORE_SNAPSHOT_H
#define FEEDDOG_CORE_SNAPSHOT_H

#include "board.h"

#include <stddef.h>

struct dog_state {
	char identity[NAME_SIZE];
	uint32_t timeout_ms;
	uint32_t feed_interval_ms;
	int64_t fed_ms; /* the last feed, NEVER_MS */
	uint64_t feeds;
	uint64_t failed_feeds;
	uint32_t lost; /* errno: it takes no feed, so the board is unguarded; 0: it does */
	uint32_t reserved;
};

struct helper_state {
	int32_t pid; /* 0: not running */
	uint32_t restarts;
	uint64_t dropped; /* records to it that its channel did not take */
	uint64_t refused; /* records from it that were not believed */
	int64_t started_ms;
	int64_t start_at_ms; /* when it will be started again */
	uint32_t delay_ms;
	uint32_t generation;
};

struct snapshot {
	uint32_t version; /* odd while it is being changed; read through snapshot_copy() */
	uint16_t service_count;
	uint16_t check_count;
	int64_t at_ms; /* the feeder's last turn */
	int64_t begun_ms;
	uint16_t reboot_limit;
	uint8_t last_cause;   /* enum end_cause */
	uint8_t last_why;     /* enum cause */
	uint8_t last_counted; /* the end of the last boot counts as a reboot: it was in an outage */
	uint8_t last_reserved[3];
	char last_service[NAME_SIZE], last_check[NAME_SIZE];
	struct dog_state dog;
	struct helper_state helpers[HELPER_COUNT];
	struct ladder ladder;
	/* Then service_count struct service_state and check_count struct check_state. */
};

size_t snapshot_size(uint16_t service_count, uint16_t check_count);

/* The arrays behind the head. */
struct board snapshot_board(struct snapshot *snapshot);

/* Around every change by the feeder. */
void snapshot_write_begin(struct snapshot *snapshot);
void snapshot_write_end(struct snapshot *snapshot);

/* Whether the watchdog is fed: it may be, it takes feeds, and the last one is not older than its timeout. */
bool snapshot_is_fed(const struct snapshot *snapshot, int64_t now_ms);

/*
 * Copies `size` bytes of the live page; false where the feeder changed it meanwhile: try again. The feeder died in the
 * middle of a change: false for ever.
 */
bool snapshot_copy(const struct snapshot *live, struct snapshot *copy, size_t size);

#endif
