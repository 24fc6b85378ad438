/* SPDX-License-Identifier: MIT
 *
 * Taking lines out of a buffer of two of the longest.
 */
#include "lines.h"

#include <string.h>

char *lines_room(struct lines *lines, size_t *size)
{
	lines->end -= lines->start;
	memmove(lines->bytes, lines->bytes + lines->start, lines->end);
	lines->start = 0;
	*size = sizeof(lines->bytes) - 1 - lines->end;
	return lines->bytes + lines->end;
}

void lines_add(struct lines *lines, size_t length)
{
	lines->end += length;
}

size_t lines_held(const struct lines *lines)
{
	return lines->end - lines->start;
}

/* Passes over the rest of a long line. False where its end is not here yet. */
static bool skip(struct lines *lines)
{
	char *newline = memchr(lines->bytes + lines->start, '\n', lines_held(lines));

	lines->start = newline ? (size_t)(newline + 1 - lines->bytes) : lines->end;
	lines->skipping = !newline;
	return newline;
}

static const char *make_line(char *line, size_t length)
{
	char *nul;

	while ((nul = memchr(line, '\0', length)))
		*nul = ' ';
	line[length] = '\0';
	return line;
}

const char *lines_next(struct lines *lines)
{
	if (lines->skipping && !skip(lines))
		return NULL;
	while (lines->start < lines->end && lines->bytes[lines->start] == '\0')
		lines->start++;
	char *line = lines->bytes + lines->start;
	char *newline = memchr(line, '\n', lines_held(lines));
	size_t length = newline ? (size_t)(newline - line) : lines_held(lines);
	if (!newline && length < LINE_SIZE)
		return NULL;
	/* The byte behind it is its newline, one that is passed over, or the spare one at the end of the buffer. */
	lines->start += newline ? length + 1 : length;
	lines->skipping = !newline;
	return make_line(line, length < LINE_SIZE ? length : LINE_SIZE);
}

void lines_end(struct lines *lines)
{
	size_t size;

	lines->skipping = false;
	if (lines_held(lines) == 0)
		return;
	char *room = lines_room(lines, &size);
	if (size > 0)
		*room = '\n';
	lines_add(lines, size > 0);
}
