/* SPDX-License-Identifier: MIT
 *
 * Which service needs which.
 */
#include "needs.h"

#include "hidden.h"
#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A service by its name, in an array sorted by names. */
struct entry {
	const char *name;
	uint16_t index;
};

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

struct index {
	struct entry *entries;
	uint32_t count;
};

static struct index index_services(struct draft *draft)
{
	struct index index = {NULL, draft->services.count};

	index.entries = arena_alloc(draft->arena, index.count * sizeof(struct entry));
	for (uint32_t i = 0; i < index.count; i++)
		index.entries[i] = (struct entry){draft_service(draft, i)->node->key->text, (uint16_t)i};
	qsort(index.entries, index.count, sizeof(struct entry), compare_entries);
	return index;
}

static void report_unknown(struct draft *draft, const struct index *index, const struct node *item)
{
	if (!problems_are_many(draft->problems)) {
		for (uint32_t i = 0; i < index->count; i++) {
			if (!word_is_near(item->text, index->entries[i].name))
				continue;
			problem_error(draft->problems, item->place,
			        "needs: there is no service %.60s (did you mean %.31s?)", item->text,
			        index->entries[i].name);
			return;
		}
	}
	problem_error(draft->problems, item->place,
	        "needs: there is no service %.60s (write the name of one in services)", item->text);
}

static uint16_t find_service(const struct index *index, const char *name)
{
	const struct entry wanted = {name, 0};
	const struct entry *found = bsearch(&wanted, index->entries, index->count, sizeof(wanted), compare_entries);

	return found ? found->index : NO_INDEX;
}

/* `seen[i]` is 1 + the last service that was found to need i. */
static void resolve_item(
        struct draft *draft, const struct index *index, uint16_t service, const struct node *item, uint32_t seen[])
{
	uint16_t found;

	if (item->kind == NODE_MAP) {
		found = hidden_service(draft, item);
	} else if (item->kind == NODE_TEXT) {
		found = find_service(index, item->text);
		if (found == NO_INDEX)
			report_unknown(draft, index, item);
	} else {
		found = NO_INDEX;
		if (item->kind != NODE_BROKEN)
			problem_error(draft->problems, item->place,
			        "needs: this is not the name of a service (write [NAME])");
	}
	if (found == NO_INDEX)
		return;
	if (found == service) {
		problem_error(draft->problems, item->place, "needs: a service cannot need itself (leave %.31s out)",
		        item->text);
	} else if (seen[found] == service + 1U) {
		problem_error(draft->problems, item->place, "needs: %.31s is given twice (keep one of them)",
		        draft_name(draft, draft_service(draft, found)->spec.name));
	} else {
		seen[found] = service + 1U;
		memcpy(list_add(draft->arena, &draft->needs, 1), &found, sizeof(found));
		draft_service(draft, service)->rule.need_count++;
	}
}

static void resolve(struct draft *draft)
{
	struct index index = index_services(draft);
	uint32_t *seen = arena_alloc(draft->arena, MAX_SERVICES * sizeof(*seen));

	/* Hidden services come behind the declared ones meanwhile, and move these. */
	for (uint32_t i = 0; i < index.count; i++) {
		const struct node *needs = draft_service(draft, i)->needs;
		draft_service(draft, i)->rule.first_need = draft->needs.count;
		for (const struct node *item = needs ? needs->first : NULL; item; item = item->next)
			resolve_item(draft, &index, (uint16_t)i, item, seen);
	}
}

enum mark { MARK_NEW, MARK_OPEN, MARK_PLACED };

/* The way that is being followed, from a service to what it needs, and how far each step of it has come. */
struct walk {
	uint8_t *marks; /* enum mark of each service */
	uint16_t *path;
	uint16_t *steps;
	uint32_t length;
};

/* "web -> database -> web", from where the path met itself. */
static void report_circle(struct draft *draft, const struct walk *walk, uint16_t again)
{
	const struct draft_service *last = draft_service(draft, walk->path[walk->length - 1]);
	const char *name = draft_service(draft, again)->node->key->text;
	struct place place = last->node->key->place;
	char circle[320];
	size_t length = 0;
	uint32_t start = walk->length;

	while (walk->path[--start] != again)
		;
	for (uint32_t i = start; i < walk->length && length + NAME_SIZE + 16 < sizeof(circle) - NAME_SIZE; i++)
		length += (size_t)snprintf(circle + length, sizeof(circle) - length, "%.31s -> ",
		        draft_service(draft, walk->path[i])->node->key->text);
	(void)snprintf(circle + length, sizeof(circle) - length, "%.31s", name);
	for (const struct node *item = last->needs->first; item; item = item->next)
		if (item->kind == NODE_TEXT && strcmp(item->text, name) == 0)
			place = item->place;
	problem_error(draft->problems, place, "needs: a circle: %s (leave one of these needs out)", circle);
}

static void enter(struct walk *walk, uint16_t index)
{
	walk->marks[index] = MARK_OPEN;
	walk->steps[walk->length] = 0;
	walk->path[walk->length++] = index;
}

/* Places a service after all that it needs. */
static void place_service(struct draft *draft, struct walk *walk, uint16_t first)
{
	enter(walk, first);
	while (walk->length > 0) {
		uint16_t index = walk->path[walk->length - 1];
		const struct service_rule *rule = &draft_service(draft, index)->rule;
		uint16_t step = walk->steps[walk->length - 1]++;
		if (step == rule->need_count) {
			walk->marks[index] = MARK_PLACED;
			memcpy(list_add(draft->arena, &draft->order, 1), &index, sizeof(index));
			walk->length--;
			continue;
		}
		uint16_t need = ((const uint16_t *)draft->needs.items)[rule->first_need + step];
		if (walk->marks[need] == MARK_OPEN)
			report_circle(draft, walk, need);
		else if (walk->marks[need] == MARK_NEW)
			enter(walk, need);
	}
}

void needs_resolve(struct draft *draft)
{
	struct walk walk;
	uint32_t count;

	resolve(draft);
	count = draft->services.count;
	walk = (struct walk){
	        .marks = arena_alloc(draft->arena, count),
	        .path = arena_alloc(draft->arena, count * sizeof(uint16_t)),
	        .steps = arena_alloc(draft->arena, count * sizeof(uint16_t)),
	};
	for (uint32_t i = 0; i < count; i++)
		if (walk.marks[i] == MARK_NEW)
			place_service(draft, &walk, (uint16_t)i);
}
