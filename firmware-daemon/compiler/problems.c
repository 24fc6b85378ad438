/* SPDX-License-Identifier: MIT
 *
 * What is wrong with a configuration.
 */
#include "problems.h"

#include "core/names.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	PROBLEMS_LAST = 500,
	PROBLEMS_MANY = 100,
	MESSAGE_SIZE = 512,
	/* Of a longer line, only this much on each side of the place is shown. */
	SHOWN_BEFORE = 80,
	SHOWN_AFTER = 80,
};

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_COUNT };

static const char *const severity_names[] = {
        [SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
NAMES_FIT(severity_names, SEVERITY_COUNT);

struct problem {
	struct place place;
	uint32_t number; /* for a stable order */
	enum severity severity;
	const char *message;
};

static void make_printable(char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length;) {
		size_t step = utf8_character(text + i, length - i);
		if (!utf8_harmless(text + i, length - i))
			memset(text + i, '?', step ? step : 1);
		i += step ? step : 1;
	}
}

void problems_begin(struct problems *problems, struct arena *arena)
{
	*problems = (struct problems){.arena = arena, .list = {.item_size = sizeof(struct problem)}};
}

static void add(struct problems *problems, struct place place, enum severity severity, char message[MESSAGE_SIZE])
{
	struct problem *problem;

	problems->errors += severity == SEVERITY_ERROR;
	if (problems->list.count == PROBLEMS_LAST)
		return;
	make_printable(message);
	problem = list_add(problems->arena, &problems->list, 1);
	*problem = (struct problem){
	        .place = place,
	        .number = problems->list.count,
	        .severity = severity,
	        .message = arena_text(problems->arena, message, strlen(message)),
	};
}

void problem_error(struct problems *problems, struct place place, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	add(problems, place, SEVERITY_ERROR, message);
}

void problem_warning(struct problems *problems, struct place place, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	add(problems, place, SEVERITY_WARNING, message);
}

void problem_note(struct problems *problems, struct place place, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list arguments;

	if (!problems->wants_notes)
		return;
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	add(problems, place, SEVERITY_NOTE, message);
}

bool problems_are_many(const struct problems *problems)
{
	return problems->list.count >= PROBLEMS_MANY;
}

/* The line around a place: where in the text it starts and ends, and its number. */
struct line {
	size_t start, end;
	unsigned number;
};

/* Problems come sorted, so that finding all their lines passes the text once. */
static void line_advance(struct line *line, const struct source *source, size_t at)
{
	for (;;) {
		const char *end = NULL;
		if (line->start < source->length)
			end = memchr(source->text + line->start, '\n', source->length - line->start);
		line->end = end ? (size_t)(end - source->text) : source->length;
		/* What is missing at the end of the file is missed on its last line. */
		if (at <= line->end || line->end + 1 >= source->length)
			return;
		line->start = line->end + 1;
		line->number++;
	}
}

/* Writes one character so that it cannot drive a terminal; its length in bytes. */
static size_t print_character(const char *bytes, size_t length, FILE *out)
{
	size_t step = utf8_character(bytes, length);

	if (*bytes == '\t')
		(void)fputc('\t', out);
	else if (!utf8_harmless(bytes, length))
		(void)fputc('?', out);
	else
		(void)fwrite(bytes, 1, step, out);
	return step ? step : 1;
}

static bool is_inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The line and a caret under the place; tabs stay tabs, so that the caret stands right at any width of them. */
static void print_line(const struct source *source, const struct line *line, struct place place, FILE *out)
{
	size_t at = place.at < line->end ? place.at : line->end;
	size_t start = at - line->start > SHOWN_BEFORE ? at - SHOWN_BEFORE : line->start;
	size_t end = line->end - at > SHOWN_AFTER ? at + SHOWN_AFTER : line->end;
	size_t last = at + place.length;

	while (start > line->start && is_inside_character(source->text[start]))
		start--;
	while (end < line->end && is_inside_character(source->text[end]))
		end++;
	while (end > start && source->text[end - 1] == '\r')
		end--;
	for (size_t i = start; i < end;)
		i += print_character(source->text + i, end - i, out);
	(void)fputc('\n', out);
	for (size_t i = start; i < at && i < end; i++)
		if (!is_inside_character(source->text[i]))
			(void)fputc(source->text[i] == '\t' ? '\t' : ' ', out);
	(void)fputc('^', out);
	for (size_t i = at + 1; i < last && i < end; i++)
		if (!is_inside_character(source->text[i]))
			(void)fputc('~', out);
	(void)fputc('\n', out);
}

static unsigned column_of(const struct source *source, const struct line *line, size_t at)
{
	unsigned column = 1;

	for (size_t i = line->start; i < at && i < line->end; i++)
		column += !is_inside_character(source->text[i]);
	return column;
}

static int compare_problems(const void *a, const void *b)
{
	const struct problem *left = a;
	const struct problem *right = b;

	if (left->place.at != right->place.at)
		return left->place.at < right->place.at ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

void problems_print(struct problems *problems, const struct source *source, FILE *out)
{
	struct problem *list = problems->list.items;
	struct line line = {0, 0, 1};
	uint32_t errors = 0;

	if (problems->list.count)
		qsort(list, problems->list.count, sizeof(*list), compare_problems);
	for (uint32_t i = 0; i < problems->list.count; i++) {
		line_advance(&line, source, list[i].place.at);
		(void)fprintf(out, "%s:%u:%u: %s: %s\n", source->name, line.number,
		        column_of(source, &line, list[i].place.at), severity_names[list[i].severity], list[i].message);
		print_line(source, &line, list[i].place, out);
		errors += list[i].severity == SEVERITY_ERROR;
	}
	if (errors < problems->errors)
		(void)fprintf(out, "%s: %u more errors are not shown\n", source->name, problems->errors - errors);
}
