/* SPDX-License-Identifier: MIT
 *
 * When to start a helper again: at once where it has lived a while, otherwise after a delay that doubles. And how long one that
 * was started may take until it runs. Pure.
 */
#ifndef FEEDDOG_CORE_RESPAWN_H
#define FEEDDOG_CORE_RESPAWN_H

#include <stdint.h>

enum {
	RESPAWN_FIRST_MS = 250,
	RESPAWN_LAST_MS = 10000,
	RESPAWN_WHOLE_MS = 60000, /* lived this long: it is started again at once */
	RESPAWN_UNHEARD_MS = 5000,
	RESPAWN_UNHEARD_MAX_MS = 8 * RESPAWN_UNHEARD_MS,
};

/* The delay before the next start, given the last delay and how long the helper lived. */
uint32_t respawn_delay_ms(uint32_t last_delay_ms, int64_t lived_ms);

/*
 * How long a helper that was just started may be silent before its own allowance begins to count: loading it takes seconds on a
 * slow card or a busy board. `unheard` helpers before it, in a row, were killed without having been heard: it doubles for each,
 * so that the board comes to know its server however slow it is.
 */
uint32_t respawn_unheard_ms(unsigned unheard);

#endif
