/* SPDX-License-Identifier: MIT
 *
 * The delay before a helper is started again.
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
