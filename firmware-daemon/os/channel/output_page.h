/* SPDX-License-Identifier: MIT
 *
 * Thin: memory in which the checker leaves the first line that a command of a check has printed, for the actor to show. The
 * feeder makes it and reads nothing of it; it outlives both helpers. Whoever reads it trusts none of its bytes.
 */
#ifndef FEEDDOG_OS_OUTPUT_PAGE_H
#define FEEDDOG_OS_OUTPUT_PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { OUTPUT_TEXT_SIZE = 124 }; /* with its NUL */

struct output_slot {
	_Atomic uint32_t version; /* odd while it is written */
	char text[OUTPUT_TEXT_SIZE];
};

struct output_page {
	struct output_slot *slots; /* NULL: there is none */
	uint16_t count;
};

/* The memory for so many checks, which nobody can make smaller or larger. A descriptor or -errno. */
__attribute__((warn_unused_result)) int output_page_create(uint16_t count);

/* Maps what a descriptor holds, if it is such memory for `count` checks; else the page has no slots. */
enum output_access { OUTPUT_READ, OUTPUT_WRITE };
void output_page_map(struct output_page *page, int fd, uint16_t count, enum output_access access);

/* The first line of `length` bytes that is not empty becomes the text of a check. */
void output_page_write(const struct output_page *page, uint16_t check, const char *bytes, size_t length);

/* The text of a check, in UTF-8 and harmless on a terminal; "" where there is none, or it is being written. */
const char *output_page_read(const struct output_page *page, uint16_t check, char text[OUTPUT_TEXT_SIZE]);

#endif
