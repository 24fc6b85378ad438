/* SPDX-License-Identifier: MIT
 *
 * Memory of one compilation.
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { CHUNK_SIZE = 64 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, room;
	max_align_t bytes[];
};

static struct arena_chunk *chunk_new(size_t room)
{
	struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + room);

	if (!chunk) {
		(void)fputs("feeddog: not enough memory to read the configuration\n", stderr);
		exit(EX_OSERR);
	}
	chunk->room = room;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t needed = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	struct arena_chunk *chunk = arena->chunks;
	char *piece;

	if (!chunk || chunk->room - chunk->used < needed) {
		chunk = chunk_new(needed > CHUNK_SIZE ? needed : CHUNK_SIZE);
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	piece = (char *)chunk->bytes + chunk->used;
	chunk->used += needed;
	return piece;
}

char *arena_text(struct arena *arena, const char *bytes, size_t length)
{
	char *text = arena_alloc(arena, length + 1);

	memcpy(text, bytes, length);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;
		free(arena->chunks);
		arena->chunks = next;
	}
}

void *list_add(struct arena *arena, struct list *list, uint32_t count)
{
	void *added;

	if (list->room - list->count < count) {
		uint32_t room = list->room * 2 + count + 16;
		void *items = arena_alloc(arena, room * list->item_size);
		if (list->count)
			memcpy(items, list->items, list->count * list->item_size);
		list->items = items;
		list->room = room;
	}
	added = (char *)list->items + list->count * list->item_size;
	list->count += count;
	return added;
}
