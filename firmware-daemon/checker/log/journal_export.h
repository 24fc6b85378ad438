/* SPDX-License-Identifier: MIT
 *
 * Journal entries in systemd's export format (`journalctl --output=export`), byte by byte: fields as NAME=VALUE lines, or,
 * where the value is not plain text, as NAME, a 64-bit little-endian length and the value; an empty line ends an entry. The
 * cursor, the time and the boot come before the message. Pure.
 */
#ifndef FEEDDOG_CHECKER_JOURNAL_EXPORT_H
#define FEEDDOG_CHECKER_JOURNAL_EXPORT_H

#include "lines.h"

#include <stdint.h>

enum { CURSOR_SIZE = 256, BOOT_ID_SIZE = 33 };

/* Begins as zeros, but for the next two. */
struct journal_export {
	char boot_id[BOOT_ID_SIZE]; /* of this boot, 32 hexadecimal digits; "": any */
	int64_t since_us;           /* messages from before this time of CLOCK_MONOTONIC are passed over */
	char cursor[CURSOR_SIZE];   /* of the last whole entry; "": there was none */
	int64_t last_us;            /* its time, where it is of this boot; 0: none yet */
	/* What follows is of the entry under way. */
	enum { EXPORT_LINE, EXPORT_TEXT, EXPORT_LENGTH, EXPORT_VALUE, EXPORT_VALUE_END } part;
	char line[CURSOR_SIZE + 16]; /* "__CURSOR=" and its value; a longer line is cut */
	size_t line_length;
	char next_cursor[CURSOR_SIZE];
	uint64_t left; /* bytes of a value */
	unsigned length_bytes;
	bool is_message;
	bool is_old; /* by its time or boot */
	int64_t entry_us;
};

/* Takes bytes up to the end of an entry, and while `lines` has room for its message. How many were taken. */
size_t journal_export_take(struct journal_export *export, const char *bytes, size_t length, struct lines *lines);

/* Forgets an entry that was not finished. */
void journal_export_reset(struct journal_export *export);

#endif
