/* SPDX-License-Identifier: MIT
 *
 * What is not YAML: libfyaml's words for it turned into advice, and tabs found.
 */
#include "yaml_syntax.h"

#include "core/utf8.h"

#include <string.h>

unsigned tabs_report(struct tabs *tabs, uint32_t to)
{
	const char *text = tabs->source->text;
	unsigned found = 0;

	for (uint32_t i = tabs->searched; i < to; i++) {
		uint32_t start = i;
		uint32_t end = i;
		if (text[i] != '\t')
			continue;
		while (start > 0 && text[start - 1] == ' ')
			start--;
		while (end < to && (text[end] == ' ' || text[end] == '\t'))
			end++;
		if ((start == 0 || text[start - 1] == '\n') && end < tabs->source->length &&
		        !strchr("\r\n#", text[end])) {
			problem_error(tabs->problems, (struct place){i, 1},
			        "a tab in the indentation (write spaces instead)");
			found++;
		}
		i = end - 1;
	}
	tabs_skip(tabs, to);
	return found;
}

void tabs_skip(struct tabs *tabs, uint32_t to)
{
	if (to > tabs->searched)
		tabs->searched = to;
}

static uint32_t next_line_end(const struct source *source, uint32_t at)
{
	for (int lines = 0; lines < 2 && at < source->length; at++)
		lines += source->text[at] == '\n';
	return at;
}

/* What libfyaml says, and what a person can do about it. */
static const struct remedy {
	const char *part;
	const char *says;
} remedies[] = {
        {"multiline plain key", "this text goes on in the next line, where a key stands (indent the next line less)"},
        {"without a closing bracket", "a list is not closed (write ] at its end)"},
        {"without a closing brace", "a mapping is not closed (write } at its end)"},
        {"extra closing brace", "nothing is open here that } could close (leave it out)"},
        {"extra closing bracket", "nothing is open here that ] could close (leave it out)"},
        {"wrongly indented flow", "what is between brackets goes on too far to the left (indent it more than its key)"},
        {"trailing content after", "something follows the closing quote (put all of the value in quotes)"},
        {"invalid mapping in plain", "a text of several lines cannot be a key (put it in one line, or in quotes)"},
        {"missing comma", "a comma, or the closing } or ], is missing before this (write it)"},
        {"invalid indentation in mapping",
                "this line is indented like none above it (indent it like the keys beside it)"},
        {"nested block mapping",
                "a second \": \" in one line (put the value in quotes, or start a new line for the key)"},
        {"without closing quote", "the quote that opens here is never closed (write a quote at the end)"},
        {"expected node content", "a value or a closing } or ] is missing here (write it)"},
        {"plain scalar cannot start", "a text cannot start with this character (put the text in quotes)"},
        {"did not find expected key", "a key was expected here (indent this line like the keys above it)"},
        {"at the end of block sequence",
                "a list item was expected here (start the line with \"- \", or indent it less)"},
        {"invalid value after mapping", "this stands after the end of its mapping (indent it like the keys above it)"},
};

void syntax_report(struct tabs *tabs, struct place place, const char *message)
{
	/* A tab is the likely cause where one stands on this line or the next. */
	if (tabs_report(tabs, next_line_end(tabs->source, place.at)) > 0) {
		(void)tabs_report(tabs, (uint32_t)tabs->source->length);
		return;
	}
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		if (!strstr(message, remedies[i].part))
			continue;
		problem_error(tabs->problems, place, "%s", remedies[i].says);
		return;
	}
	problem_error(tabs->problems, place, "%s (check the indentation, brackets and quotes around here)", message);
}

uint32_t syntax_position(const struct source *source, int line, int column)
{
	size_t at = 0;

	while (line > 1 && at < source->length)
		line -= source->text[at++] == '\n';
	while (column > 1 && at < source->length && source->text[at] != '\n') {
		at += utf8_character(source->text + at, source->length - at);
		column--;
	}
	return (uint32_t)at;
}

bool block_is_indented(struct problems *problems, const struct source *source, struct place block, struct place parent)
{
	uint32_t line = parent.at;
	uint32_t end = block.at + block.length;
	uint32_t indent = 0;
	uint32_t at = block.at;

	while (line > 0 && source->text[line - 1] != '\n')
		line--;
	for (; at < end && strchr(" \r\n", source->text[at]); at++)
		indent = source->text[at] == ' ' ? indent + 1 : 0;
	if (at == end || indent > parent.at - line)
		return true;
	problem_error(problems, (struct place){at, 1},
	        "a block of text is indented deeper than its key (put spaces in front of each of its lines)");
	return false;
}
