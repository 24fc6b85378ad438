/* SPDX-License-Identifier: MIT
 *
 * A ledger on a played disk, and the events that change it.
 */
#ifndef FEEDDOG_TESTS_LEDGER_FIXTURE_H
#define FEEDDOG_TESTS_LEDGER_FIXTURE_H

#include "core/ledger.h"

#include "core/crc32.h"
#include "core/event.h"
#include "core/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char boot_one[BOOT_ID_SIZE + 1] = "11111111-1111-4111-8111-111111111111";

static const char boot_two[BOOT_ID_SIZE + 1] = "22222222-2222-4222-8222-222222222222";

enum { LIMIT = 3 };

/* A file as it lies on the disk. */
struct disk {
	uint8_t bytes[LEDGER_SIZE];
	size_t length;
};

struct ledger opened(const char boot_id[BOOT_ID_SIZE + 1]);
/* Writes the first `count` bytes of the ledger's slot, as a power cut leaves them. */
void write_part(struct disk *disk, const struct ledger *ledger, size_t count);
void write_whole(struct disk *disk, const struct ledger *ledger);
enum ledger_reading read_disk(const struct disk *disk, struct ledger *ledger);
void assert_same(const struct ledger *a, const struct ledger *b);
/* Every field another value. */
struct ledger full(uint64_t sequence);
struct event event_of(enum event_kind kind, enum board_state board, int64_t value);
bool apply(struct ledger *ledger, enum event_kind kind, enum board_state board, int64_t value);

#endif
