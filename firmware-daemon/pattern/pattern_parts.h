/* SPDX-License-Identifier: MIT
 *
 * Between the parts of pattern.h: the tree that an expression is read into, the program that the tree is made into, and what
 * a compiled pattern keeps.
 */
#ifndef FEEDDOG_CONFIG_PATTERN_PARTS_H
#define FEEDDOG_CONFIG_PATTERN_PARTS_H

#include "pattern.h"

#include <ctype.h>
#include <stdbool.h>

struct byte_set {
	uint64_t words[4];
};

static inline bool set_has(const struct byte_set *set, unsigned byte)
{
	return set->words[byte / 64] >> byte % 64 & 1;
}

static inline void set_add(struct byte_set *set, unsigned byte)
{
	set->words[byte / 64] |= UINT64_C(1) << byte % 64;
}

/* Conditions on the two neighbours of a place between bytes. */
enum place {
	PLACE_LINE_START,
	PLACE_LINE_END,
	PLACE_TEXT_START,
	PLACE_TEXT_END,
	PLACE_WORD_START,
	PLACE_WORD_END,
	PLACE_WORD_EDGE,
	PLACE_NO_WORD_EDGE
};

enum tree_kind { TREE_EMPTY, TREE_SET, TREE_PLACE, TREE_JOIN, TREE_EITHER, TREE_REPEAT };

enum { TREE_NODES_MAX = 3 * PATTERN_TEXT_MAX + 3, SETS_MAX = PATTERN_TEXT_MAX, UNLIMITED = -1 };

struct tree_node {
	enum tree_kind kind;
	uint16_t value;       /* SET: its index; PLACE: enum place */
	uint16_t left, right; /* REPEAT: only left */
	int low, high;        /* REPEAT: how often; high may be UNLIMITED */
};

struct tree {
	struct tree_node nodes[TREE_NODES_MAX];
	struct byte_set sets[SETS_MAX];
	uint16_t node_count, set_count;
	uint16_t root;
};

/* Reads an expression of at most PATTERN_TEXT_MAX bytes. NULL, or what is wrong with it. */
const char *tree_read(struct tree *tree, const char *text);

enum state_kind { STATE_SET, STATE_PLACE, STATE_SPLIT, STATE_FOUND };

/* A state of the program: where it stands when some beginning of a match has been seen. */
struct state {
	uint8_t kind;         /* enum state_kind */
	uint16_t value;       /* as in struct tree_node */
	uint16_t next, other; /* other: of SPLIT */
};

struct program {
	struct state states[PATTERN_STATES_MAX];
	uint16_t count;
	uint16_t first;
	bool has_places;
};

/* False: it would have more than PATTERN_STATES_MAX states. */
bool program_make(struct program *program, const struct tree *tree);

/* What stands on one side of a place. */
enum side { SIDE_EDGE, SIDE_NEWLINE, SIDE_WORD, SIDE_OTHER };

static inline enum side side_of(unsigned char byte)
{
	if (byte == '\n')
		return SIDE_NEWLINE;
	return byte < 128 && (isalnum(byte) || byte == '_') ? SIDE_WORD : SIDE_OTHER;
}

/* A set of states of the program, and where the next byte leads from it. */
struct situation {
	struct situation *in_bucket;
	uint8_t before;           /* enum side: of the last byte */
	struct situation *then[]; /* by class; NULL: not made yet. The set stands behind them. */
};

enum { SITUATION_BUCKETS = 256 };

struct pattern {
	struct state *states;
	struct byte_set *sets;
	uint16_t first, state_count, class_count; /* the class of the end is class_count */
	bool has_places;
	uint8_t class_of[256];
	unsigned char byte_of[256]; /* one of each class */
	size_t word_count;          /* of a set of states */
	char literal[32];           /* stands in every text that matches */
	size_t literal_length;
	/* What follows is of the text under way. */
	struct situation *now; /* NULL: given up */
	int64_t work;
	size_t cache_size;
	struct situation *buckets[SITUATION_BUCKETS];
	uint64_t *from, *to, *start; /* sets of states */
	uint16_t *stack;
};

/* Fills in the states that a match may begin with. */
void pattern_find_start(struct pattern *pattern);

/* Frees all situations. */
void pattern_forget(struct pattern *pattern);

#endif
