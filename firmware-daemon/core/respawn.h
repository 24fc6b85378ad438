/* SPDX-License-Identifier: MIT
 *
 * When to start a helper again: at once where it has lived a while, otherwise after a delay that doubles. Pure.
 */
#ifndef FEEDDOG_CORE_RESPAWN_H
#define FEEDDOG_CORE_RESPAWN_H

#include <stdint.h>

enum {
	RESPAWN_FIRST_MS = 250,
	RESPAWN_LAST_MS = 10000,
	RESPAWN_WHOLE_MS = 60000, /* lived this long: it is started again at once */
};

/* The delay before the next start, given the last delay and how long the helper lived. */
uint32_t respawn_delay_ms(uint32_t last_delay_ms, int64_t lived_ms);

#endif
