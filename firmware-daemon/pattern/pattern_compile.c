/* SPDX-License-Identifier: MIT
 *
 * From an expression to a pattern: classes of bytes, and the literal that stands in every text that matches.
 */
#include "pattern_parts.h"

#include <stdlib.h>
#include <string.h>

/* Splits every class into what is in a set and what is not. */
static void tell_apart(struct pattern *pattern, const struct byte_set *set)
{
	int inside[256];
	bool outside[256] = {false};

	memset(inside, -1, sizeof(inside));
	for (unsigned byte = 0; byte < 256; byte++)
		if (!set_has(set, byte))
			outside[pattern->class_of[byte]] = true;
	for (unsigned byte = 0; byte < 256; byte++) {
		unsigned class = pattern->class_of[byte];

		if (!set_has(set, byte) || !outside[class])
			continue;
		if (inside[class] < 0)
			inside[class] = pattern->class_count++;
		pattern->class_of[byte] = (uint8_t)inside[class];
	}
}

static void make_classes(struct pattern *pattern, const struct tree *tree)
{
	struct byte_set newline = {{0}}, word = {{0}};

	pattern->class_count = 1;
	set_add(&newline, '\n');
	for (unsigned byte = 0; byte < 256; byte++)
		if (side_of((unsigned char)byte) == SIDE_WORD)
			set_add(&word, byte);
	for (uint16_t i = 0; i < tree->set_count; i++)
		tell_apart(pattern, &tree->sets[i]);
	if (pattern->has_places) {
		tell_apart(pattern, &newline);
		tell_apart(pattern, &word);
	}
	for (unsigned byte = 0; byte < 256; byte++)
		pattern->byte_of[pattern->class_of[byte]] = (unsigned char)byte;
}

/* The one byte of a set; -1: it has none, or several. */
static int only_byte(const struct byte_set *set)
{
	int only = -1;

	for (int byte = 0; byte < 256; byte++) {
		if (!set_has(set, (unsigned)byte))
			continue;
		if (only >= 0)
			return -1;
		only = byte;
	}
	return only;
}

/* Walks along what must follow one another, and keeps the longest row of single bytes. */
struct row {
	char bytes[sizeof(((struct pattern *)0)->literal)];
	size_t length;
};

static void find_literal(struct pattern *pattern, const struct tree *tree, uint16_t node, struct row *row)
{
	const struct tree_node *at = &tree->nodes[node];

	if (at->kind == TREE_JOIN) {
		find_literal(pattern, tree, at->left, row);
		find_literal(pattern, tree, at->right, row);
		return;
	}
	if (at->kind == TREE_PLACE || at->kind == TREE_EMPTY)
		return;
	int byte = at->kind == TREE_SET ? only_byte(&tree->sets[at->value]) : -1;
	if (byte < 0) {
		row->length = 0;
		return;
	}
	if (row->length < sizeof(row->bytes))
		row->bytes[row->length++] = (char)byte;
	if (row->length > pattern->literal_length) {
		pattern->literal_length = row->length;
		memcpy(pattern->literal, row->bytes, row->length);
	}
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	pattern_forget(pattern);
	free(pattern->states);
	free(pattern->sets);
	free(pattern->from);
	free(pattern->stack);
	free(pattern);
}

/* What the pattern keeps of its tree and program. False: no memory. */
static bool take_over(struct pattern *pattern, const struct tree *tree, const struct program *program)
{
	size_t words = program->count / 64 + 1u;

	*pattern = (struct pattern){
	        .first = program->first,
	        .state_count = program->count,
	        .has_places = program->has_places,
	        .word_count = words,
	        .states = calloc(program->count, sizeof(struct state)),
	        .sets = calloc(tree->set_count + 1u, sizeof(struct byte_set)),
	        .from = calloc(3 * words, sizeof(uint64_t)),
	        /* Each state is taken from it once, and puts two at most. */
	        .stack = calloc(2u * program->count + 1, sizeof(uint16_t)),
	};
	if (!pattern->states || !pattern->sets || !pattern->from || !pattern->stack)
		return false;
	memcpy(pattern->states, program->states, program->count * sizeof(struct state));
	memcpy(pattern->sets, tree->sets, tree->set_count * sizeof(struct byte_set));
	pattern->to = pattern->from + words;
	pattern->start = pattern->to + words;
	make_classes(pattern, tree);
	find_literal(pattern, tree, tree->root, &(struct row){.length = 0});
	pattern_find_start(pattern);
	return true;
}

struct pattern *pattern_compile(const char *text, const char **error)
{
	struct parts {
		struct tree tree;
		struct program program;
	} *parts = NULL;
	struct pattern *pattern = NULL;

	*error = strlen(text) > PATTERN_TEXT_MAX ? "it is too large (write a shorter one, with smaller repetitions)"
	                                         : NULL;
	if (!*error && !(parts = malloc(sizeof(*parts))))
		*error = "there is no memory for it";
	if (!*error)
		*error = tree_read(&parts->tree, text);
	if (!*error && !program_make(&parts->program, &parts->tree))
		*error = "it is too large (write a shorter one, with smaller repetitions)";
	if (!*error) {
		pattern = malloc(sizeof(*pattern));
		if (!pattern || !take_over(pattern, &parts->tree, &parts->program))
			*error = "there is no memory for it";
	}
	free(parts);
	if (!*error)
		return pattern;
	pattern_free(pattern);
	return NULL;
}
