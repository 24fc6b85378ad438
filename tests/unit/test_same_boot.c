/* SPDX-License-Identifier: MIT
 *
 * feeder/same_boot, feeder/last_boot: what a feeder takes from the ledger, and what it does not believe.
 */
#include "core_fixture.h"
#include "feeder/report.h"
#include "feeder/same_boot.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_MS = 5000000, LIMIT = SCENE_REBOOT_LIMIT };

static const char boot_id[] = "11111111-1111-4111-8111-111111111111";
static struct feeder feeder;
static int told, lines;
static struct {
	uint8_t bytes[LEDGER_SIZE];
	long length; /* or -errno */
} disk;

void __wrap_feeder_tell_all(struct feeder *who, const struct events *events);
long __wrap_store_read(const char *path, void *bytes, size_t size);
void __wrap_log_line(enum log_priority priority, const char *format, ...);

void __wrap_feeder_tell_all(struct feeder *who, const struct events *events)
{
	assert_ptr_equal(who, &feeder);
	told += events->count;
}

long __wrap_store_read(const char *path, void *bytes, size_t size)
{
	assert_string_equal(path, "/state/ledger");
	if (disk.length > 0)
		memcpy(bytes, disk.bytes, (size_t)disk.length < size ? (size_t)disk.length : size);
	return disk.length;
}

void __wrap_log_line(enum log_priority priority, const char *format, ...)
{
	(void)format;
	assert_int_equal(priority, LOG_PRIORITY_ERROR);
	lines++;
}

/* A feeder of a board with one service that is as after board_begin(). */
static int begin(void **state)
{
	int error = scene_setup(state);
	struct scene *scene = *state;

	if (error)
		return error;
	(void)scene_simple(scene);
	scene_begin(scene, 0);
	memset(&feeder, 0, sizeof(feeder));
	feeder.rules = scene->rules;
	feeder.board = scene->board;
	board_begin(&feeder.rules, &feeder.board, 0, NOW_MS);
	memset(&disk, 0, sizeof(disk));
	told = lines = 0;
	assert_int_equal(setenv("FEEDDOG_BOOT_ID", boot_id, 1), 0);
	return 0;
}

static void continue_with(const struct ledger *ledger, bool is_new)
{
	struct last_boot last = {.ledger = *ledger, .is_new = is_new};

	board_begin(&feeder.rules, &feeder.board, ledger->unsettled, NOW_MS);
	told = 0;
	same_boot_continue(&feeder, &last, NOW_MS);
}

static void assert_board(enum board_state state, int64_t feed_until_ms)
{
	assert_string_equal(board_state_name((enum board_state)feeder.board.ladder->state), board_state_name(state));
	assert_int_equal(feeder.board.ladder->feed_until_ms, feed_until_ms);
	assert_int_equal(told > 0, state != BOARD_STARTING);
}

static void assert_unchanged(void)
{
	assert_board(BOARD_STARTING, NOW_MS + SCENE_START_PERIOD_MS);
}

/* P7: maintenance goes on to its end, and no longer than a person can have ordered. */
static void maintenance_goes_on(void **state)
{
	static const int64_t longest_ms = (int64_t)MAX_HOLD_S * 1000;
	struct ledger ledger = {.phase = LEDGER_RUNNING};

	(void)state;
	ledger.maintenance_until_ms = NOW_MS + 1;
	continue_with(&ledger, false);
	assert_board(BOARD_MAINTENANCE, NOW_MS + 1);
	ledger.maintenance_until_ms = NOW_MS + longest_ms;
	continue_with(&ledger, false);
	assert_board(BOARD_MAINTENANCE, NOW_MS + longest_ms);
	ledger.maintenance_until_ms = NOW_MS + longest_ms + 1;
	continue_with(&ledger, false);
	assert_unchanged();
	ledger.maintenance_until_ms = FOREVER_MS;
	continue_with(&ledger, false);
	assert_unchanged();
	ledger.maintenance_until_ms = NOW_MS;
	continue_with(&ledger, false);
	assert_unchanged();
}

static struct ledger ledger_of(enum ledger_phase phase, int64_t since_ms)
{
	return (struct ledger){.phase = (uint8_t)phase,
	        .phase_ms = since_ms,
	        .continued = true,
	        .unsettled = 1,
	        .outage = true,
	        .maintenance_until_ms = NEVER_MS};
}

/* P2: the feeder that follows one which was killed in an outage has what is left of its budget, and none where it is over. */
static void an_outage_has_one_budget(void **state)
{
	static const int64_t ages_ms[] = {0, 1, 10000, SCENE_RESTART_FOR_MS - 1, SCENE_RESTART_FOR_MS, NOW_MS - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(ages_ms) / sizeof(ages_ms[0]); i++) {
		struct ledger ledger = ledger_of(LEDGER_OUTAGE, NOW_MS - ages_ms[i]);
		int64_t left_ms = SCENE_RESTART_FOR_MS - ages_ms[i];
		continue_with(&ledger, false);
		assert_board(BOARD_RECOVERING, NOW_MS + (left_ms > 0 ? left_ms : 0));
		assert_int_equal(feeder.board.ladder->outage_used_ms, ages_ms[i]);
	}
}

