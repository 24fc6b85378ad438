/* SPDX-License-Identifier: MIT
 *
 * The ledger's checksum by a table: the same, but a thousand years have many boots. tests/unit/test_core_crc32.c has the real
 * one; that both agree is seen wherever a ledger is read again after it went through the two.
 */
#include "core/crc32.h"

uint32_t __wrap_crc32_of(const uint8_t bytes[], size_t length);

uint32_t __wrap_crc32_of(const uint8_t bytes[], size_t length)
{
	static uint32_t table[256];
	uint32_t crc = 0xFFFFFFFFU;

	if (table[1] == 0)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t value = i;

			for (int bit = 0; bit < 8; bit++)
				value = value >> 1 ^ (value & 1 ? 0xEDB88320U : 0U);
			table[i] = value;
		}
	for (size_t i = 0; i < length; i++)
		crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xFF];
	return ~crc;
}
