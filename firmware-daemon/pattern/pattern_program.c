/* SPDX-License-Identifier: MIT
 *
 * Makes a tree into a program, from its end to its beginning: what a node becomes leads to the state that follows it.
 * Repetitions are written out.
 */
#include "pattern_parts.h"

/* Of nodes looked at: a repeated empty group makes no states, but may be written out without end. */
enum { STEPS_MAX = 20 * PATTERN_STATES_MAX };

struct maker {
	const struct tree *tree;
	struct program *program;
	unsigned steps;
	bool full;
};

static uint16_t make(struct maker *maker, uint16_t node, uint16_t next);

static uint16_t add_state(struct maker *maker, enum state_kind kind, uint16_t value, uint16_t next)
{
	struct program *program = maker->program;

	if (program->count == PATTERN_STATES_MAX) {
		maker->full = true;
		return 0;
	}
	program->states[program->count] = (struct state){.kind = (uint8_t)kind, .value = value, .next = next};
	return program->count++;
}

/* As often as may be, but at least `low` times, of which the last one leads back to itself. */
static uint16_t make_unlimited(struct maker *maker, uint16_t node, int low, uint16_t next)
{
	uint16_t split = add_state(maker, STATE_SPLIT, 0, next);
	uint16_t first = make(maker, node, split);

	if (maker->full)
		return 0;
	maker->program->states[split].other = first;
	uint16_t entry = low == 0 ? split : first;
	for (int i = 1; i < low && !maker->full; i++)
		entry = make(maker, node, entry);
	return entry;
}

static uint16_t make_repeat(struct maker *maker, const struct tree_node *repeat, uint16_t next)
{
	uint16_t entry = next;

	if (repeat->high == UNLIMITED)
		return make_unlimited(maker, repeat->left, repeat->low, next);
	for (int i = repeat->low; i < repeat->high && !maker->full; i++) {
		uint16_t once = make(maker, repeat->left, entry);

		entry = add_state(maker, STATE_SPLIT, 0, next);
		if (!maker->full)
			maker->program->states[entry].other = once;
	}
	for (int i = 0; i < repeat->low && !maker->full; i++)
		entry = make(maker, repeat->left, entry);
	return entry;
}

static uint16_t make_either(struct maker *maker, const struct tree_node *either, uint16_t next)
{
	uint16_t left = make(maker, either->left, next);
	uint16_t right = make(maker, either->right, next);
	uint16_t split = add_state(maker, STATE_SPLIT, 0, left);

	if (!maker->full)
		maker->program->states[split].other = right;
	return split;
}

/* The state at which a node begins that is followed by `next`. */
static uint16_t make(struct maker *maker, uint16_t node, uint16_t next)
{
	const struct tree_node *at = &maker->tree->nodes[node];

	if (maker->full || ++maker->steps > STEPS_MAX) {
		maker->full = true;
		return 0;
	}
	switch (at->kind) {
	case TREE_SET:
		return add_state(maker, STATE_SET, at->value, next);
	case TREE_PLACE:
		maker->program->has_places = true;
		return add_state(maker, STATE_PLACE, at->value, next);
	case TREE_JOIN:
		next = make(maker, at->right, next);
		return make(maker, at->left, next);
	case TREE_EITHER:
		return make_either(maker, at, next);
	case TREE_REPEAT:
		return make_repeat(maker, at, next);
	case TREE_EMPTY:
		break;
	}
	return next;
}

bool program_make(struct program *program, const struct tree *tree)
{
	struct maker maker = {.tree = tree, .program = program};

	program->count = 0;
	program->has_places = false;
	uint16_t found = add_state(&maker, STATE_FOUND, 0, 0);
	program->first = make(&maker, tree->root, found);
	return !maker.full;
}