/* An outage whose end may not have reached the disk leaves time to hear that all is well; the budget is not exceeded by it. */
static void the_end_of_an_outage_may_be_missing(void **state)
{
	struct ledger ledger = ledger_of(LEDGER_OUTAGE, NOW_MS - 2 * SCENE_RESTART_FOR_MS);

	(void)state;
	ledger.continued = false;
	continue_with(&ledger, false);
	assert_board(BOARD_RECOVERING, NOW_MS + SCENE_DETECTION_MS);
	/* There is more than that left. */
	ledger.phase_ms = NOW_MS - 1000;
	continue_with(&ledger, false);
	assert_board(BOARD_RECOVERING, NOW_MS + SCENE_RESTART_FOR_MS - 1000);
}

/* P2: so it is with a reboot that was ordered, and what was let go stays so. */
static void later_rungs_go_on(void **state)
{
	struct ledger ledger = ledger_of(LEDGER_REBOOT, NOW_MS - 5000);

	(void)state;
	continue_with(&ledger, false);
	assert_board(BOARD_REBOOTING, NOW_MS + SCENE_REBOOT_WITHIN_MS - 5000);
	ledger = ledger_of(LEDGER_LETGO, NOW_MS - 5000);
	continue_with(&ledger, false);
	assert_board(BOARD_LETGO, NOW_MS);
}

/* P2, P14: a shutdown by another's order goes on too, and none of it is left where the board was let go of. */
static void a_shutdown_goes_on(void **state)
{
	struct ledger ledger = ledger_of(LEDGER_GOING_DOWN, NOW_MS - 5000);

	(void)state;
	continue_with(&ledger, false);
	assert_board(BOARD_REBOOTING, NOW_MS + SCENE_REBOOT_WITHIN_MS - 5000);
	assert_true(feeder.board.ladder->planned);
	ledger = ledger_of(LEDGER_LETGO, NOW_MS - 5000);
	ledger.cause = CAUSE_SHUTDOWN;
	continue_with(&ledger, false);
	assert_board(BOARD_REBOOTING, NOW_MS);
	assert_true(feeder.board.ladder->planned);
}

/* What is of another boot, of the future, of no time, or no outage changes nothing. */
static void nothing_else_goes_on(void **state)
{
	static const enum ledger_phase none[] = {LEDGER_RUNNING, LEDGER_STOPPED, LEDGER_HOLD, LEDGER_DRILL};
	struct ledger ledger = ledger_of(LEDGER_OUTAGE, NOW_MS - 5000);

	(void)state;
	continue_with(&ledger, true);
	assert_unchanged();
	ledger.phase_ms = NOW_MS + 1;
	continue_with(&ledger, false);
	assert_unchanged();
	ledger.phase_ms = 0;
	continue_with(&ledger, false);
	assert_unchanged();
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		ledger = ledger_of(none[i], NOW_MS - 5000);
		continue_with(&ledger, false);
		assert_unchanged();
	}
}

/* P6: a ledger that is there and cannot be read, or is rubbish, counts as spent, which is logged; none at all is a fresh one. */
static void an_unreadable_ledger_is_spent(void **state)
{
	static const long lengths[] = {-EIO, -EACCES, -ENOTDIR, -ELOOP, 1, LEDGER_SIZE};
	struct last_boot last;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		disk.length = lengths[i];
		memset(disk.bytes, 0x5a, sizeof(disk.bytes));
		lines = 0;
		last_boot_read("/state", true, LIMIT, &last);
		assert_int_equal(last.ledger.unsettled, LIMIT);
		assert_int_equal(last.ledger.last_cause, END_UNKNOWN);
		assert_true(last.is_new);
		assert_int_equal(lines, 1);
	}
	disk.length = 0;
	lines = 0;
	last_boot_read("/state", true, LIMIT, &last);
	assert_int_equal(last.ledger.unsettled, 0);
	assert_int_equal(last.ledger.last_cause, END_FIRST);
	assert_true(last.is_new);
	assert_int_equal(lines, 0);
}

/* P14: a second start in one boot is known by its id. */
static void the_boot_is_known_by_its_id(void **state)
{
	struct ledger ledger = {.sequence = 2, .unsettled = 2, .phase = LEDGER_STOPPED};
	struct last_boot last;

	(void)state;
	(void)strcpy(ledger.boot_id, boot_id);
	assert_int_equal(ledger_encode(&ledger, disk.bytes), 0);
	disk.length = LEDGER_SIZE;
	last_boot_read("/state", true, LIMIT, &last);
	assert_false(last.is_new);
	assert_int_equal(last.ledger.unsettled, 2);
	assert_int_equal(last.ledger.phase, LEDGER_STOPPED);
	assert_int_equal(setenv("FEEDDOG_BOOT_ID", "22222222-2222-4222-8222-222222222222", 1), 0);
	last_boot_read("/state", true, LIMIT, &last);
	assert_true(last.is_new);
	assert_int_equal(last.ledger.unsettled, 2);
	assert_int_equal(last.ledger.last_cause, END_PLANNED);
	assert_int_equal(lines, 0);
}

int main(void)
{
#define STARTED(f) cmocka_unit_test_setup_teardown(f, begin, scene_teardown)
	const struct CMUnitTest tests[] = {
	        STARTED(maintenance_goes_on),
	        STARTED(an_outage_has_one_budget),
	        STARTED(the_end_of_an_outage_may_be_missing),
	        STARTED(later_rungs_go_on),
	        STARTED(a_shutdown_goes_on),
	        STARTED(nothing_else_goes_on),
	        STARTED(an_unreadable_ledger_is_spent),
	        STARTED(the_boot_is_known_by_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
