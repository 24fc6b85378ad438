/* SPDX-License-Identifier: MIT
 *
 * Reading JSON that somebody else wrote.
 */
#include "json_view.h"

#include "json_check.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

/* FYPCF_QUIET alone leaves errors on standard error. */
static void ignore_output(struct fy_diag *diag, void *user, const char *text, size_t length)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)length;
}

struct fy_document *json_open(const char *text, size_t length)
{
	struct fy_diag_cfg silence;

	if (!json_is_object(text, length))
		return NULL;
	fy_diag_cfg_default(&silence);
	silence.fp = NULL;
	silence.output_fn = ignore_output;
	struct fy_diag *diag = fy_diag_create(&silence);
	if (!diag)
		return NULL;
	const struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_JSON_FORCE, .diag = diag};
	struct fy_document *document = fy_document_build_from_string(&config, text, length);
	fy_diag_unref(diag);
	if (document && !fy_node_is_mapping(fy_document_root(document))) {
		fy_document_destroy(document);
		return NULL;
	}
	return document;
}

void json_close(struct fy_document *document)
{
	fy_document_destroy(document);
}

struct fy_node *json_root(struct fy_document *document)
{
	return fy_document_root(document);
}

/* The library's own look-up would parse the key as a document each time. */
struct fy_node *json_member(struct fy_node *object, const char *key)
{
	void *cursor = NULL;

	if (!object || !fy_node_is_mapping(object))
		return NULL;
	for (struct fy_node_pair *pair; (pair = fy_node_mapping_iterate(object, &cursor));) {
		size_t length;
		const char *name = fy_node_get_scalar(fy_node_pair_key(pair), &length);
		if (name && length == strlen(key) && memcmp(name, key, length) == 0)
			return fy_node_pair_value(pair);
	}
	return NULL;
}

/* One byte as it may be written to a terminal: no control characters, and beyond ASCII only where it takes UTF-8. */
static char harmless(unsigned char byte)
{
	bool strange = byte < 0x20 || byte == 0x7f || (byte >= 0x80 && MB_CUR_MAX == 1);

	return strange ? '?' : (char)byte;
}

static bool is_inside_letter(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void clean(const char *raw, size_t length, char text[], size_t size)
{
	size_t written = 0;
	size_t i;

	for (i = 0; i < length && written + 1 < size; i++) {
		unsigned char byte = (unsigned char)raw[i];
		/* Control characters have a second place in Unicode: C2 80 to C2 9F. */
		if (byte == 0xc2 && i + 1 < length && (unsigned char)raw[i + 1] < 0xa0) {
			byte = '?';
			i++;
		}
		text[written++] = harmless(byte);
	}
	/* A letter that would be cut is left out, or what is printed after it would be taken for its rest. */
	if (i < length && is_inside_letter(raw[i])) {
		while (written > 0 && is_inside_letter(text[written - 1]))
			written--;
		if (written > 0 && (unsigned char)text[written - 1] >= 0xc0)
			written--;
	}
	text[written] = '\0';
}

/* A scalar's bytes; NULL for anything else. */
static const char *scalar(struct fy_node *node, size_t *length)
{
	return node && fy_node_is_scalar(node) ? fy_node_get_scalar(node, length) : NULL;
}

static bool is_null(struct fy_node *node, const char *raw, size_t length)
{
	return length == 4 && memcmp(raw, "null", 4) == 0 && fy_node_get_style(node) == FYNS_PLAIN;
}

char *json_text_of(struct fy_node *object, const char *key, char text[], size_t size)
{
	struct fy_node *node = json_member(object, key);
	size_t length = 0;
	const char *raw = scalar(node, &length);

	if (!raw || is_null(node, raw, length))
		length = 0;
	clean(raw, length, text, size);
	return text;
}

int64_t json_number_of(struct fy_node *object, const char *key, int64_t otherwise)
{
	char text[32];
	char *end;

	(void)json_text_of(object, key, text, sizeof(text));
	/* It ends at a fraction's point. */
	long long number = strtoll(text, &end, 10);
	if (end == text)
		return otherwise;
	if (number > JSON_NUMBER_LAST)
		return JSON_NUMBER_LAST;
	return number < -JSON_NUMBER_LAST ? -JSON_NUMBER_LAST : (int64_t)number;
}

int64_t json_ms_of(struct fy_node *object, const char *key, int64_t otherwise)
{
	char text[32];
	char *end;

	(void)json_text_of(object, key, text, sizeof(text));
	double seconds = strtod(text, &end);
	/* What is no number, or not a time that a board could have lived, is none. */
	if (end == text || !(seconds >= 0 && seconds < (double)(JSON_NUMBER_LAST / 1000)))
		return otherwise;
	return (int64_t)(seconds * 1000 + 0.5);
}

bool json_is_true(struct fy_node *object, const char *key)
{
	char text[8];

	return strcmp(json_text_of(object, key, text, sizeof(text)), "true") == 0;
}

struct fy_node *json_next_member(struct fy_node *object, void **cursor, char key[], size_t size)
{
	if (!object || !fy_node_is_mapping(object))
		return NULL;
	struct fy_node_pair *pair = fy_node_mapping_iterate(object, cursor);
	if (!pair)
		return NULL;
	size_t length = 0;
	const char *raw = scalar(fy_node_pair_key(pair), &length);
	clean(raw, raw ? length : 0, key, size);
	return fy_node_pair_value(pair);
}

struct fy_node *json_next_item(struct fy_node *array, void **cursor)
{
	return array && fy_node_is_sequence(array) ? fy_node_sequence_iterate(array, cursor) : NULL;
}
