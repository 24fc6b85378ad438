/* SPDX-License-Identifier: MIT
 *
 * publish/keeper: what is written when, with a disk that is played and a clock that is an argument.
 */
#include "publish/keeper.h"

#include "compiler/compile.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char boot_id[BOOT_ID_SIZE + 1] = "22222222-2222-4222-8222-222222222222";
static const char yaml[] = "watchdog: {device: /nowhere, timeout: 10s, simulated: true}\n"
                           "services: {web: {checks: [{tcp: '127.0.0.1:1'}], restart: 'true'}}\n"
                           "ladder: {reboots: {limit: 3}}\n";

/* The played disk. */
static struct {
	uint8_t ledger[LEDGER_SIZE];
	long ledger_length;              /* or -errno of reading it */
	int ledger_error, history_error; /* of writing, as -errno */
	int ledger_writes, history_writes;
	char history[65536];
	enum storage_kind kind;
	struct storage_place place;
	int place_error;
	int said; /* lines of log */
	char last_said[LOG_LINE_SIZE];
} disk;

static struct flat *flat;
static struct keeper keeper;

int __wrap_store_make_dir(const char *path, mode_t mode);
long __wrap_store_read(const char *path, void *bytes, size_t size);
enum storage_kind __wrap_storage_kind_of(const char *root, const char *folder);
int __wrap_storage_place_of(const char *folder, struct storage_place *place);
int __wrap_store_write_at(const char *path, size_t offset, const void *bytes, size_t size);
int __wrap_store_append_line(const char *path, const char *line, size_t cap);
int64_t __wrap_clock_wall_s(void);
__attribute__((format(printf, 2, 3))) void __wrap_log_line(enum log_priority priority, const char *format, ...);

int __wrap_store_make_dir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return 0;
}

enum storage_kind __wrap_storage_kind_of(const char *root, const char *folder)
{
	assert_string_equal(root, "");
	assert_string_equal(folder, "/state");
	return disk.kind;
}

int __wrap_storage_place_of(const char *folder, struct storage_place *place)
{
	assert_string_equal(folder, "/state");
	*place = disk.place;
	return disk.place_error;
}

long __wrap_store_read(const char *path, void *bytes, size_t size)
{
	assert_string_equal(path, "/state/ledger");
	assert_int_equal(size, sizeof(disk.ledger));
	memcpy(bytes, disk.ledger, size);
	return disk.ledger_length;
}

int __wrap_store_write_at(const char *path, size_t offset, const void *bytes, size_t size)
{
	assert_string_equal(path, "/state/ledger");
	disk.ledger_writes++;
	if (disk.ledger_error)
		return disk.ledger_error;
	assert_true(offset + size <= sizeof(disk.ledger));
	memcpy(disk.ledger + offset, bytes, size);
	if (disk.ledger_length < (long)(offset + size))
		disk.ledger_length = (long)(offset + size);
	return 0;
}

int __wrap_store_append_line(const char *path, const char *line, size_t cap)
{
	assert_string_equal(path, "/state/history.jsonl");
	assert_int_equal(cap, HISTORY_CAP);
	disk.history_writes++;
	if (disk.history_error)
		return disk.history_error;
	assert_true(strlen(disk.history) + strlen(line) + 2 < sizeof(disk.history));
	strcat(disk.history, line);
	strcat(disk.history, "\n");
	return 0;
}

int64_t __wrap_clock_wall_s(void)
{
	return 1700000000;
}

void __wrap_log_line(enum log_priority priority, const char *format, ...)
{
	va_list arguments;

	(void)priority;
	va_start(arguments, format);
	(void)vsnprintf(disk.last_said, sizeof(disk.last_said), format, arguments);
	va_end(arguments);
	disk.said++;
}

static void begin_as(bool played, int64_t now_ms)
{
	keeper_begin(&keeper, flat, "/state", boot_id, played, now_ms);
}

