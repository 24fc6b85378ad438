/* SPDX-License-Identifier: MIT
 *
 * What the LED shows: for each state a row of slots of 125 ms, on or off, that repeats. Pure. The same table is in the
 * README; `feeddog explain` prints it.
 */
#ifndef FEEDDOG_CORE_LED_PATTERN_H
#define FEEDDOG_CORE_LED_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LED_SLOT_MS = 125,
	LED_SILENCE_MS = 2000, /* told nothing for this long: fault (promise P8) */
	LED_NUMBER_LAST = 12,  /* services beyond are not told apart by flashes */
};

/* The first ones are the board's states in the order of enum board_state. */
enum led_pattern {
	LED_STARTING,
	LED_WELL,
	LED_DOUBT,
	LED_RECOVERING,
	LED_REBOOTING,
	LED_LETGO,
	LED_HOLD,
	LED_MAINTENANCE,
	LED_FAULT,
	LED_OFF,
	LED_PATTERN_COUNT
};

/* What the feeder tells the LED: fixed size, at least once a second. */
struct led_news {
	uint32_t generation;
	uint32_t sequence;
	int64_t at_ms;
	uint16_t number;     /* of the service, from 1; 0: none */
	uint8_t pattern;     /* enum led_pattern */
	uint8_t reserved[5]; /* 0 */
};

_Static_assert(sizeof(struct led_news) == 24, "one layout on every machine");

/* "starting", ... "fault", "off"; never NULL. */
const char *led_pattern_name(enum led_pattern pattern);

/* "slow blink": how a person sees it. */
const char *led_pattern_looks(enum led_pattern pattern);

/* How many slots the pattern has before it repeats. */
uint32_t led_pattern_slots(enum led_pattern pattern, uint16_t number);

/* Whether the LED is lit in slot `slot` (any number; it wraps). */
bool led_pattern_lit(enum led_pattern pattern, uint16_t number, uint32_t slot);

#endif
