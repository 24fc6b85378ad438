/* SPDX-License-Identifier: MIT
 *
 * A machine of five states.
 */
#include "journal_export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void journal_export_reset(struct journal_export *export)
{
	export->part = EXPORT_LINE;
	export->line_length = 0;
	export->next_cursor[0] = '\0';
	export->is_old = false;
}

/* The value where the line is NAME=VALUE, else NULL. */
static const char *value_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	return strncmp(line, name, length) == 0 && line[length] == '=' ? line + length + 1 : NULL;
}

static void read_field(struct journal_export *export)
{
	const char *value;

	if ((value = value_of(export->line, "__CURSOR")))
		(void)snprintf(export->next_cursor, CURSOR_SIZE, "%s", value);
	else if ((value = value_of(export->line, "__MONOTONIC_TIMESTAMP")))
		export->entry_us = strtoll(value, NULL, 10);
	else if ((value = value_of(export->line, "_BOOT_ID")))
		export->is_old = (export->boot_id[0] && strcmp(value, export->boot_id) != 0) ||
		        export->entry_us < export->since_us;
}

/* The end of a line. True where it ends the entry. */
static bool end_line(struct journal_export *export)
{
	export->line[export->line_length] = '\0';
	if (export->line_length == 0) {
		if (export->next_cursor[0])
			memcpy(export->cursor, export->next_cursor, CURSOR_SIZE);
		if (export->next_cursor[0] && !export->is_old)
			export->last_us = export->entry_us;
		journal_export_reset(export);
		return true;
	}
	if (strchr(export->line, '=')) {
		read_field(export);
	} else {
		export->part = EXPORT_LENGTH;
		export->left = 0;
		export->length_bytes = 0;
		export->is_message = strcmp(export->line, "MESSAGE") == 0;
	}
	export->line_length = 0;
	return false;
}

static void take_line_byte(struct journal_export *export, char byte)
{
	if (export->line_length + 1 < sizeof(export->line))
		export->line[export->line_length++] = byte;
	if (byte == '=' && export->line_length == strlen("MESSAGE=") && memcmp(export->line, "MESSAGE=", 8) == 0) {
		export->part = EXPORT_TEXT;
		export->line_length = 0;
	}
}

static void take_length_byte(struct journal_export *export, unsigned char byte)
{
	export->left |= (uint64_t)byte << 8 * export->length_bytes++;
	if (export->length_bytes == sizeof(export->left))
		export->part = export->left > 0 ? EXPORT_VALUE : EXPORT_VALUE_END;
}

/* One byte; what is of the message is put into *out, and counted. True where it ends the entry. */
static bool take(struct journal_export *export, char byte, char *out, size_t *used)
{
	switch (export->part) {
	case EXPORT_LINE:
		if (byte == '\n')
			return end_line(export);
		take_line_byte(export, byte);
		break;
	case EXPORT_TEXT:
		if (!export->is_old)
			out[(*used)++] = byte;
		if (byte == '\n')
			export->part = EXPORT_LINE;
		break;
	case EXPORT_LENGTH:
		take_length_byte(export, (unsigned char)byte);
		break;
	case EXPORT_VALUE:
		if (export->is_message && !export->is_old)
			out[(*used)++] = byte;
		if (--export->left == 0)
			export->part = EXPORT_VALUE_END;
		break;
	case EXPORT_VALUE_END:
		if (export->is_message && !export->is_old)
			out[(*used)++] = '\n';
		export->part = EXPORT_LINE;
		break;
	}
	return false;
}

size_t journal_export_take(struct journal_export *export, const char *bytes, size_t length, struct lines *lines)
{
	size_t room, used = 0, taken = 0;
	char *out = lines_room(lines, &room);
	bool ended = false;

	while (taken < length && used < room && !ended)
		ended = take(export, bytes[taken++], out, &used);
	lines_add(lines, used);
	return taken;
}
