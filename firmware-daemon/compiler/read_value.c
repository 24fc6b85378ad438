/* SPDX-License-Identifier: MIT
 *
 * Readers of values that are a single word.
 */
#include "read.h"

#include "duration.h"
#include "suggest.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_words[] = {
        [NODE_NOTHING] = "nothing",
        [NODE_TEXT] = "a single value",
        [NODE_LIST] = "a list",
        [NODE_MAP] = "a mapping",
        [NODE_BROKEN] = "",
};

bool node_is(
        struct draft *draft, const struct key *key, const struct node *node, enum node_kind kind, const char *wanted)
{
	if (node->kind == kind)
		return true;
	if (node->kind != NODE_BROKEN)
		problem_error(draft->problems, node->place, "%s: %s stands where %s is wanted (write %s)", key->name,
		        kind_words[node->kind], wanted, key->example);
	return false;
}

void store_number(const struct key *key, void *target, uint64_t number)
{
	void *place = (char *)target + key->offset;

	if (key->size == sizeof(uint8_t))
		*(uint8_t *)place = (uint8_t)number;
	else if (key->size == sizeof(uint16_t))
		*(uint16_t *)place = (uint16_t)number;
	else
		*(uint32_t *)place = (uint32_t)number;
}

void store_text(struct draft *draft, const struct key *key, void *target, const char *text)
{
	store_number(key, target, draft_text(draft, text));
}

static void report_duration(
        struct draft *draft, const struct key *key, const struct node *value, enum duration_error error)
{
	switch (error) {
	case DURATION_NO_NUMBER:
		problem_error(draft->problems, value->place,
		        "%s: '%.60s' is not a duration (write 500ms, 5s, 2m, 1h or 1d)", key->name, value->text);
		break;
	case DURATION_NO_UNIT:
		problem_error(draft->problems, value->place,
		        "%s: '%.60s' has no unit (write %.60ss if seconds are meant)", key->name, value->text,
		        value->text);
		break;
	case DURATION_BAD_UNIT:
		problem_error(draft->problems, value->place,
		        "%s: '%.60s' is not a whole number with one unit (write 500ms, 5s, 2m, 1h or 1d)", key->name,
		        value->text);
		break;
	case DURATION_TOO_LONG:
		problem_error(draft->problems, value->place, "%s: %.60s is too long (write %dd at most)", key->name,
		        value->text, MAX_DURATION_S / 86400);
		break;
	case DURATION_OK:
		break;
	}
}

void read_duration(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	char limit[DURATION_TEXT_SIZE];
	enum duration_error error;
	uint32_t ms = 0;

	if (!node_is(draft, key, value, NODE_TEXT, "a duration"))
		return;
	error = duration_parse(value->text, &ms);
	if (error != DURATION_OK)
		report_duration(draft, key, value, error);
	else if (ms < key->low)
		problem_error(draft->problems, value->place, "%s: %s is too short (write %s at least)", key->name,
		        value->text, duration_text(limit, (uint32_t)key->low));
	else if (ms > key->high)
		problem_error(draft->problems, value->place, "%s: %s is too long (write %s at most)", key->name,
		        value->text, duration_text(limit, (uint32_t)key->high));
	else
		store_number(key, target, ms);
}

void read_number(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	char *end;
	long long number;

	if (!node_is(draft, key, value, NODE_TEXT, "a number"))
		return;
	number = strtoll(value->text, &end, 10);
	if (*end || !strchr("-0123456789", value->text[0]) || !*value->text)
		problem_error(draft->problems, value->place, "%s: '%.60s' is not a whole number (write %s)", key->name,
		        value->text, key->example);
	else if (number < key->low || number > key->high)
		problem_error(draft->problems, value->place,
		        "%s: %.60s is out of range (write a number from %lld to %lld)", key->name, value->text,
		        (long long)key->low, (long long)key->high);
	else
		store_number(key, target, (uint64_t)number);
}

void read_choice(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (!node_is(draft, key, value, NODE_TEXT, "a word"))
		return;
	for (const struct choice *choice = key->choices; choice->word; choice++) {
		if (strcmp(value->text, choice->word) != 0)
			continue;
		store_number(key, target, choice->value);
		return;
	}
	for (const struct choice *choice = key->choices; choice->word; choice++) {
		if (!word_is_near(value->text, choice->word))
			continue;
		problem_error(draft->problems, value->place, "%s: '%.60s' is not understood (did you mean %s?)",
		        key->name, value->text, choice->word);
		return;
	}
	problem_error(draft->problems, value->place, "%s: '%.60s' is not understood (write %s)", key->name, value->text,
	        key->example);
}

void read_text(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (!node_is(draft, key, value, NODE_TEXT, "a text"))
		return;
	if (*value->text)
		store_text(draft, key, target, value->text);
	else
		problem_error(
		        draft->problems, value->place, "%s: the text is empty (write %s)", key->name, key->example);
}

/* Absolute, since feeddogd works in the root directory, not where it was started. */
void read_path(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (!node_is(draft, key, value, NODE_TEXT, "a path"))
		return;
	if (value->text[0] == '/')
		store_text(draft, key, target, value->text);
	else
		problem_error(draft->problems, value->place, "%s: '%.60s' is not an absolute path (write %s)",
		        key->name, value->text, key->example);
}

bool name_is_valid(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t length = strlen(name);

	return length > 0 && length < NAME_SIZE && strspn(name, letters) == length && !strchr("_.-", name[0]);
}

void read_name(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (!node_is(draft, key, value, NODE_TEXT, "a name"))
		return;
	if (name_is_valid(value->text))
		store_text(draft, key, target, value->text);
	else
		problem_error(draft->problems, value->place,
		        "%s: '%.60s' is not a name (write 1 to %d letters, digits, _ . or -, a letter or digit first)",
		        key->name, value->text, NAME_SIZE - 1);
}

/* A name of something in the system, such as a process or an LED: no slash, no blank space. */
void read_word(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (!node_is(draft, key, value, NODE_TEXT, "a name"))
		return;
	if (*value->text && !value->text[strcspn(value->text, "/ \t\r\n")])
		store_text(draft, key, target, value->text);
	else
		problem_error(draft->problems, value->place, "%s: '%.60s' is not a name (write %s)", key->name,
		        value->text, key->example);
}
