/* SPDX-License-Identifier: MIT
 *
 * Reads an extended regular expression by recursive descent: either = branch {'|' branch}, branch = {piece},
 * piece = atom {repetition}. What regcomp(3) refuses is refused, and nothing else is, except back references and escaped
 * letters and digits without a meaning, which are mistakes (\d, \n).
 */
#include "pattern_parts.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 100, REPEAT_MAX = 32767 };

struct reader {
	struct tree *tree;
	const char *at;
	const char *error; /* the first one */
	unsigned depth;
};

static uint16_t read_either(struct reader *reader);

static uint16_t fail(struct reader *reader, const char *error)
{
	if (!reader->error)
		reader->error = error;
	return 0;
}

static uint16_t add_node(struct reader *reader, struct tree_node node)
{
	struct tree *tree = reader->tree;

	if (tree->node_count == TREE_NODES_MAX)
		return fail(reader, "it is too large (write a shorter one, with smaller repetitions)");
	tree->nodes[tree->node_count] = node;
	return tree->node_count++;
}

static uint16_t add_set(struct reader *reader, const struct byte_set *set)
{
	struct tree *tree = reader->tree;
	uint16_t i = 0;

	while (i < tree->set_count && memcmp(&tree->sets[i], set, sizeof(*set)) != 0)
		i++;
	if (i == SETS_MAX)
		return fail(reader, "it is too large (write a shorter one, with smaller repetitions)");
	if (i == tree->set_count)
		tree->sets[tree->set_count++] = *set;
	return add_node(reader, (struct tree_node){.kind = TREE_SET, .value = i});
}

static uint16_t add_byte(struct reader *reader, char byte)
{
	struct byte_set set = {{0}};

	set_add(&set, (unsigned char)byte);
	return add_set(reader, &set);
}

static void invert(struct byte_set *set)
{
	for (size_t i = 0; i < 4; i++)
		set->words[i] = ~set->words[i];
}

static void add_class(struct byte_set *set, int (*is_in)(int byte))
{
	/* ASCII only, as in the locale "C". */
	for (int byte = 0; byte < 128; byte++)
		if (is_in(byte))
			set_add(set, (unsigned)byte);
}

static bool add_named_class(struct byte_set *set, const char *name, size_t length)
{
	static const struct {
		const char *name;
		int (*is_in)(int byte);
	} classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"upper", isupper},
	        {"lower", islower}, {"space", isspace}, {"blank", isblank}, {"punct", ispunct}, {"print", isprint},
	        {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strlen(classes[i].name) != length || memcmp(classes[i].name, name, length) != 0)
			continue;
		add_class(set, classes[i].is_in);
		return true;
	}
	return false;
}

/* [:alpha:], [=a=] or [.-.] at `at`, which is behind its first bracket. Its one byte; -1: it was a class, or an error. */
static int read_bracketed(struct reader *reader, struct byte_set *set)
{
	char kind = *reader->at;
	const char *name = reader->at + 1;
	const char end[] = {kind, ']', '\0'};
	const char *stop = *name ? strstr(name + (kind == ':' ? 0 : 1), end) : NULL;
	int byte = -1;

	if (!stop) {
		fail(reader, "a [ is not closed");
		return -1;
	}
	if (kind == ':' && !add_named_class(set, name, (size_t)(stop - name)))
		fail(reader, "there is no such class of characters between [: and :]");
	if (kind != ':' && stop - name != 1)
		fail(reader, "[. .] and [= =] take one character");
	if (kind != ':')
		byte = (unsigned char)*name;
	reader->at = stop + 2;
	return byte;
}

/* One end of a range, or all of a member. -1 as above. */
static int read_member(struct reader *reader, struct byte_set *set, bool *equivalence)
{
	*equivalence = false;
	if (reader->at[0] == '[' && reader->at[1] && strchr(":=.", reader->at[1])) {
		*equivalence = reader->at[1] == '=';
		reader->at++;
		return read_bracketed(reader, set);
	}
	return (unsigned char)*reader->at++;
}

static void read_range(struct reader *reader, struct byte_set *set, bool is_first)
{
	bool equivalence;

	if (reader->at[0] == '-' && !is_first && reader->at[1] != ']') {
		fail(reader, "a - in [] that stands for itself is neither first nor last");
		return;
	}
	int low = read_member(reader, set, &equivalence);
	bool is_range = reader->at[0] == '-' && reader->at[1] && reader->at[1] != ']';

	if (reader->error)
		return;
	if (!is_range) {
		if (low >= 0)
			set_add(set, (unsigned)low);
		return;
	}
	reader->at++;
	int high = low < 0 || equivalence ? -1 : read_member(reader, set, &equivalence);
	if (high < low || high < 0 || equivalence) {
		fail(reader, "a range in [] has no beginning or ends before it begins");
		return;
	}
	for (int byte = low; byte <= high; byte++)
		set_add(set, (unsigned)byte);
}

/* Behind a '['. */
static uint16_t read_bracket(struct reader *reader)
{
	struct byte_set set = {{0}};
	bool inverted = *reader->at == '^';

	if (inverted)
		reader->at++;
	for (const char *first = reader->at; !reader->error && (*reader->at != ']' || reader->at == first);) {
		if (!*reader->at)
			return fail(reader, "a [ is not closed");
		read_range(reader, &set, reader->at == first);
	}
	if (reader->error)
		return 0;
	reader->at++;
	if (inverted) {
		set_add(&set, '\n');
		invert(&set);
	}
	return add_set(reader, &set);
}

