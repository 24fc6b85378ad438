/* SPDX-License-Identifier: MIT
 *
 * A checksum that finds torn and decayed bytes. Pure.
 */
#ifndef FEEDDOG_CORE_CRC32_H
#define FEEDDOG_CORE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const uint8_t bytes[], size_t length);

#endif
