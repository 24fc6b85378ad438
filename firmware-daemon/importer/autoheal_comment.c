/* SPDX-License-Identifier: MIT
 *
 * Comments of a YAML text, which its parser passes over: found again around the places of what it was told of. They are
 * copied as they are; control characters were refused before.
 */
#include "autoheal_parts.h"

#include <string.h>

static size_t line_start(const struct source *source, size_t at)
{
	while (at > 0 && source->text[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct source *source, size_t at)
{
	while (at < source->length && source->text[at] != '\n' && source->text[at] != '\r')
		at++;
	return at;
}

static size_t skip(const struct source *source, size_t at, const char *letters)
{
	while (at < source->length && source->text[at] && strchr(letters, source->text[at]))
		at++;
	return at;
}

void comment_behind(const struct source *source, struct place place, FILE *out)
{
	size_t at = (size_t)place.at + place.length;
	size_t start;

	if (at > source->length || memchr(source->text + place.at, '\n', place.length))
		return;
	start = skip(source, at, ": \t,]}");
	if (start > at && start < source->length && source->text[start] == '#' &&
	        strchr(" \t", source->text[start - 1]))
		(void)fprintf(out, "  %.*s", (int)(line_end(source, start) - start), source->text + start);
}

/* An empty line, or one of comment that is not deeper than `column`, which what stands in a block of text is. */
static bool is_comment(const struct source *source, size_t start, size_t column)
{
	size_t at = skip(source, start, " \t\r");

	if (at >= source->length || source->text[at] == '\n')
		return true;
	return source->text[at] == '#' && at - start <= column;
}

static void write_comments(const struct source *source, size_t start, size_t end, int indent, FILE *out)
{
	while (start < end) {
		size_t at = skip(source, start, " \t\r");
		if (at < end && source->text[at] == '#')
			(void)fprintf(
			        out, "%*s%.*s\n", indent, "", (int)(line_end(source, at) - at), source->text + at);
		start = at;
		while (start < end && source->text[start++] != '\n')
			;
	}
}

void comments_above(const struct source *source, struct place place, int indent, FILE *out)
{
	size_t end = line_start(source, place.at);
	size_t start = end;

	while (start > 0 && is_comment(source, line_start(source, start - 1), place.at - end))
		start = line_start(source, start - 1);
	write_comments(source, start, end, indent, out);
}

void comments_at_end(const struct source *source, FILE *out)
{
	size_t start = source->length;

	while (start > 0 && is_comment(source, line_start(source, start - 1), 0))
		start = line_start(source, start - 1);
	write_comments(source, start, source->length, 0, out);
}
