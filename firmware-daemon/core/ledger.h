/* SPDX-License-Identifier: MIT
 *
 * The ledger: what must survive a reset. How many reboots are not yet forgotten (promise P6), and how far the current
 * boot has come, so that the next one knows why it ended (promise P14). Pure: bytes in, bytes out; os/storage/store moves them.
 *
 * The file is two slots, each with a sequence and a CRC; they are written in turn, so a write that is cut short at any
 * byte leaves the other slot. Both bad, in a file that is not empty: corrupt, which reads as *budget spent*.
 */
#ifndef FEEDDOG_CORE_LEDGER_H
#define FEEDDOG_CORE_LEDGER_H

#include "rules.h"
#include "state.h"

#include <stddef.h>

enum {
	LEDGER_SLOT_SIZE = 4096, /* a slot each to a block, so that no write touches both */
	LEDGER_SIZE = 2 * LEDGER_SLOT_SIZE,
	BOOT_ID_SIZE = 36, /* text of /proc/sys/kernel/random/boot_id */
};

/* How far a boot has come. What it was when the boot ended says why it ended. */
enum ledger_phase {
	LEDGER_RUNNING, /* nothing was wrong */
	LEDGER_OUTAGE,  /* a service was down */
	LEDGER_REBOOT,  /* the ladder ordered a reboot */
	LEDGER_LETGO,
	LEDGER_HOLD,
	LEDGER_STOPPED,    /* feeddogd was stopped in order */
	LEDGER_GOING_DOWN, /* the system shuts down by another's order */
	LEDGER_DRILL,      /* `feeddog drill` is about to cause a reset */
	LEDGER_PHASE_COUNT
};

struct ledger {
	uint64_t sequence;
	int64_t maintenance_until_ms; /* of this boot's clock; NEVER_MS: none */
	int64_t phase_ms;             /* since when `phase` is as it is, by this boot's clock; 0: not known */
	uint64_t proven;      /* fingerprint of the services that were last well on this board, 0: none (promise P16) */
	uint16_t unsettled;   /* ends in an outage that are not yet cleared, whoever caused them (promise P6) */
	uint16_t unexplained; /* boots in a row that ended without a word while healthy, not yet cleared */
	uint8_t phase;        /* enum ledger_phase */
	uint8_t continued;    /* feeddogd was killed in this phase and started again */
	uint8_t outage;       /* it began in this boot or before, and the board has not recovered since */
	uint8_t last_counted; /* the end of the boot before was counted by this boot: it was in an outage */
	uint8_t cause;        /* enum cause of the outage */
	uint8_t last_cause;   /* enum end_cause: why the boot before this one ended */
	uint8_t last_why;     /* enum cause behind it */
	char boot_id[BOOT_ID_SIZE + 1];
	char service[NAME_SIZE], check[NAME_SIZE];           /* of the outage, or of the phase */
	char last_service[NAME_SIZE], last_check[NAME_SIZE]; /* behind the end of the boot before */
};

enum ledger_reading { LEDGER_READ, LEDGER_FRESH, LEDGER_CORRUPT };

/*
 * Reads a ledger file's bytes (length 0: there is no file). FRESH and CORRUPT leave an empty ledger; after CORRUPT its
 * `unsettled` is `limit`: a budget that cannot be read counts as spent.
 */
enum ledger_reading ledger_decode(const uint8_t bytes[], size_t length, uint16_t limit, struct ledger *ledger);

/* Writes the slot for ledger->sequence; returns its offset in the file. */
size_t ledger_encode(const struct ledger *ledger, uint8_t slot[LEDGER_SLOT_SIZE]);

/*
 * Opens the ledger for the boot `boot_id`: where the last writer was another boot, works out why that one ended and makes
 * it the last boot. True where this is a new boot.
 */
bool ledger_open_boot(struct ledger *ledger, enum ledger_reading reading, const char boot_id[BOOT_ID_SIZE + 1]);

/*
 * The ledger goes on in another file, in which `found` was read and opened for this boot: takes over what only that one
 * knows, the end of the boot before, and of the counts the higher ones.
 */
void ledger_merge(struct ledger *ledger, const struct ledger *found);

struct event;

/*
 * What an event changes in the ledger; `service` and `check` are the names behind its indices, "" where it has none.
 * True where it has to be written (sequence counted up).
 */
bool ledger_apply(struct ledger *ledger, const struct event *event, const char *service, const char *check);

#endif
