/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a log: the lines are those of the text, whatever pieces it comes in; of one that is too long its beginning.
 */
#include "fuzz.h"

#include "checker/log/lines.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_LAST = 4096 };

struct found {
	char *lines[LINES_LAST];
	size_t count;
};

static void keep(struct found *found, const char *line)
{
	must(strlen(line) <= LINE_SIZE && !strchr(line, '\n'));
	if (found->count == LINES_LAST)
		return;
	found->lines[found->count] = strdup(line);
	must(found->lines[found->count++] != NULL);
}

static void forget(struct found *found)
{
	while (found->count > 0)
		free(found->lines[--found->count]);
}

/* As said in lines.h, with the whole text at hand. */
static void split_whole(const uint8_t *bytes, size_t size, struct found *found)
{
	char line[LINE_SIZE + 1];

	while (size > 0) {
		const uint8_t *newline = memchr(bytes, '\n', size);
		size_t length = newline ? (size_t)(newline - bytes) : size;
		size_t zeros = 0, kept;

		while (zeros < length && bytes[zeros] == '\0')
			zeros++;
		kept = length - zeros < LINE_SIZE ? length - zeros : LINE_SIZE;
		memcpy(line, bytes + zeros, kept);
		line[kept] = '\0';
		for (size_t i = 0; i < kept; i++)
			line[i] = line[i] == '\0' ? ' ' : line[i];
		/* What has no end is a line if there is anything in it. */
		if (newline || kept > 0)
			keep(found, line);
		bytes += newline ? length + 1 : length;
		size -= newline ? length + 1 : length;
	}
}

static void split_in_pieces(struct input *pieces, const uint8_t *bytes, size_t size, struct found *found)
{
	static struct lines lines;
	const char *line;

	memset(&lines, 0, sizeof(lines));
	while (size > 0) {
		size_t room, length = take_number(pieces, 2) % 9000 + 1;
		char *to = lines_room(&lines, &room);

		must(room >= LINE_SIZE);
		length = length < room ? length : room;
		length = length < size ? length : size;
		memcpy(to, bytes, length);
		lines_add(&lines, length);
		bytes += length;
		size -= length;
		while ((line = lines_next(&lines)))
			keep(found, line);
	}
	lines_end(&lines);
	while ((line = lines_next(&lines)))
		keep(found, line);
	must(lines_held(&lines) == 0);
}

/* Long lines are made of short inputs: 0xfe and a length stand for so many letters. */
static size_t unfold(struct input *input, uint8_t *text, size_t room)
{
	size_t size = 0;

	while (input->size > 0 && size < room) {
		uint8_t byte = take_byte(input);
		size_t run = byte == 0xfe ? take_number(input, 2) % 9000 : 1;

		for (; run > 0 && size < room; run--)
			text[size++] = byte == 0xfe ? 'x' : byte;
	}
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t text[65536];
	static struct found whole, pieces;
	struct input input = {bytes, size};
	uint8_t cuts[32];
	struct input lengths = {cuts, take_some(&input, cuts, sizeof(cuts))};
	size_t length = unfold(&input, text, sizeof(text));

	split_whole(text, length, &whole);
	split_in_pieces(&lengths, text, length, &pieces);
	must(whole.count == pieces.count);
	for (size_t i = 0; i < whole.count; i++)
		must(strcmp(whole.lines[i], pieces.lines[i]) == 0);
	forget(&whole);
	forget(&pieces);
	return 0;
}
