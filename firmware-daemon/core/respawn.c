/* SPDX-License-Identifier: MIT
 *
 * The delay before a helper is started again, and the time that it has until it is heard.
 */
#include "respawn.h"

uint32_t respawn_delay_ms(uint32_t last_delay_ms, int64_t lived_ms)
{
	if (lived_ms >= RESPAWN_WHOLE_MS)
		return 0;
	if (last_delay_ms == 0)
		return RESPAWN_FIRST_MS;
	return last_delay_ms >= RESPAWN_LAST_MS / 2 ? RESPAWN_LAST_MS : 2 * last_delay_ms;
}

uint32_t respawn_unheard_ms(unsigned unheard)
{
	uint32_t time_ms = RESPAWN_UNHEARD_MS;

	for (unsigned i = 0; i < unheard && time_ms < RESPAWN_UNHEARD_MAX_MS; i++)
		time_ms *= 2;
	return time_ms;
}
