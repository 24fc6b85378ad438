/* SPDX-License-Identifier: MIT
 *
 * The import of Autoheal's conf.yaml: reading, and the steps in their order.
 */
#include "autoheal.h"

#include "autoheal_parts.h"
#include "compiler/compile.h"
#include "compiler/cross_check_parts.h"
#include "compiler/yaml/input.h"

#include <stdlib.h>
#include <string.h>

struct autoheal_process *autoheal_process(const struct autoheal *autoheal, uint32_t index)
{
	return (struct autoheal_process *)autoheal->processes.items + index;
}

struct autoheal_dep *autoheal_dep(const struct autoheal_process *process, uint32_t index)
{
	return (struct autoheal_dep *)process->deps.items + index;
}

void autoheal_read_deps(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct autoheal_process *process = target;

	if (value->kind != NODE_LIST) {
		problem_error(
		        draft->problems, value->place, "%s: a list is wanted (write %s)", key->name, key->example);
		return;
	}
	for (const struct node *item = value->first; item; item = item->next) {
		struct autoheal_dep dep = {.node = item, .process = NO_INDEX};
		if (item->kind == NODE_MAP) {
			schema_read(draft, SECTION_AUTOHEAL_DEP, item, &dep);
			memcpy(list_add(draft->arena, &process->deps, 1), &dep, sizeof(dep));
		} else if (item->kind != NODE_BROKEN) {
			problem_error(draft->problems, item->place,
			        "%s: this is no dependency (write {name: NAME, url: http://HOST/} or {name: NAME, host: "
			        "HOST, port: 80})",
			        key->name);
		}
	}
}

bool autoheal_is_plain_name(const char *pname)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	return strspn(pname, letters) == strlen(pname);
}

void autoheal_check_process(struct draft *draft, const struct node *map)
{
	const struct node *pname = node_get(map, "pname");
	const struct node *pid_file = node_get(map, "pid_file");

	refuse_both(draft, map, "dep", "dependencies");
	if (!pname && !pid_file)
		problem_error(draft->problems, map->key->place,
		        "%.60s: it is not said how to find the process (write pname: NAME or pid_file: PATH)",
		        map->key->text);
	else if (pname && pid_file)
		problem_warning(draft->problems, pid_file->place,
		        "pid_file: Autoheal heeds only pname where both are given (so is it done here)");
	if (!pname || pname->kind != NODE_TEXT)
		return;
	if (autoheal_is_plain_name(pname->text))
		problem_warning(draft->problems, pname->place,
		        "pname: %.60s is taken for the name of a program, while pgrep -f finds it anywhere in a command line "
		        "(see with `feeddog probe` that it is found)",
		        pname->text);
	else
		problem_warning(draft->problems, pname->place,
		        "pname: '%.60s' is a pattern, and asked for by pgrep every few seconds (a pid file would show the "
		        "end of the process at once)",
		        pname->text);
}

void autoheal_check_dep(struct draft *draft, const struct node *map)
{
	const struct node *url = node_get(map, "url");
	const struct node *port = node_get(map, "port");
	const struct node *host = node_get(map, "host");

	if (!url && !port)
		problem_error(draft->problems, map->place,
		        "it is not said how to ask for it (write url: http://HOST/ or port: 80)");
	else if (url && (port || host))
		problem_warning(draft->problems, (port ? port : host)->key->place,
		        "%s: Autoheal heeds only the url where both are given (so is it done here)",
		        (port ? port : host)->key->text);
}

static void read_process(struct autoheal *autoheal, const struct node *value)
{
	struct draft *draft = &autoheal->draft;
	struct autoheal_process process = {.node = value, .deps.item_size = sizeof(struct autoheal_dep)};

	if (value->kind != NODE_MAP) {
		if (value->kind != NODE_BROKEN)
			problem_error(draft->problems, value->place,
			        "%.60s: a process has keys of its own (write pname: or pid_file:, and script:)",
			        value->key->text);
		return;
	}
	if (autoheal->processes.count == MAX_SERVICES) {
		problem_error(draft->problems, value->key->place, "more than %d processes (import them in parts)",
		        MAX_SERVICES);
		return;
	}
	schema_read(draft, SECTION_AUTOHEAL, value, &process);
	memcpy(list_add(draft->arena, &autoheal->processes, 1), &process, sizeof(process));
}

static void read_processes(struct autoheal *autoheal, const struct node *root)
{
	struct problems *problems = autoheal->draft.problems;

	if (root->kind != NODE_MAP || !root->first) {
		if (root->kind != NODE_BROKEN)
			problem_error(problems, root->place,
			        "this is not a conf.yaml of Autoheal (it maps the id of each process to pname: or pid_file:, and "
			        "script:)");
		return;
	}
	report_duplicates(&autoheal->draft, root);
	for (const struct node *value = root->first; value && !problems_are_many(problems); value = value->next)
		read_process(autoheal, value);
	if (problems->errors == 0)
		autoheal_link(autoheal);
}

/* What is given to the user passes `feeddog check`. */
static bool write_checked(const struct autoheal *autoheal, FILE *out, FILE *messages)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	struct flat *flat = NULL;

	if (stream) {
		autoheal_write(autoheal, stream);
		if (fclose(stream) == 0)
			flat = compile_text("what it becomes", text, length, messages);
	}
	if (flat)
		(void)fwrite(text, 1, length, out);
	else
		(void)fprintf(messages, "%s: error: no configuration can be made of it (please report this)\n",
		        autoheal->source->name);
	free(text);
	free(flat);
	return flat != NULL;
}

bool autoheal_import(const char *name, const char *text, size_t length, FILE *out, FILE *messages)
{
	const struct source source = {name, text, length};
	struct arena arena = {NULL};
	struct problems problems;
	struct autoheal autoheal = {.source = &source, .processes.item_size = sizeof(struct autoheal_process)};
	const struct node *root;
	bool good;

	if (length > INPUT_SIZE_LAST) {
		(void)fprintf(messages, "%s: error: the file is larger than %d bytes (is this conf.yaml?)\n", name,
		        INPUT_SIZE_LAST);
		return false;
	}
	problems_begin(&problems, &arena);
	draft_begin(&autoheal.draft, &arena, &problems);
	root = yaml_parse(&source, &problems);
	if (root)
		read_processes(&autoheal, root);
	problems_print(&problems, &source, messages);
	good = root && problems.errors == 0 && write_checked(&autoheal, out, messages);
	arena_free(&arena);
	return good;
}
