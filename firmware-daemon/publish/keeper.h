/* SPDX-License-Identifier: MIT
 *
 * What is kept on stable storage: the ledger and the history. Says what to write when; os/storage/store writes. Transitions only
 * (promise P9), a little later and together, so that a slow card does not delay the order that follows an event; what
 * repeats without end is written ever more seldom. What cannot be written is kept in memory and tried again.
 */
#ifndef FEEDDOG_ACTOR_KEEPER_H
#define FEEDDOG_ACTOR_KEEPER_H

#include "core/bucket.h"
#include "check_output.h"
#include "history_line.h"

#include "os/storage/storage_kind.h"

#include <limits.h>

enum {
	KEEPER_QUIET_MS = 20,    /* from an event to its writing */
	KEEPER_WRITES = 30,      /* at once, and */
	KEEPER_WRITE_MS = 60000, /* one more in each of these; */
	KEEPER_LINES = 60,       /* lines of history at once, and */
	KEEPER_LINE_MS = 60000,  /* one more in each of these */
	KEEPER_RETRY_FIRST_MS = 5000,
	KEEPER_RETRY_LAST_MS = 60000,
	KEEPER_PENDING_SIZE = 16384,
	KEEPER_LOOK_MS = 10000, /* how often to look whether the state folder is still the same one */
	HISTORY_CAP = 256 * 1024,
};

struct keeper {
	const struct flat *flat;
	const struct output_page *output; /* NULL: not known */
	struct ledger ledger;
	bool played;      /* the boot is: FEEDDOG_BOOT_ID */
	bool unwritten;   /* the ledger has changed since it was written */
	int ledger_error; /* errno of the last write of the ledger, 0: it is on stable storage */
	int history_error;
	enum storage_kind kind;
	struct storage_place first, place; /* the state folder: in which this boot began, and now */
	bool moved;                        /* they differ: what was counted may be in the other one */
	int64_t look_at_ms;
	int64_t write_at_ms; /* FOREVER_MS: there is nothing to write */
	uint32_t retry_ms;
	struct bucket writes, lines;
	uint64_t suppressed; /* lines of history left out since the last one */
	struct json_writer line;
	size_t pending_length;
	char pending[KEEPER_PENDING_SIZE]; /* lines of history not yet written, each but the first after a newline */
	char state_dir[PATH_MAX], ledger_path[PATH_MAX], history_path[PATH_MAX];
};

/*
 * Reads the ledger and writes it once, which proves that it can be written: see ledger_error. `played`: the boot is, by
 * FEEDDOG_BOOT_ID, and a tmpfs survives it.
 */
void keeper_begin(struct keeper *keeper, const struct flat *flat, const char *state_dir,
        const char boot_id[BOOT_ID_SIZE + 1], bool played, int64_t now_ms);

/* Takes an event into ledger and history. `reason` and `command` may be NULL. */
void keeper_note(
        struct keeper *keeper, const struct event *event, const char *reason, const char *command, int64_t now_ms);

/* Writes the ledger now if it has changed. 0 or -errno; what failed is tried again when keeper_step() is due. */
__attribute__((warn_unused_result)) int keeper_secure(struct keeper *keeper, int64_t now_ms);

/* Whether a reboot that is counted now is still counted after it (promise P6). */
bool keeper_can_count(const struct keeper *keeper);

/* Why not, and what to do, for people; "" where it can. */
const char *keeper_why_not(const struct keeper *keeper, char why[STORAGE_WHY_SIZE]);

/* Writes what is due. */
void keeper_step(struct keeper *keeper, int64_t now_ms);

/* Writes all there is, whether due or not. */
void keeper_end(struct keeper *keeper, int64_t now_ms);

#endif
