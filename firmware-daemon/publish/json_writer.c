/* SPDX-License-Identifier: MIT
 *
 * A comma is due wherever the last byte does not open something.
 */
#include "json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a NUL; false where there is none. */
static bool reserve(struct json_writer *json, size_t more)
{
	if (json->failed)
		return false;
	if (json->length + more < json->size)
		return true;
	size_t size = (json->length + more + 1) * 2;
	char *text = realloc(json->text, size);
	if (!text) {
		json->failed = true;
		return false;
	}
	json->text = text;
	json->size = size;
	return true;
}

static void put(struct json_writer *json, const char *bytes, size_t count)
{
	if (!reserve(json, count))
		return;
	memcpy(json->text + json->length, bytes, count);
	json->length += count;
	json->text[json->length] = '\0';
}

static void put_string(struct json_writer *json, const char *text)
{
	put(json, text, strlen(text));
}

/* The length of the UTF-8 character at `text`, or 0 where there is none (overlong forms and surrogates are none). */
static size_t character_size(const unsigned char *text)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t size;
	} forms[] = {
	        {0x01, 0x7f, 0x00, 0x00, 1},
	        {0xc2, 0xdf, 0x80, 0xbf, 2},
	        {0xe0, 0xe0, 0xa0, 0xbf, 3},
	        {0xe1, 0xec, 0x80, 0xbf, 3},
	        {0xed, 0xed, 0x80, 0x9f, 3},
	        {0xee, 0xef, 0x80, 0xbf, 3},
	        {0xf0, 0xf0, 0x90, 0xbf, 4},
	        {0xf1, 0xf3, 0x80, 0xbf, 4},
	        {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (text[0] < forms[i].first_low || text[0] > forms[i].first_high)
			continue;
		if (forms[i].size > 1 && (text[1] < forms[i].second_low || text[1] > forms[i].second_high))
			return 0;
		for (size_t k = 2; k < forms[i].size; k++)
			if (text[k] < 0x80 || text[k] > 0xbf)
				return 0;
		return forms[i].size;
	}
	return 0;
}

static void put_quoted(struct json_writer *json, const char *value)
{
	put(json, "\"", 1);
	while (*value) {
		unsigned char byte = (unsigned char)*value;
		size_t size = character_size((const unsigned char *)value);
		char escaped[8];

		if (byte == '"' || byte == '\\') {
			(void)snprintf(escaped, sizeof(escaped), "\\%c", byte);
			put_string(json, escaped);
		} else if (byte < ' ' || byte == 0x7f) {
			(void)snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)byte);
			put_string(json, escaped);
		} else if (size == 0) {
			put_string(json, "\\ufffd");
		} else {
			put(json, value, size);
		}
		value += size > 0 ? size : 1;
	}
	put(json, "\"", 1);
}

/* The comma before a member or element, and its key. */
static void put_key(struct json_writer *json, const char *key)
{
	const char *last = json->length > 0 ? json->text + json->length - 1 : "{";

	if (*last != '{' && *last != '[')
		put(json, ",", 1);
	if (key) {
		put_quoted(json, key);
		put(json, ":", 1);
	}
}

void json_begin(struct json_writer *json)
{
	json->length = 0;
	json->failed = false;
}

void json_raw(struct json_writer *json, const char *text)
{
	put_string(json, text);
}

void json_open_object(struct json_writer *json, const char *key)
{
	put_key(json, key);
	put(json, "{", 1);
}

void json_close_object(struct json_writer *json)
{
	put(json, "}", 1);
}

void json_open_array(struct json_writer *json, const char *key)
{
	put_key(json, key);
	put(json, "[", 1);
}

void json_close_array(struct json_writer *json)
{
	put(json, "]", 1);
}

void json_null(struct json_writer *json, const char *key)
{
	put_key(json, key);
	put_string(json, "null");
}

void json_text(struct json_writer *json, const char *key, const char *value)
{
	if (!value || !*value) {
		json_null(json, key);
		return;
	}
	put_key(json, key);
	put_quoted(json, value);
}

void json_integer(struct json_writer *json, const char *key, int64_t value)
{
	char digits[24];

	put_key(json, key);
	(void)snprintf(digits, sizeof(digits), "%" PRId64, value);
	put_string(json, digits);
}

void json_boolean(struct json_writer *json, const char *key, bool value)
{
	put_key(json, key);
	put_string(json, value ? "true" : "false");
}

void json_seconds(struct json_writer *json, const char *key, int64_t value_ms)
{
	char digits[32];
	uint64_t size_ms = value_ms < 0 ? 0 - (uint64_t)value_ms : (uint64_t)value_ms;
	int length = snprintf(digits, sizeof(digits), "%s%" PRIu64 ".%03u", value_ms < 0 ? "-" : "", size_ms / 1000,
	        (unsigned)(size_ms % 1000));

	while (digits[length - 1] == '0')
		digits[--length] = '\0';
	if (digits[length - 1] == '.')
		digits[length - 1] = '\0';
	put_key(json, key);
	put_string(json, digits);
}
