/* SPDX-License-Identifier: MIT
 *
 * YAML in, flat configuration or errors out: the steps in their order.
 */
#include "compile.h"

#include "board.h"
#include "cross_check.h"
#include "fingerprint.h"
#include "compiler/yaml/input.h"
#include "needs.h"
#include "schema.h"
#include "user.h"

#include <stdlib.h>

/* Whom the checker runs as; the groups let it read logs. */
static void find_checker(struct draft *draft)
{
	struct identity *checker = &draft->head.checker;

	(void)user_find("feeddog", checker);
	checker->name = draft_text(draft, "feeddog");
	user_add_group(checker, "adm");
	user_add_group(checker, "systemd-journal");
}

/* What the services take where they do not say otherwise. */
static void note_defaults(struct draft *draft)
{
	const uint64_t numbers[] = {draft->defaults.interval_ms, draft->defaults.retry_interval_ms,
	        draft->defaults.timeout_ms, draft->defaults.retries, draft->defaults.start_period_ms};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		draft->head.fingerprint = fingerprint_number(draft->head.fingerprint, numbers[i]);
}

static void read_tree(struct draft *draft, const struct node *root, const char *name, const struct board_places *places)
{
	if (root->kind != NODE_MAP) {
		if (root->kind != NODE_BROKEN)
			problem_error(draft->problems, root->place, "%s (start from the installed example)",
			        root->kind == NODE_NOTHING ? "the file holds no configuration"
			                                   : "this is not a configuration of feeddog");
		return;
	}
	schema_read(draft, SECTION_TOP, root, draft);
	if (places && draft->problems->errors == 0)
		board_apply(draft, root, places);
	needs_resolve(draft);
	note_defaults(draft);
	cross_check_whole(draft);
	find_checker(draft);
	draft->head.file = draft_text(draft, name);
}

/* What follows from the rules is written into them here, once, for all who read them. */
static bool derive(struct flat *flat, struct arena *arena)
{
	struct rules rules = flat_rules(flat);
	uint32_t *scratch = arena_alloc(arena, flat->service_count * sizeof(*scratch));
	const char *why = "";

	rules_derive(&rules, &flat->ladder, scratch);
	return flat_verify(flat, flat->size, &why);
}

static struct flat *flatten(const struct draft *draft, FILE *messages, const char *name)
{
	struct flat *flat = draft_flatten(draft);

	if (flat && derive(flat, draft->arena))
		return flat;
	(void)fprintf(messages, "%s: error: %s\n", name,
	        flat ? "what it compiles to does not pass feeddog's own test (please report this)"
	             : "there is not enough memory for it (free some)");
	free(flat);
	return NULL;
}

static struct flat *compile(const struct board_places *places, bool with_notes, const char *name, const char *yaml,
        size_t length, FILE *messages)
{
	const struct source source = {name, yaml, length};
	struct arena arena = {NULL};
	struct problems problems;
	struct draft draft;
	struct flat *flat = NULL;
	const struct node *root;

	if (length > INPUT_SIZE_LAST) {
		(void)fprintf(messages, "%s: error: the file is larger than %d bytes (is this the configuration?)\n",
		        name, INPUT_SIZE_LAST);
		return NULL;
	}
	problems_begin(&problems, &arena);
	problems.wants_notes = with_notes;
	draft_begin(&draft, &arena, &problems);
	root = yaml_parse(&source, &problems);
	if (root)
		read_tree(&draft, root, name, places);
	problems_print(&problems, &source, messages);
	if (root && problems.errors == 0)
		flat = flatten(&draft, messages, name);
	arena_free(&arena);
	return flat;
}

struct flat *compile_for(
        const struct board_places *places, const char *name, const char *yaml, size_t length, FILE *messages)
{
	return compile(places, false, name, yaml, length, messages);
}

struct flat *compile_text(const char *name, const char *yaml, size_t length, FILE *messages)
{
	return compile_for(NULL, name, yaml, length, messages);
}

static struct flat *compile_path(const char *system_root, bool with_notes, const char *path, FILE *messages)
{
	char folder[PATH_MAX];
	const struct board_places places = {system_root, board_folder(folder)};
	struct flat *flat = NULL;
	size_t length = 0;
	char *text = NULL;
	const char *error = input_read(path, &text, &length);

	if (error)
		(void)fprintf(messages, "%s: error: %s\n", path, error);
	else
		flat = compile(&places, with_notes, path, text, length, messages);
	free(text);
	return flat;
}

struct flat *compile_file(const char *path, FILE *messages)
{
	return compile_path("", false, path, messages);
}

struct flat *compile_file_with_notes(const char *path, FILE *messages)
{
	return compile_path("", true, path, messages);
}

struct flat *compile_file_below(const char *system_root, const char *path, FILE *messages)
{
	return compile_path(system_root, false, path, messages);
}
