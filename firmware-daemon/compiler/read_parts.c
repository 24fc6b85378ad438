/* SPDX-License-Identifier: MIT
 *
 * Readers of values that have parts of their own.
 */
#include "read.h"

#include "user.h"

#include <string.h>

/* The keys of an inner mapping go where those of the outer one go. */
void read_section(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (node_is(draft, key, value, NODE_MAP, "a mapping"))
		schema_read(draft, key->inner, value, target);
}

void command_add(struct draft *draft, struct command *command, const char *text)
{
	text_at at = draft_text(draft, text);

	memcpy(list_add(draft->arena, &draft->argv, 1), &at, sizeof(at));
	command->argc++;
}

static void read_arguments(struct draft *draft, const struct key *key, const struct node *list, struct command *command)
{
	if (!list->first || (list->first->kind == NODE_TEXT && !*list->first->text)) {
		problem_error(
		        draft->problems, list->place, "%s: the command is empty (write %s)", key->name, key->example);
		return;
	}
	for (const struct node *item = list->first; item; item = item->next)
		if (node_is(draft, key, item, NODE_TEXT, "an argument"))
			command_add(draft, command, item->text);
}

/* A text is for the shell, a list is run as it is. */
void read_command(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct command *command = (void *)((char *)target + key->offset);

	*command = (struct command){draft->argv.count, 0};
	if (value->kind == NODE_LIST) {
		read_arguments(draft, key, value, command);
	} else if (node_is(draft, key, value, NODE_TEXT, "a command")) {
		if (!value->text[strspn(value->text, " \t\n")]) {
			problem_error(draft->problems, value->place, "%s: the command is empty (write %s)", key->name,
			        key->example);
			return;
		}
		command_add(draft, command, "/bin/sh");
		command_add(draft, command, "-c");
		command_add(draft, command, value->text);
	}
}

/* node_exporter reads only what is called so. */
void read_metrics(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	size_t length = value->kind == NODE_TEXT ? strlen(value->text) : 0;

	if (value->kind != NODE_TEXT || value->text[0] != '/')
		read_path(draft, key, value, target);
	else if (length < strlen("/x.prom") || strcmp(value->text + length - strlen(".prom"), ".prom") != 0 ||
	        value->text[length - strlen("x.prom")] == '/')
		problem_error(draft->problems, value->place,
		        "metrics: '%.200s' does not end in .prom, so that node_exporter would not read it (write %s)",
		        value->text, key->example);
	else
		store_text(draft, key, target, value->text);
}

void read_user(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct identity *identity = (void *)((char *)target + key->offset);

	if (!node_is(draft, key, value, NODE_TEXT, "a name"))
		return;
	switch (user_find(value->text, identity)) {
	case USER_FOUND:
		break;
	case USER_GROUPS_CUT:
		problem_warning(draft->problems, value->place,
		        "user: %.60s is in more than %d groups (the others are left out)", value->text, MAX_GROUPS);
		break;
	case USER_UNKNOWN:
		problem_error(draft->problems, value->place,
		        "user: there is no user %.60s on this machine (write one of those in /etc/passwd)",
		        value->text);
		break;
	}
	identity->name = draft_text(draft, value->text);
}

/* A mapping, or none, by which also the board's own LED is left alone. */
void read_led(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (value->kind != NODE_TEXT || strcmp(value->text, "none") != 0)
		read_section(draft, key, value, target);
}

/* Words, in a list. */
void read_words(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct command *words = (void *)((char *)target + key->offset);

	*words = (struct command){draft->argv.count, 0};
	if (!node_is(draft, key, value, NODE_LIST, "a list of words"))
		return;
	for (const struct node *item = value->first; item; item = item->next)
		if (node_is(draft, key, item, NODE_TEXT, "a word"))
			command_add(draft, words, item->text);
}

/* A line's name, or a mapping of chip and line. */
void read_gpio(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (value->kind == NODE_MAP) {
		draft->head.led.kind = LED_GPIO_LINE;
		read_section(draft, key, value, target);
	} else {
		draft->head.led.kind = LED_GPIO_NAME;
		read_text(draft, key, value, target);
	}
}

void read_class(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	draft->head.led.kind = LED_CLASS;
	read_word(draft, key, value, target);
}