static void begin(int64_t now_ms)
{
	begin_as(false, now_ms);
}

static int fresh(void **state)
{
	(void)state;
	memset(&disk, 0, sizeof(disk));
	begin(0);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	keeper_end(&keeper, 0);
	return 0;
}

static struct event event_of(enum event_kind kind, enum board_state board_state)
{
	return (struct event){.kind = (uint8_t)kind,
	        .state = (uint8_t)board_state,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX};
}

static void note(enum event_kind kind, enum board_state board_state, int64_t now_ms)
{
	struct event event = event_of(kind, board_state);

	event.at_ms = now_ms;
	keeper_note(&keeper, &event, NULL, NULL, now_ms);
}

static struct ledger on_disk(void)
{
	struct ledger ledger;

	assert_int_equal(ledger_decode(disk.ledger, (size_t)disk.ledger_length, 3, &ledger), LEDGER_READ);
	return ledger;
}

static unsigned lines(void)
{
	unsigned count = 0;

	for (const char *c = disk.history; *c; c++)
		count += *c == '\n';
	return count;
}

/* P9: the ledger is written at the start, which proves that it can be. */
static void start_proves_the_ledger(void **state)
{
	(void)state;
	assert_int_equal(disk.ledger_writes, 1);
	assert_int_equal(keeper.ledger_error, 0);
	assert_int_equal(on_disk().phase, LEDGER_RUNNING);
	assert_string_equal(on_disk().boot_id, boot_id);
	assert_int_equal(keeper.write_at_ms, FOREVER_MS);
	/* The same boot again: another slot. */
	uint64_t sequence = on_disk().sequence;
	begin(0);
	assert_int_equal(on_disk().sequence, sequence + 1);
}

/* P6: a ledger that is corrupt or cannot be read counts as spent. */
static void unreadable_ledger_is_spent(void **state)
{
	(void)state;
	disk.ledger_length = 7;
	begin(0);
	assert_int_equal(on_disk().unsettled, 3);
	assert_int_equal(on_disk().last_cause, END_UNKNOWN);
	memset(&disk, 0, sizeof(disk));
	disk.ledger_length = -EIO;
	begin(0);
	assert_int_equal(keeper.ledger.unsettled, 3);
}

/* P9: an event is written a little later, once for all that come together; not a millisecond sooner. */
static void events_are_written_together(void **state)
{
	(void)state;
	note(EVENT_SERVICE_DOWN, BOARD_RECOVERING, 1000);
	note(EVENT_STATE, BOARD_RECOVERING, 1010);
	note(EVENT_RESTART, BOARD_RECOVERING, 1015);
	assert_int_equal(keeper.write_at_ms, 1000 + KEEPER_QUIET_MS);
	keeper_step(&keeper, 1000 + KEEPER_QUIET_MS - 1);
	assert_int_equal(disk.ledger_writes + disk.history_writes, 1);
	keeper_step(&keeper, 1000 + KEEPER_QUIET_MS);
	assert_int_equal(disk.ledger_writes, 2);
	assert_int_equal(disk.history_writes, 1);
	assert_int_equal(lines(), 2);
	assert_int_equal(on_disk().phase, LEDGER_OUTAGE);
	assert_int_equal(keeper.write_at_ms, FOREVER_MS);
	keeper_step(&keeper, 100000);
	assert_int_equal(disk.ledger_writes + disk.history_writes, 3);
}

/* P9: what is not an incident is not written. */
static void small_talk_is_not_written(void **state)
{
	(void)state;
	note(EVENT_CHECK_FAILED, BOARD_DOUBT, 1000);
	note(EVENT_CHECK_PASSED, BOARD_WELL, 1000);
	note(EVENT_HELPER_STARTED, BOARD_WELL, 1000);
	note(EVENT_DROPPED, BOARD_WELL, 1000);
	note(EVENT_STATE, BOARD_DOUBT, 1000);
	assert_int_equal(keeper.write_at_ms, FOREVER_MS);
}

