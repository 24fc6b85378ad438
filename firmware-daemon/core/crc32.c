/* SPDX-License-Identifier: MIT
 *
 * CRC-32 as in IEEE 802.3 (reflected, polynomial 0xEDB88320), bit by bit: it runs once a transition over one slot.
 */
#include "crc32.h"

uint32_t crc32_of(const uint8_t bytes[], size_t length)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0U);
	}
	return ~crc;
}
