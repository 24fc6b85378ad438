/* SPDX-License-Identifier: MIT
 *
 * UTF-8 without its forbidden forms.
 */
#include "utf8.h"

#include <stdint.h>

/* Second bytes that would make a character too long for what it says, a surrogate, or beyond Unicode. */
static bool second_is_wrong(unsigned char first, unsigned char second)
{
	return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

size_t utf8_character(const char *bytes, size_t length)
{
	const unsigned char *b = (const unsigned char *)bytes;

	if (length == 0)
		return 0;
	size_t needed = b[0] < 0x80 ? 1 : b[0] < 0xc2 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : b[0] < 0xf5 ? 4 : 0;
	if (needed > length)
		return 0;
	for (size_t i = 1; i < needed; i++)
		if ((b[i] & 0xc0) != 0x80)
			return 0;
	return needed > 1 && second_is_wrong(b[0], b[1]) ? 0 : needed;
}

/* Of two or three bytes. */
static uint32_t code_point(const char *bytes, size_t length)
{
	const unsigned char *b = (const unsigned char *)bytes;

	if (length == 2)
		return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
	return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
}

size_t utf8_harmless(const char *bytes, size_t length)
{
	size_t size = utf8_character(bytes, length);

	if (size == 1)
		return (unsigned char)bytes[0] < 0x20 || bytes[0] == 0x7f ? 0 : 1;
	/* All that is harmful has at most three bytes, but for the tags. */
	if (size == 0 || size == 4)
		return size == 4 && bytes[0] == '\xf3' && bytes[1] == '\xa0' ? 0 : size;
	uint32_t code = code_point(bytes, size);
	bool is_harmful = code < 0xa0 || code == 0x61c || code == 0x200e || code == 0x200f ||
	        (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
	return is_harmful ? 0 : size;
}