/* P6: a reboot is on the disk when keeper_secure() says so, and otherwise it says why not. */
static void secure_tells_the_truth(void **state)
{
	struct event event = event_of(EVENT_REBOOT, BOARD_REBOOTING);

	(void)state;
	event.value = 2;
	event.service = 0;
	disk.ledger_error = -EROFS;
	keeper_note(&keeper, &event, NULL, NULL, 1000);
	assert_int_equal(keeper_secure(&keeper, 1000), -EROFS);
	assert_int_equal(keeper.ledger_error, EROFS);
	assert_int_equal(on_disk().unsettled, 0);
	disk.ledger_error = 0;
	assert_int_equal(keeper_secure(&keeper, 1000), 0);
	assert_int_equal(keeper.ledger_error, 0);
	assert_int_equal(on_disk().unsettled, 2);
	assert_string_equal(on_disk().service, "web");
	int writes = disk.ledger_writes;
	assert_int_equal(keeper_secure(&keeper, 1000), 0);
	assert_int_equal(disk.ledger_writes, writes);
}

static void assert_why(const char *words)
{
	char why[STORAGE_WHY_SIZE];

	assert_non_null(strstr(keeper_why_not(&keeper, why), words));
	assert_int_equal(keeper_can_count(&keeper), !*words);
	assert_int_equal(*why == '\0', !*words);
}

/* P6: what is lost at a reset cannot count, and the log says why; a played boot does not lose memory. */
static void memory_cannot_count(void **state)
{
	static const enum storage_kind lost[] = {STORAGE_MEMORY, STORAGE_MEMORY_DISK, STORAGE_OVERLAY_ON_MEMORY};

	(void)state;
	assert_why("");
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		disk.kind = lost[i];
		disk.said = 0;
		begin(0);
		assert_why("/state is on ");
		assert_int_equal(disk.said, 1);
		assert_non_null(strstr(disk.last_said, "stable=0"));
		begin_as(true, 0);
		assert_int_equal(keeper_can_count(&keeper), lost[i] == STORAGE_MEMORY);
	}
}

/* P6: a disk that cannot be written cannot count either. */
static void unwritable_cannot_count(void **state)
{
	(void)state;
	disk.ledger_error = -EROFS;
	begin(0);
	assert_why("/state/ledger cannot be written: Read-only file system");
}

/* P6: a disk that is mounted over the state folder after the start: its ledger goes on, with the higher count, uncounted. */
static void late_mount_is_merged(void **state)
{
	struct ledger found = {.sequence = 7,
	        .unsettled = 2,
	        .unexplained = 1,
	        .phase = LEDGER_OUTAGE,
	        .outage = 1,
	        .boot_id = "another"};

	(void)state;
	note(EVENT_STATE, BOARD_RECOVERING, 1000);
	memset(disk.ledger, 0, sizeof(disk.ledger));
	size_t offset = ledger_encode(&found, disk.ledger + LEDGER_SLOT_SIZE);
	assert_int_equal(offset, LEDGER_SLOT_SIZE);
	disk.ledger_length = sizeof(disk.ledger);
	disk.place.device = 9;
	keeper_step(&keeper, 1000 + KEEPER_QUIET_MS);
	assert_why("/state was mounted or unmounted");
	/* The end in an outage that the other file tells of is counted: 2 and 1. */
	assert_int_equal(on_disk().unsettled, 3);
	assert_int_equal(on_disk().unexplained, 1);
	assert_int_equal(on_disk().last_cause, END_UNEXPLAINED);
	assert_int_equal(on_disk().phase, LEDGER_OUTAGE);
	assert_string_equal(on_disk().boot_id, boot_id);
	/* The slot with the older ledger was not overwritten. */
	assert_int_equal(ledger_decode(disk.ledger + LEDGER_SLOT_SIZE, LEDGER_SLOT_SIZE, 3, &found), LEDGER_READ);
	assert_string_equal(found.boot_id, "another");
	/* Unmounted again: what this boot has counted is where it began. */
	disk.place.device = 0;
	keeper_step(&keeper, 1000 + KEEPER_QUIET_MS + KEEPER_LOOK_MS);
	assert_why("");
}

