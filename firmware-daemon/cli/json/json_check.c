/* SPDX-License-Identifier: MIT
 *
 * One function for each thing that JSON has; each stands at its first byte and leaves behind its last.
 */
#include "json_check.h"

#include <string.h>

struct reading {
	const char *at, *end;
	unsigned depth;
};

static bool read_value(struct reading *reading);

static void skip_space(struct reading *reading)
{
	while (reading->at < reading->end && *reading->at && strchr(" \t\r\n", *reading->at))
		reading->at++;
}

static bool take(struct reading *reading, char byte)
{
	if (reading->at == reading->end || *reading->at != byte)
		return false;
	reading->at++;
	return true;
}

static bool take_word(struct reading *reading, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(reading->end - reading->at) < length || memcmp(reading->at, word, length) != 0)
		return false;
	reading->at += length;
	return true;
}

/* So many of these characters as there are; their number. */
static size_t take_all_of(struct reading *reading, const char *set)
{
	const char *start = reading->at;

	while (reading->at < reading->end && *reading->at && strchr(set, *reading->at))
		reading->at++;
	return (size_t)(reading->at - start);
}

static bool read_escape(struct reading *reading)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	if (!take(reading, 'u')) {
		if (reading->at == reading->end || !*reading->at || !strchr("\"\\/bfnrt", *reading->at))
			return false;
		reading->at++;
		return true;
	}
	for (int i = 0; i < 4; i++, reading->at++)
		if (reading->at == reading->end || !*reading->at || !strchr(digits, *reading->at))
			return false;
	return true;
}

static bool read_string(struct reading *reading)
{
	if (!take(reading, '"'))
		return false;
	while (!take(reading, '"')) {
		if (reading->at == reading->end || (unsigned char)*reading->at < 0x20)
			return false;
		if (*reading->at++ == '\\' && !read_escape(reading))
			return false;
	}
	return true;
}

static bool read_number(struct reading *reading)
{
	static const char digits[] = "0123456789";

	(void)take(reading, '-');
	if (!take(reading, '0') && take_all_of(reading, digits) == 0)
		return false;
	if (take(reading, '.') && take_all_of(reading, digits) == 0)
		return false;
	if (!take(reading, 'e') && !take(reading, 'E'))
		return true;
	if (!take(reading, '-'))
		(void)take(reading, '+');
	return take_all_of(reading, digits) > 0;
}

/* The members of an object or the items of an array, behind its first bracket. */
static bool read_members(struct reading *reading, char last, bool have_names)
{
	skip_space(reading);
	if (take(reading, last))
		return true;
	do {
		skip_space(reading);
		if (have_names && !read_string(reading))
			return false;
		skip_space(reading);
		if (have_names && !take(reading, ':'))
			return false;
		if (!read_value(reading))
			return false;
		skip_space(reading);
	} while (take(reading, ','));
	return take(reading, last);
}

static bool read_inside(struct reading *reading, char last, bool have_names)
{
	bool whole = reading->depth++ < JSON_DEPTH_LAST && read_members(reading, last, have_names);

	reading->depth--;
	return whole;
}

static bool read_value(struct reading *reading)
{
	skip_space(reading);
	if (reading->at == reading->end)
		return false;
	if (take(reading, '{'))
		return read_inside(reading, '}', true);
	if (take(reading, '['))
		return read_inside(reading, ']', false);
	if (*reading->at == '"')
		return read_string(reading);
	return take_word(reading, "true") || take_word(reading, "false") || take_word(reading, "null") ||
	        read_number(reading);
}

bool json_is_object(const char *text, size_t length)
{
	struct reading reading = {.at = text, .end = text + length};

	skip_space(&reading);
	if (reading.at == reading.end || *reading.at != '{' || !read_value(&reading))
		return false;
	skip_space(&reading);
	return reading.at == reading.end;
}
