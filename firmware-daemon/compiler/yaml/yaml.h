/* SPDX-License-Identifier: MIT
 *
 * YAML text to a tree of nodes. The only place that knows libfyaml, of which it uses the event parser: so anchors, aliases,
 * tags, duplicate keys and deep nesting are met while they are read, each with its place, and nothing is ever expanded.
 */
#ifndef FEEDDOG_CONFIG_YAML_H
#define FEEDDOG_CONFIG_YAML_H

#include "compiler/problems.h"

enum node_kind {
	NODE_NOTHING, /* no value, or null */
	NODE_TEXT,
	NODE_LIST,
	NODE_MAP,
	NODE_BROKEN, /* an error was reported for it: to be passed over in silence */
};

struct node {
	enum node_kind kind;
	struct place place;
	const char *text;       /* NODE_TEXT: without quotes, NUL-terminated, no NUL inside */
	const struct node *key; /* inside a map: its key, always a NODE_TEXT */
	struct node *first;     /* of a list's items or a map's values */
	struct node *last;
	struct node *next; /* beside it in the same list or map */
	uint32_t count;
};

/*
 * Parses a text of one document; an empty one is a NODE_NOTHING. Problems found on the way are added; NULL where there is no
 * tree to go on with, then at least one was. The tree lives in the problems' arena.
 */
struct node *yaml_parse(const struct source *source, struct problems *problems);

/* The value of a key in a map; NULL where it is not given. */
const struct node *node_get(const struct node *map, const char *key);

#endif