/* P6: a mount is noticed within KEEPER_LOOK_MS though nothing happens, and before a reboot is counted at the latest. */
static void late_mount_is_noticed(void **state)
{
	(void)state;
	disk.place.inode = 5;
	keeper_step(&keeper, KEEPER_LOOK_MS - 1);
	assert_why("");
	keeper_step(&keeper, KEEPER_LOOK_MS);
	assert_why("/state was mounted");
	disk.place.inode = 6;
	disk.ledger_length = 0;
	assert_int_equal(keeper_secure(&keeper, KEEPER_LOOK_MS + 1), 0);
	assert_int_equal(on_disk().phase, LEDGER_RUNNING);
	/* A folder that cannot be looked at is no other one: writing to it will tell. */
	disk.place_error = -EIO;
	disk.place.inode = 7;
	keeper_step(&keeper, 10 * KEEPER_LOOK_MS);
	assert_int_equal(keeper.place.inode, 6);
}

/* P9: a disk that cannot be written is said once and tried again ever more seldom; nothing is lost meanwhile. */
static void failing_disk_degrades_to_memory(void **state)
{
	(void)state;
	disk.ledger_error = disk.history_error = -ENOSPC;
	note(EVENT_HOLD, BOARD_HOLD, 0);
	int64_t now_ms = keeper.write_at_ms;
	int64_t expected_ms = KEEPER_RETRY_FIRST_MS;
	for (int i = 0; i < 8; i++) {
		keeper_step(&keeper, now_ms);
		assert_int_equal(keeper.write_at_ms - now_ms, expected_ms);
		assert_int_equal(disk.said, 2);
		now_ms = keeper.write_at_ms;
		expected_ms = expected_ms * 2 < KEEPER_RETRY_LAST_MS ? expected_ms * 2 : KEEPER_RETRY_LAST_MS;
	}
	assert_int_equal(expected_ms, KEEPER_RETRY_LAST_MS);
	assert_int_equal(lines(), 0);
	disk.ledger_error = disk.history_error = 0;
	keeper_step(&keeper, now_ms);
	assert_int_equal(disk.said, 4);
	assert_int_equal(lines(), 1);
	assert_int_equal(on_disk().phase, LEDGER_HOLD);
	assert_int_equal(keeper.write_at_ms, FOREVER_MS);
	assert_int_equal(keeper.retry_ms, KEEPER_RETRY_FIRST_MS);
}

/* P9: history that cannot be written fills a bounded buffer; what does not fit is counted. */
static void pending_history_is_bounded(void **state)
{
	(void)state;
	disk.history_error = -EIO;
	for (int i = 0; i < 1000; i++)
		note(EVENT_HOLD, BOARD_HOLD, i);
	assert_true(keeper.suppressed > 800);
	uint64_t suppressed = keeper.suppressed;
	disk.history_error = 0;
	keeper_step(&keeper, 100000);
	assert_int_equal(lines(), 1000 - suppressed);
	note(EVENT_SETTLED, BOARD_WELL, 200000);
	keeper_step(&keeper, 300000);
	char expected[64];
	(void)snprintf(expected, sizeof(expected), "\"suppressed\":%u}\n", (unsigned)suppressed);
	assert_non_null(strstr(disk.history, expected));
}

