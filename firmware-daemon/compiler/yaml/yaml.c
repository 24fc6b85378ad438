/* SPDX-License-Identifier: MIT
 *
 * YAML text to a tree of nodes, by libfyaml's event parser.
 */
#include "yaml.h"

#include "text_check.h"
#include "yaml_syntax.h"

#include <libfyaml.h>
#include <string.h>

enum {
	/* The schema needs 7 levels. */
	DEPTH_LAST = 16,
};

/* A list or map that has begun and not ended, and in a map the key that waits for its value. */
struct level {
	struct node *node;
	const struct node *key;
};

struct builder {
	const struct source *source;
	struct problems *problems;
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct node *root;
	uint32_t at; /* behind the newest token: where things without one are */
	struct tabs tabs;
	unsigned depth;
	struct level levels[DEPTH_LAST + 1];
	bool stopped;
};

static void ignore_output(struct fy_diag *diag, void *user, const char *text, size_t length)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)length;
}

static struct place place_of_token(struct builder *builder, struct fy_token *token)
{
	const struct fy_mark *start = token ? fy_token_start_mark(token) : NULL;
	const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;
	struct place place = {builder->at, 0};

	if (start && start->input_pos <= builder->source->length) {
		place.at = (uint32_t)start->input_pos;
		if (end && end->input_pos > start->input_pos)
			place.length = (uint32_t)(end->input_pos - start->input_pos);
		(void)tabs_report(&builder->tabs, place.at);
		tabs_skip(&builder->tabs, place.at + place.length);
		builder->at = place.at + place.length;
	}
	return place;
}

static struct node *node_new(struct builder *builder, enum node_kind kind, struct place place)
{
	struct node *node = arena_alloc(builder->problems->arena, sizeof(*node));

	node->kind = kind;
	node->place = place;
	return node;
}

/* Puts a finished key or a value where it belongs. */
static void attach(struct builder *builder, struct node *node)
{
	struct level *level = &builder->levels[builder->depth];
	struct node *parent = level->node;

	if (builder->depth == 0) {
		builder->root = node;
		return;
	}
	if (parent->kind == NODE_MAP && !level->key) {
		level->key = node;
		return;
	}
	node->key = level->key;
	level->key = NULL;
	/* A value without a usable key has no place; the key was reported. */
	if (parent->kind == NODE_MAP && node->key->kind != NODE_TEXT)
		return;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->count++;
}

static bool key_is_next(const struct builder *builder)
{
	const struct level *level = &builder->levels[builder->depth];

	return builder->depth > 0 && level->node->kind == NODE_MAP && !level->key;
}

static void refuse_decoration(struct builder *builder, struct fy_token *anchor, struct fy_token *tag)
{
	if (anchor) {
		struct place place = place_of_token(builder, anchor);
		place.at -= place.at > 0; /* the & before it */
		problem_error(builder->problems, place, "anchors are not supported (leave the & out)");
	}
	if (tag)
		problem_error(builder->problems, place_of_token(builder, tag),
		        "tags are not supported (leave the ! out, or put the text in quotes)");
}

static bool is_null(const char *text, size_t length)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		if (length == strlen(nulls[i]) && memcmp(text, nulls[i], length) == 0)
			return true;
	return false;
}

static void take_scalar(struct builder *builder, struct fy_token *token)
{
	bool is_key = key_is_next(builder);
	enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
	struct place place = place_of_token(builder, token);
	struct node *node = node_new(builder, NODE_TEXT, place);
	size_t length = 0;
	const char *text = token ? fy_token_get_text(token, &length) : "";

	if ((style == FYSS_LITERAL || style == FYSS_FOLDED) && builder->depth > 0)
		builder->stopped |= !block_is_indented(
		        builder->problems, builder->source, place, builder->levels[builder->depth].node->place);
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
		node->place.at -= node->place.at > 0;
		node->place.length += 2;
	}
	if (!text || memchr(text, '\0', length)) {
		problem_error(builder->problems, node->place, "a NUL inside a text (leave \\0 out)");
		node->kind = NODE_BROKEN;
	} else if (is_key && length == 0) {
		problem_error(builder->problems, node->place, "a key is missing before the colon (write KEY: VALUE)");
		node->kind = NODE_BROKEN;
	} else if (!is_key && style == FYSS_PLAIN && is_null(text, length)) {
		node->kind = NODE_NOTHING;
		/* What is not there is shown at its key. */
		if (length == 0 && builder->depth && builder->levels[builder->depth].key)
			node->place = builder->levels[builder->depth].key->place;
	} else {
		node->text = arena_text(builder->problems->arena, text, length);
	}
	attach(builder, node);
}

static void take_alias(struct builder *builder, struct fy_token *token)
{
	struct place place = place_of_token(builder, token);

	place.at -= place.at > 0; /* the * before it */
	place.length++;
	problem_error(builder->problems, place, "aliases are not supported (write the value out again)");
	attach(builder, node_new(builder, NODE_BROKEN, place));
}