static int is_word(int byte)
{
	return isalnum(byte) || byte == '_';
}

static uint16_t add_escaped_class(struct reader *reader, int (*is_in)(int byte), bool inverted)
{
	struct byte_set set = {{0}};

	add_class(&set, is_in);
	if (inverted)
		invert(&set);
	return add_set(reader, &set);
}

static uint16_t add_place(struct reader *reader, enum place place)
{
	return add_node(reader, (struct tree_node){.kind = TREE_PLACE, .value = (uint16_t)place});
}

/* Behind a backslash. */
static uint16_t read_escape(struct reader *reader)
{
	static const char places[] = "<>bB`'";
	static const enum place which[] = {PLACE_WORD_START, PLACE_WORD_END, PLACE_WORD_EDGE, PLACE_NO_WORD_EDGE,
	        PLACE_TEXT_START, PLACE_TEXT_END};
	char c = *reader->at;

	if (!c)
		return fail(reader, "it ends with a \\");
	reader->at++;
	if (strchr("wW", c))
		return add_escaped_class(reader, is_word, c == 'W');
	if (strchr("sS", c))
		return add_escaped_class(reader, isspace, c == 'S');
	if (strchr(places, c))
		return add_place(reader, which[strchr(places, c) - places]);
	if (c >= '1' && c <= '9')
		return fail(reader, "it refers back to a group (write out what \\1 to \\9 stand for)");
	if (c == 'd')
		return fail(reader, "\\d has no meaning in extended regular expressions (write [0-9])");
	if (isalnum((unsigned char)c))
		return fail(reader, "a \\ stands before a letter or digit with which it has no meaning");
	return add_byte(reader, c);
}

static uint16_t read_group(struct reader *reader)
{
	if (++reader->depth > DEPTH_MAX)
		return fail(reader, "its groups are nested too deeply");
	uint16_t node = read_either(reader);
	if (*reader->at != ')')
		return fail(reader, "a ( is not closed");
	reader->at++;
	reader->depth--;
	return node;
}

static uint16_t read_atom(struct reader *reader)
{
	struct byte_set any = {{0}};
	char c = *reader->at++;

	switch (c) {
	case '(':
		return read_group(reader);
	case '[':
		return read_bracket(reader);
	case '\\':
		return read_escape(reader);
	case '^':
		return add_place(reader, PLACE_LINE_START);
	case '$':
		return add_place(reader, PLACE_LINE_END);
	case '.':
		set_add(&any, '\n');
		invert(&any);
		return add_set(reader, &any);
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(reader, "there is nothing before a *, +, ? or { that it could repeat");
	default:
		return add_byte(reader, c);
	}
}

/* -1: there is no number. */
static int read_number(struct reader *reader)
{
	long number = -1;

	for (; *reader->at >= '0' && *reader->at <= '9'; reader->at++)
		if (number <= REPEAT_MAX)
			number = (number < 0 ? 0 : number * 10) + (*reader->at - '0');
	if (number > REPEAT_MAX)
		fail(reader, "it is too large (write a shorter one, with smaller repetitions)");
	return (int)number;
}

/* Behind a '{'. */
static void read_counts(struct reader *reader, int *low, int *high)
{
	*low = read_number(reader);
	bool list = *reader->at == ',';
	if (list)
		reader->at++;
	*high = list ? read_number(reader) : *low;
	if (*reader->at != '}' || (*low < 0 && !list)) {
		fail(reader, "a { is not followed by N}, N,} or N,M}");
		return;
	}
	reader->at++;
	if (*low < 0)
		*low = 0;
	if (*high >= 0 && *high < *low)
		fail(reader, "in {N,M} M is less than N");
}

static uint16_t read_piece(struct reader *reader)
{
	bool is_group = *reader->at == '(';
	uint16_t node = read_atom(reader);

	/* Nothing repeats a place: `^*` is refused as `*` alone is. */
	if (!is_group && reader->tree->nodes[node].kind == TREE_PLACE)
		return node;
	while (!reader->error && *reader->at && strchr("*+?{", *reader->at)) {
		struct tree_node repeat = {.kind = TREE_REPEAT, .left = node, .high = UNLIMITED};
		char c = *reader->at++;

		repeat.low = c == '+';
		if (c == '?')
			repeat.high = 1;
		if (c == '{')
			read_counts(reader, &repeat.low, &repeat.high);
		node = add_node(reader, repeat);
	}
	return node;
}

static uint16_t read_branch(struct reader *reader)
{
	uint16_t node = add_node(reader, (struct tree_node){.kind = TREE_EMPTY});

	while (!reader->error && *reader->at && *reader->at != '|' && (*reader->at != ')' || reader->depth == 0)) {
		uint16_t piece = read_piece(reader);

		if (reader->tree->nodes[node].kind == TREE_EMPTY)
			node = piece;
		else
			node = add_node(reader, (struct tree_node){.kind = TREE_JOIN, .left = node, .right = piece});
	}
	return node;
}

static uint16_t read_either(struct reader *reader)
{
	uint16_t node = read_branch(reader);

	while (!reader->error && *reader->at == '|') {
		reader->at++;
		uint16_t branch = read_branch(reader);
		node = add_node(reader, (struct tree_node){.kind = TREE_EITHER, .left = node, .right = branch});
	}
	return node;
}

const char *tree_read(struct tree *tree, const char *text)
{
	struct reader reader = {.tree = tree, .at = text};

	tree->node_count = 0;
	tree->set_count = 0;
	tree->root = read_either(&reader);
	return reader.error;
}
