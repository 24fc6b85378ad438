/* SPDX-License-Identifier: MIT
 *
 * Memory of one compilation: allocated piece by piece, freed all at once. A program that compiles a configuration has
 * nothing better to do without memory than to end, so running out of it ends the program with one sentence and code 71.
 */
#ifndef FEEDDOG_CONFIG_ARENA_H
#define FEEDDOG_CONFIG_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
	struct arena_chunk *chunks; /* NULL at first */
};

/* `size` zeroed bytes, aligned for anything; never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* A NUL-terminated copy of `length` bytes. */
char *arena_text(struct arena *arena, const char *bytes, size_t length);

void arena_free(struct arena *arena);

/* A growing array of things of one size. */
struct list {
	void *items;
	size_t item_size;
	uint32_t count, room;
};

/* Room for `count` more items at the end, zeroed; the first of them. Earlier pointers into the list end here. */
void *list_add(struct arena *arena, struct list *list, uint32_t count);

#endif
