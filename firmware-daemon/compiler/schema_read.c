/* SPDX-License-Identifier: MIT
 *
 * The walk through a mapping by the schema.
 */
#include "schema.h"

#include "cross_check.h"
#include "suggest.h"

#include <stdlib.h>
#include <string.h>

static const char *near_key(enum section section, const char *word)
{
	const struct key *key = NULL;

	while ((key = schema_next(section, key)))
		if (word_is_near(word, key->name))
			return key->name;
	return NULL;
}

/* "a, b, c": the keys of a section, as many as there is room for. */
static void list_keys(enum section section, char text[], size_t size)
{
	const struct key *key = NULL;
	size_t length = 0;

	text[0] = '\0';
	while ((key = schema_next(section, key))) {
		size_t room = strlen(key->name) + 3;
		if (length + room > size)
			break;
		if (length)
			length = (size_t)(stpcpy(text + length, ", ") - text);
		length = (size_t)(stpcpy(text + length, key->name) - text);
	}
}

static void report_unknown(struct draft *draft, enum section section, const struct node *key)
{
	const char *near = near_key(section, key->text);
	char known[400];

	if (near) {
		problem_error(draft->problems, key->place, "%.60s: unknown key (did you mean %s?)", key->text, near);
		return;
	}
	for (enum section other = SECTION_TOP; section <= SECTION_OURS && other <= SECTION_OURS; other++) {
		if (!schema_find(other, key->text))
			continue;
		problem_error(draft->problems, key->place, "%s: unknown key %s (it belongs %s)", key->text,
		        section_place(section), section_place(other));
		return;
	}
	list_keys(section, known, sizeof(known));
	problem_error(draft->problems, key->place, "%.60s: unknown key %s (known are %s)", key->text,
	        section_place(section), known);
}

static int compare_keys(const void *a, const void *b)
{
	const struct node *left = *(const struct node *const *)a;
	const struct node *right = *(const struct node *const *)b;
	int order = strcmp(left->key->text, right->key->text);

	if (order)
		return order;
	return left->key->place.at < right->key->place.at ? -1 : left->key->place.at > right->key->place.at;
}

void report_duplicates(struct draft *draft, const struct node *map)
{
	const struct node **sorted = arena_alloc(draft->arena, map->count * sizeof(const struct node *));
	uint32_t count = 0;

	for (const struct node *value = map->first; value; value = value->next)
		sorted[count++] = value;
	if (count)
		qsort(sorted, count, sizeof(const struct node *), compare_keys);
	for (uint32_t i = 1; i < count; i++)
		if (strcmp(sorted[i - 1]->key->text, sorted[i]->key->text) == 0)
			problem_error(draft->problems, sorted[i]->key->place, "%.60s: given twice (keep one of them)",
			        sorted[i]->key->text);
}

/* An option that only one kind of check has, in a check of another. */
static bool is_for_another(const struct key *key, const void *target)
{
	const struct draft_check *check = target;

	/* Where no kind is known, that is error enough. */
	return key->only && check->spec.kind != KIND_COUNT && key->only != 1 + check->spec.kind;
}

static void read_key(struct draft *draft, const struct key *key, const struct node *map, void *target)
{
	const struct node *value = node_get(map, key->name);

	if (value && is_for_another(key, target)) {
		problem_error(draft->problems, value->key->place,
		        "%s: only a check of kind %s takes it (leave it out here)", key->name,
		        check_kind_name((enum check_kind)(key->only - 1)));
	} else if (value) {
		key->read(draft, key, value, target);
	} else if (key->required) {
		problem_error(draft->problems, map->place, "%s is missing %s (write %s)", key->name,
		        section_place(key->section), key->example);
	} else if (key->fallback && !is_for_another(key, target)) {
		const struct node fallback = {.kind = *key->fallback ? NODE_TEXT : NODE_MAP, .text = key->fallback};
		key->read(draft, key, &fallback, target);
	}
}

void schema_read(struct draft *draft, enum section section, const struct node *map, void *target)
{
	uint32_t errors = draft->problems->errors;
	const struct key *key = NULL;

	report_duplicates(draft, map);
	for (const struct node *value = map->first; value; value = value->next)
		if (!schema_find(section, value->key->text))
			report_unknown(draft, section, value->key);
	while ((key = schema_next(section, key)))
		read_key(draft, key, map, target);
	/* What depends on several keys can only be judged where each of them is right. */
	if (draft->problems->errors == errors)
		cross_check(draft, section, map, target);
}
