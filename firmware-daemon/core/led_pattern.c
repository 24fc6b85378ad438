/* SPDX-License-Identifier: MIT
 *
 * The table of patterns, and the counting flashes behind two of them.
 */
#include "led_pattern.h"

#include "names.h"
#include "state.h"

/* The first slots of a pattern, one bit a slot, bit 0 first; `counts`: the service's number is flashed behind them. */
struct look {
	const char *name;
	const char *looks;
	uint32_t bits;
	uint8_t slots;
	bool counts;
};

static const struct look looks[] = {
        [LED_STARTING] = {"starting", "slow blink", 0x0f, 8, false},
        [LED_WELL] = {"well", "a calm pulse", 0x01, 16, false},
        [LED_DOUBT] = {"doubt", "double pulse", 0x05, 16, false},
        [LED_RECOVERING] = {"recovering", "fast blink, then the number of the service", 0x55, 8, true},
        [LED_REBOOTING] = {"rebooting", "fast blink", 0x01, 2, false},
        [LED_LETGO] = {"letgo", "fast blink", 0x01, 2, false},
        /* Three long (4 on, 2 off), three short (1 on, 1 off). */
        [LED_HOLD] = {"hold", "SOS-like, then the number of the service", 0x54f3cf, 24, true},
        [LED_MAINTENANCE] = {"maintenance", "inverse pulse", 0x3fff, 16, false},
        /* Two triplets that are never evenly spaced, so that nobody takes it for a blink. */
        [LED_FAULT] = {"fault", "stutter", 0x1515, 18, false},
        [LED_OFF] = {"off", "dark", 0x00, 1, false},
};
NAMES_FIT(looks, LED_PATTERN_COUNT);

_Static_assert((int)LED_STARTING == BOARD_STARTING && (int)LED_WELL == BOARD_WELL && (int)LED_DOUBT == BOARD_DOUBT &&
                (int)LED_RECOVERING == BOARD_RECOVERING && (int)LED_REBOOTING == BOARD_REBOOTING &&
                (int)LED_LETGO == BOARD_LETGO && (int)LED_HOLD == BOARD_HOLD &&
                (int)LED_MAINTENANCE == BOARD_MAINTENANCE && (int)LED_FAULT == BOARD_STATE_COUNT,
        "a pattern for every state, in the same order");

enum {
	PAUSE_BEFORE_SLOTS = 4,
	FLASH_SLOTS = 4, /* two on, two off */
	FLASH_ON_SLOTS = 2,
	PAUSE_AFTER_SLOTS = 8,
};

static const struct look *look_of(enum led_pattern pattern)
{
	return &looks[(unsigned)pattern < LED_PATTERN_COUNT ? pattern : LED_FAULT];
}

static uint32_t flashes(uint16_t number)
{
	return number > LED_NUMBER_LAST ? LED_NUMBER_LAST : number;
}

const char *led_pattern_name(enum led_pattern pattern)
{
	return (unsigned)pattern < LED_PATTERN_COUNT ? looks[pattern].name : NAME_INVALID;
}

const char *led_pattern_looks(enum led_pattern pattern)
{
	return look_of(pattern)->looks;
}

uint32_t led_pattern_slots(enum led_pattern pattern, uint16_t number)
{
	const struct look *look = look_of(pattern);

	if (!look->counts)
		return look->slots;
	return look->slots + PAUSE_BEFORE_SLOTS + flashes(number) * FLASH_SLOTS + PAUSE_AFTER_SLOTS;
}

bool led_pattern_lit(enum led_pattern pattern, uint16_t number, uint32_t slot)
{
	const struct look *look = look_of(pattern);

	slot %= led_pattern_slots(pattern, number);
	if (slot < look->slots)
		return look->bits >> slot & 1;
	slot -= look->slots;
	if (slot < PAUSE_BEFORE_SLOTS)
		return false;
	slot -= PAUSE_BEFORE_SLOTS;
	return slot < flashes(number) * FLASH_SLOTS && slot % FLASH_SLOTS < FLASH_ON_SLOTS;
}
