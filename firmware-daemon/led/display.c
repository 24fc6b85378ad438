/* SPDX-License-Identifier: MIT
 *
 * What the LED shows now.
 */
#include "display.h"

#include "core/rules.h"

static void show(struct display *display, enum led_pattern pattern, uint16_t number, int64_t now_ms)
{
	if (display->pattern == pattern && display->number == number)
		return;
	display->pattern = (uint8_t)pattern;
	display->number = number;
	display->begun_ms = now_ms;
}

void display_begin(struct display *display, int64_t now_ms)
{
	*display = (struct display){
	        .told_ms = now_ms,
	        .begun_ms = now_ms,
	        .pattern = LED_OFF,
	        /* A feeder that is gone before it said a word did not take its leave. */
	        .told = LED_FAULT,
	};
}

void display_tell(struct display *display, const struct led_news *news, int64_t now_ms)
{
	/* Counted from when it was said: news that waited in the channel while we were stopped are as old as they are. */
	display->told_ms = news->at_ms;
	display->told = news->pattern;
	show(display, (enum led_pattern)news->pattern, news->number, now_ms);
}

bool display_lose(struct display *display, int64_t now_ms)
{
	show(display, LED_FAULT, 0, now_ms);
	return display->told == LED_OFF;
}

/* The first slot after `slot` whose light is another, as a distance; 0: none is. */
static uint32_t slots_to_change(const struct display *display, uint32_t slot, bool lit)
{
	enum led_pattern pattern = (enum led_pattern)display->pattern;
	uint32_t count = led_pattern_slots(pattern, display->number);

	for (uint32_t ahead = 1; ahead < count; ahead++)
		if (led_pattern_lit(pattern, display->number, slot + ahead) != lit)
			return ahead;
	return 0;
}

bool display_lit(struct display *display, int64_t now_ms, int64_t *until_ms)
{
	int64_t silent_ms = display->told_ms + LED_SILENCE_MS;

	if (now_ms >= silent_ms) {
		show(display, LED_FAULT, 0, now_ms);
		silent_ms = FOREVER_MS;
	}
	enum led_pattern pattern = (enum led_pattern)display->pattern;
	int64_t slot = (now_ms - display->begun_ms) / LED_SLOT_MS;
	uint32_t place = (uint32_t)(slot % led_pattern_slots(pattern, display->number));
	bool lit = led_pattern_lit(pattern, display->number, place);
	uint32_t ahead = slots_to_change(display, place, lit);

	*until_ms = ahead ? display->begun_ms + (slot + ahead) * LED_SLOT_MS : FOREVER_MS;
	if (silent_ms < *until_ms)
		*until_ms = silent_ms;
	return lit;
}
