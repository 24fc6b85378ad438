/* SPDX-License-Identifier: MIT
 *
 * A hash set of packed worlds, in the order in which they were found.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 1 << 16, SLOTS_EACH = 2 };

static uint64_t hash_of(const uint8_t bytes[], size_t size)
{
	uint64_t hash = 0xCBF29CE484222325U;

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, bytes + i, size - i < sizeof(word) ? size - i : sizeof(word));
		hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
		hash ^= hash >> 29;
	}
	return hash;
}

static uint32_t *slot_of(const struct states *states, const uint8_t bytes[])
{
	uint32_t mask = states->room * SLOTS_EACH - 1;
	uint32_t at = (uint32_t)hash_of(bytes, states->size) & mask;

	while (states->slots[at] && memcmp(states_at(states, states->slots[at] - 1), bytes, states->size) != 0)
		at = (at + 1) & mask;
	return &states->slots[at];
}

static bool grow(struct states *states, uint32_t room)
{
	uint8_t *worlds = realloc(states->worlds, (size_t)room * states->size);
	uint32_t *parents = realloc(states->parents, (size_t)room * sizeof(*parents));
	uint8_t *happenings = realloc(states->happenings, room);
	uint32_t *slots = calloc((size_t)room * SLOTS_EACH, sizeof(*slots));

	states->worlds = worlds ? worlds : states->worlds;
	states->parents = parents ? parents : states->parents;
	states->happenings = happenings ? happenings : states->happenings;
	if (!worlds || !parents || !happenings || !slots) {
		free(slots);
		return false;
	}
	free(states->slots);
	states->slots = slots;
	states->room = room;
	for (uint32_t i = 0; i < states->count; i++)
		*slot_of(states, states_at(states, i)) = i + 1;
	return true;
}

bool states_begin(struct states *states, size_t size)
{
	*states = (struct states){.size = size};
	return grow(states, ROOM_FIRST);
}

void states_end(struct states *states)
{
	free(states->worlds);
	free(states->parents);
	free(states->happenings);
	free(states->slots);
}

const uint8_t *states_at(const struct states *states, uint32_t index)
{
	return states->worlds + (size_t)index * states->size;
}

uint32_t states_find(const struct states *states, const uint8_t bytes[])
{
	return *slot_of(states, bytes) - 1; /* an empty slot: NO_STATE */
}

bool states_add(struct states *states, const uint8_t bytes[], uint32_t parent, unsigned happening)
{
	uint32_t *slot = slot_of(states, bytes);

	if (*slot)
		return true;
	if (states->count == states->room) {
		if (!grow(states, 2 * states->room))
			return false;
		slot = slot_of(states, bytes);
	}
	memcpy(states->worlds + (size_t)states->count * states->size, bytes, states->size);
	states->parents[states->count] = parent;
	states->happenings[states->count] = (uint8_t)happening;
	*slot = ++states->count;
	return true;
}