/* P9: flapping is written ever more seldom: lines and writes are rationed, a day of it is bounded. */
static void a_day_of_flapping_is_bounded(void **state)
{
	enum { DAY_MS = 86400000, EVERY_MS = 500 };

	(void)state;
	for (int64_t now_ms = 0; now_ms < DAY_MS; now_ms += EVERY_MS) {
		bool down = now_ms / EVERY_MS % 2 == 0;
		note(down ? EVENT_SERVICE_DOWN : EVENT_SERVICE_UP, down ? BOARD_RECOVERING : BOARD_WELL, now_ms);
		note(EVENT_STATE, down ? BOARD_RECOVERING : BOARD_WELL, now_ms);
		keeper_step(&keeper, now_ms);
		disk.history[0] = '\0';
	}
	assert_in_range(disk.ledger_writes, 1, KEEPER_WRITES + DAY_MS / KEEPER_WRITE_MS + 2);
	assert_in_range(disk.history_writes, 1, KEEPER_LINES + DAY_MS / KEEPER_LINE_MS + 2);
	/* A last word does not wait for its turn. */
	int64_t now_ms = DAY_MS;
	while (keeper.write_at_ms <= now_ms + 1000) {
		keeper_step(&keeper, ++now_ms);
		note(EVENT_STATE, keeper.ledger.phase == LEDGER_OUTAGE ? BOARD_WELL : BOARD_RECOVERING, now_ms);
	}
	note(EVENT_LETGO, BOARD_LETGO, now_ms);
	assert_int_equal(keeper.write_at_ms, now_ms + KEEPER_QUIET_MS);
	keeper_step(&keeper, now_ms + KEEPER_QUIET_MS);
	assert_int_equal(on_disk().phase, LEDGER_LETGO);
	assert_non_null(strstr(disk.history, "\"event\":\"letgo\""));
	assert_non_null(strstr(disk.history, "\"suppressed\":"));
}

static void bucket_edges(void **state)
{
	struct bucket bucket;

	(void)state;
	bucket_fill(&bucket, 2, 0);
	assert_true(bucket_take(&bucket, 2, 100, 0));
	assert_true(bucket_take(&bucket, 2, 100, 0));
	assert_false(bucket_take(&bucket, 2, 100, 99));
	assert_int_equal(bucket_next_ms(&bucket, 100), 100);
	assert_true(bucket_take(&bucket, 2, 100, 100));
	assert_false(bucket_take(&bucket, 2, 100, 199));
	assert_true(bucket_take(&bucket, 2, 100, 1000000));
	assert_true(bucket_take(&bucket, 2, 100, 1000000));
	assert_false(bucket_take(&bucket, 2, 100, 1000000));
}

static void end_writes_what_there_is(void **state)
{
	(void)state;
	note(EVENT_SERVICE_DOWN, BOARD_RECOVERING, 1000);
	note(EVENT_STATE, BOARD_RECOVERING, 1000);
	keeper_end(&keeper, 1000);
	assert_int_equal(lines(), 1);
	assert_int_equal(on_disk().phase, LEDGER_OUTAGE);
}

int main(void)
{
#define PLAYED(f) cmocka_unit_test_setup_teardown(f, fresh, finish)
	const struct CMUnitTest tests[] = {
	        PLAYED(start_proves_the_ledger),
	        PLAYED(unreadable_ledger_is_spent),
	        PLAYED(events_are_written_together),
	        PLAYED(small_talk_is_not_written),
	        PLAYED(secure_tells_the_truth),
	        PLAYED(memory_cannot_count),
	        PLAYED(unwritable_cannot_count),
	        PLAYED(late_mount_is_merged),
	        PLAYED(late_mount_is_noticed),
	        PLAYED(failing_disk_degrades_to_memory),
	        PLAYED(pending_history_is_bounded),
	        PLAYED(a_day_of_flapping_is_bounded),
	        PLAYED(bucket_edges),
	        PLAYED(end_writes_what_there_is),
	};

	flat = compile_text("test", yaml, sizeof(yaml) - 1, stderr);
	if (!flat)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(flat);
	return failed;
}
