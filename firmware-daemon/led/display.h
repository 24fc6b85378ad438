/* SPDX-License-Identifier: MIT
 *
 * What the LED shows now, from what the feeder told and from silence (promise P8). Pure: time is an argument, in
 * milliseconds of CLOCK_MONOTONIC.
 *
 * Slots are counted from when the pattern began, never from the last look, so a late wake-up does not make it drift.
 */
#ifndef FEEDDOG_LED_DISPLAY_H
#define FEEDDOG_LED_DISPLAY_H

#include "core/led_pattern.h"

struct display {
	int64_t told_ms;  /* when the feeder said what it last said; the start, where it said nothing yet */
	int64_t begun_ms; /* when the pattern shown began */
	uint16_t number;  /* of the pattern shown */
	uint8_t pattern;  /* enum led_pattern that is shown */
	uint8_t told;     /* enum led_pattern that was last told */
};

/* Dark, until the feeder speaks or its silence has lasted too long. */
void display_begin(struct display *display, int64_t now_ms);

/* The feeder told this. */
void display_tell(struct display *display, const struct led_news *news, int64_t now_ms);

/* The feeder is gone. True where it took its leave, having told `off`: then there is nothing left to show. */
bool display_lose(struct display *display, int64_t now_ms);

/* Whether the LED is lit at now_ms; `*until_ms` is the next time at which that may change (FOREVER_MS: not by time). */
bool display_lit(struct display *display, int64_t now_ms, int64_t *until_ms);

#endif
