/* SPDX-License-Identifier: MIT
 *
 * What crosses from one program to another, and what a receiver believes of it. Pure. Each channel carries one kind of
 * record of one size; a record that fails any of these tests is counted and dropped.
 *
 *   checker -> feeder   struct result
 *   feeder  -> actor    struct event
 *   feeder  -> led      struct led_news
 *   actor   -> feeder   struct storage_news
 *   feeddog -> feeder   struct control (a datagram on RUN/control)
 */
#ifndef FEEDDOG_CORE_RECORD_H
#define FEEDDOG_CORE_RECORD_H

#include "event.h"
#include "led_pattern.h"
#include "result.h"

#include <stddef.h>

enum {
	/* The actor says it this often, so that one that hangs is missed; */
	STORAGE_NEWS_EVERY_MS = 1000,
	/* it is replaced when nothing was heard of it for so long. A slow card may stall for seconds. */
	STORAGE_NEWS_LATE_MS = 10000,
	/* In a boot that the ledger does not know of yet, nothing can be counted when it was not heard for so long. */
	STORAGE_FIRST_NEWS_MS = 2000,
};

/* What the actor sees of the storage: an observation, like a check's; nothing waits for it. */
struct storage_news {
	uint32_t generation;
	uint32_t sequence;
	int64_t at_ms;
	int32_t error;       /* errno of the last write, 0: it is on stable storage */
	uint8_t stable;      /* 0 or 1 */
	uint8_t refused;     /* 1: the reboot that was ordered last is not done, since it cannot be counted */
	uint8_t reserved[2]; /* 0 */
};

enum control_verb { CONTROL_HOLD, CONTROL_RESUME, CONTROL_GOING_DOWN, CONTROL_DRILL, CONTROL_COUNT };

enum { CONTROL_MAGIC = 0x46444331 /* "FDC1" */ };

struct control {
	uint32_t magic;
	uint32_t verb;        /* enum control_verb */
	uint32_t duration_ms; /* of a hold; of a drill: within what time a reset is expected, 0: the drill is over */
	uint32_t reserved;    /* 0 */
};

/* What a receiver remembers of one channel. */
struct channel_state {
	uint32_t generation; /* the sender that is believed */
	uint32_t sequence;   /* of the newest record taken; 0: none */
	uint64_t dropped;    /* records refused */
};

/* Each is true where the record of `size` bytes may be believed, and then notes its sequence in `channel`. */
bool record_take_result(struct channel_state *channel, const void *record, size_t size, uint16_t check_count,
        int64_t now_ms, struct result *out);
bool record_take_event(struct channel_state *channel, const void *record, size_t size, uint16_t service_count,
        uint16_t check_count, int64_t now_ms, struct event *out);
bool record_take_led_news(
        struct channel_state *channel, const void *record, size_t size, int64_t now_ms, struct led_news *out);
bool record_take_storage_news(
        struct channel_state *channel, const void *record, size_t size, int64_t now_ms, struct storage_news *out);

/* True where a control datagram is whole; a hold lasts from one second to MAX_HOLD_S. */
bool record_take_control(const void *record, size_t size, struct control *out);

enum { MAX_HOLD_S = 7 * 86400 };

#endif
