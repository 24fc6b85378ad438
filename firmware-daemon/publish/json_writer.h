/* SPDX-License-Identifier: MIT
 *
 * Builds one JSON text in memory. Pure but for realloc. The buffer grows as needed and is used again for the next text;
 * where there is no memory the text is marked as failed, and the calls that follow do nothing.
 *
 * A member's `key` is NULL inside of an array and for the outermost value. Keys are ours and are written as they are;
 * values are escaped, and bytes that are not UTF-8 become U+FFFD, so that every reader takes the text.
 */
#ifndef FEEDDOG_ACTOR_JSON_WRITER_H
#define FEEDDOG_ACTOR_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_writer {
	char *text; /* NUL-terminated once something was written; free() it when done for good */
	size_t length;
	size_t size;
	bool failed;
};

/* Empties it for the next text. */
void json_begin(struct json_writer *json);

void json_open_object(struct json_writer *json, const char *key);
void json_close_object(struct json_writer *json);
void json_open_array(struct json_writer *json, const char *key);
void json_close_array(struct json_writer *json);

/* A value of "" or NULL becomes null: all our texts are names, and no name is empty. */
void json_text(struct json_writer *json, const char *key, const char *value);
void json_integer(struct json_writer *json, const char *key, int64_t value);
void json_boolean(struct json_writer *json, const char *key, bool value);
void json_null(struct json_writer *json, const char *key);

/* Appends text as it is: for what is no JSON, and around it. */
void json_raw(struct json_writer *json, const char *text);

/* Milliseconds as a number of seconds: 15, 0.25. */
void json_seconds(struct json_writer *json, const char *key, int64_t value_ms);

#endif
