/* SPDX-License-Identifier: MIT
 *
 * STATE/drill.json: what a fire drill expects, written before it begins, how long the board lived on, and what came of it. One
 * block, written over in place and synced, so that a reset at any moment leaves the record before or after.
 */
#ifndef FEEDDOG_CLI_DRILL_RECORD_H
#define FEEDDOG_CLI_DRILL_RECORD_H

#include "core/ledger.h"

#include <stdbool.h>
#include <stdint.h>

enum drill_kind { DRILL_STOP, DRILL_KILL, DRILL_HANG, DRILL_KIND_COUNT };
enum drill_verdict { DRILL_OPEN, DRILL_PASSED, DRILL_FAILED, DRILL_VERDICT_COUNT };

enum { DRILL_SAYS_SIZE = 160 };

struct drill_record {
	enum drill_kind kind;
	enum drill_verdict verdict;
	bool expects_reset;
	int64_t timeout_ms; /* of the hardware */
	int64_t within_ms;  /* the expected takes no longer */
	int64_t lived_ms;   /* so long after its beginning the board was still alive */
	char boot_id[BOOT_ID_SIZE + 1];
	char says[DRILL_SAYS_SIZE];
};

const char *drill_kind_name(enum drill_kind kind);

/* 0 or -errno. */
__attribute__((warn_unused_result)) int drill_write(const char *state_dir, const struct drill_record *record);

/* 0; -ENOENT: there was no drill; -EBADMSG: it is not what drill_write() wrote; another -errno. */
__attribute__((warn_unused_result)) int drill_read(const char *state_dir, struct drill_record *record);

/*
 * After the drill: judges a record that is open. `boot_id`: of now. `cause`: why the last boot ended, as feeddogd tells. Pure.
 */
void drill_judge(struct drill_record *record, const char *boot_id, const char *cause);

#endif
