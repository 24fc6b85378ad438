/* SPDX-License-Identifier: MIT
 *
 * Thin: reading JSON that somebody else wrote, by libfyaml. Nothing in it is believed: a member that is missing or of
 * another type reads as if it were not there, and text comes out fit for a terminal.
 */
#ifndef FEEDDOG_CONFIG_JSON_VIEW_H
#define FEEDDOG_CONFIG_JSON_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fy_document;
struct fy_node;

/* NULL where it is not JSON, or no object. The text must outlive the document, which json_close() frees. */
struct fy_document *json_open(const char *text, size_t length);
void json_close(struct fy_document *document);
struct fy_node *json_root(struct fy_document *document);

/* A member of an object, or NULL. */
struct fy_node *json_member(struct fy_node *object, const char *key);

/* A member's text, cut to size, control characters replaced by '?'. "" where there is none. Returns text. */
char *json_text_of(struct fy_node *object, const char *key, char text[], size_t size);

/* So that a thousand times it, and sums of it, are numbers still. */
#define JSON_NUMBER_LAST INT64_C(1000000000000000)

/* A member's whole number, at most JSON_NUMBER_LAST either way; `otherwise` where there is none. A fraction is cut off. */
int64_t json_number_of(struct fy_node *object, const char *key, int64_t otherwise);

/* A member that counts seconds, in milliseconds; `otherwise` where there is none or it is negative or absurd. */
int64_t json_ms_of(struct fy_node *object, const char *key, int64_t otherwise);

bool json_is_true(struct fy_node *object, const char *key);

/* The next member of an object, with its key (cleaned like text), or NULL after the last; *cursor starts as NULL. */
struct fy_node *json_next_member(struct fy_node *object, void **cursor, char key[], size_t size);

/* The next item of an array, or NULL after the last; *cursor starts as NULL. */
struct fy_node *json_next_item(struct fy_node *array, void **cursor);

#endif