static void begin(struct builder *builder, enum node_kind kind, struct fy_token *token)
{
	struct node *node = node_new(builder, kind, place_of_token(builder, token));

	/* A whole branch is no place to point at, but its first character is. */
	node->place.length = 1;
	if (builder->depth == DEPTH_LAST) {
		problem_error(builder->problems, node->place,
		        "nested too deeply: nothing here has more than %d levels (take a level out)", DEPTH_LAST);
		builder->stopped = true;
		return;
	}
	if (key_is_next(builder)) {
		problem_error(builder->problems, node->place, "a key must be a word, not %s (write KEY: VALUE)",
		        kind == NODE_LIST ? "a list" : "a mapping");
		builder->stopped = true;
		return;
	}
	/* It is attached when it begins, so that it comes in order; only its children follow later. */
	attach(builder, node);
	builder->depth++;
	builder->levels[builder->depth] = (struct level){node, NULL};
}

static void begin_document(struct builder *builder, struct fy_token *token)
{
	if (!builder->root)
		return;
	problem_error(builder->problems, place_of_token(builder, token),
	        "a second document starts here (leave one: a file holds one configuration)");
	builder->stopped = true;
}

static void take_event(struct builder *builder, const struct fy_event *event)
{
	switch (event->type) {
	case FYET_DOCUMENT_START:
		begin_document(builder, event->document_start.document_start);
		break;
	case FYET_MAPPING_START:
		refuse_decoration(builder, event->mapping_start.anchor, event->mapping_start.tag);
		begin(builder, NODE_MAP, event->mapping_start.mapping_start);
		break;
	case FYET_SEQUENCE_START:
		refuse_decoration(builder, event->sequence_start.anchor, event->sequence_start.tag);
		begin(builder, NODE_LIST, event->sequence_start.sequence_start);
		break;
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		if (builder->depth > 0)
			builder->depth--;
		break;
	case FYET_SCALAR:
		refuse_decoration(builder, event->scalar.anchor, event->scalar.tag);
		take_scalar(builder, event->scalar.value);
		break;
	case FYET_ALIAS:
		take_alias(builder, event->alias.anchor);
		break;
	case FYET_NONE:
	case FYET_STREAM_START:
	case FYET_STREAM_END:
	case FYET_DOCUMENT_END:
		break;
	}
}

static void report_errors(struct builder *builder)
{
	void *iterator = NULL;
	const struct fy_diag_error *error = fy_diag_errors_iterate(builder->diag, &iterator);
	struct place place = {builder->at, 1};

	if (error)
		place.at = syntax_position(builder->source, error->line, error->column);
	syntax_report(&builder->tabs, place, error ? error->msg : "this cannot be read as YAML");
}

static bool parse(struct builder *builder)
{
	bool ended = false;

	while (!ended && !builder->stopped) {
		struct fy_event *event = fy_parser_parse(builder->parser);
		if (!event) {
			report_errors(builder);
			return false;
		}
		ended = event->type == FYET_STREAM_END;
		take_event(builder, event);
		fy_parser_event_free(builder->parser, event);
	}
	return !builder->stopped;
}

static bool parse_with(struct builder *builder)
{
	const struct fy_parse_cfg config = {
	        .search_path = "",
	        .flags = FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
	        .diag = builder->diag,
	};
	const struct source *source = builder->source;
	bool parsed;

	fy_diag_set_collect_errors(builder->diag, true);
	builder->parser = fy_parser_create(&config);
	if (!builder->parser)
		return false;
	parsed = fy_parser_set_string(builder->parser, source->text, source->length) == 0 && parse(builder);
	fy_parser_destroy(builder->parser);
	return parsed;
}

struct node *yaml_parse(const struct source *source, struct problems *problems)
{
	struct builder builder = {.source = source, .problems = problems, .tabs = {source, problems, 0}};
	struct fy_diag_cfg config;
	uint32_t errors = problems->errors;
	bool parsed;

	if (!text_is_sound(source, problems))
		return NULL;
	fy_diag_cfg_default(&config);
	config.fp = NULL;
	config.output_fn = ignore_output;
	builder.diag = fy_diag_create(&config);
	parsed = builder.diag && parse_with(&builder);
	if (builder.diag)
		fy_diag_destroy(builder.diag);
	if (parsed)
		(void)tabs_report(&builder.tabs, (uint32_t)source->length);
	if (parsed && !builder.root)
		builder.root = node_new(&builder, NODE_NOTHING, (struct place){0, 0});
	else if (!parsed && problems->errors == errors)
		problem_error(problems, (struct place){0, 0}, "libfyaml does not work (is there enough memory?)");
	return parsed ? builder.root : NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
	for (const struct node *value = map->first; value; value = value->next)
		if (strcmp(value->key->text, key) == 0)
			return value;
	return NULL;
}
