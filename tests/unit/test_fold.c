/* SPDX-License-Identifier: MIT
 *
 * feeder/fold: what repeats in the log is folded, in virtual time; nothing that is an order is.
 */
#include "feeder/fold.h"

#include "core/rules.h"
#include "core/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BEGIN_MS = 1000000, HOUR_MS = 3600000, FLAP_MS = 10, CHECKS_MAX = 1000 };

static struct fold fold;
static uint32_t lines, told; /* lines logged, and the events that they account for */
static struct event last;    /* of the last line */
static struct folded last_folded;
static uint32_t lines_of[CHECKS_MAX];

static int begin_with(uint16_t services, uint16_t checks)
{
	lines = told = 0;
	return fold_open(&fold, services, checks, BEGIN_MS);
}

static int begin(void **state)
{
	(void)state;
	return begin_with(2, 2);
}

static int end(void **state)
{
	(void)state;
	free(fold.keys);
	return 0;
}

static void note(const struct event *event, const struct folded *folded)
{
	lines++;
	told += 1 + folded->suppressed;
	if (event->check != NO_INDEX)
		lines_of[event->check]++;
	last = *event;
	last_folded = *folded;
}

static bool happen(enum event_kind kind, uint16_t index, enum board_state board, int64_t now_ms)
{
	bool is_check = kind == EVENT_CHECK_FAILED || kind == EVENT_CHECK_PASSED || kind == EVENT_WARNING;
	struct event event = {
	        .at_ms = now_ms,
	        .kind = (uint8_t)kind,
	        .state = (uint8_t)board,
	        .service = is_check ? 0 : index,
	        /* Orders name the check that is their cause. */
	        .check = kind == EVENT_SERVICE_UP || kind == EVENT_STATE ? NO_INDEX : index,
	        .helper = HELPER_NONE,
	};
	struct folded folded;

	if (!fold_passes(&fold, &event, &folded))
		return false;
	note(&event, &folded);
	return true;
}

static void let_due(int64_t now_ms)
{
	struct folded folded;
	struct event event;

	while (fold_due(&fold, now_ms, &event, &folded))
		note(&event, &folded);
}

/* A check that flaps for so long; how many events that were. */
static uint32_t flap(uint16_t check, int64_t from_ms, int64_t for_ms)
{
	uint32_t events = 0;

	for (int64_t now_ms = from_ms; now_ms < from_ms + for_ms; now_ms += FLAP_MS) {
		(void)happen(events % 2 ? EVENT_CHECK_PASSED : EVENT_CHECK_FAILED, check, BOARD_WELL, now_ms);
		let_due(now_ms);
		events++;
	}
	return events;
}

/* P18: the first transitions are logged whole; an hour of flapping is a bounded number of lines, which account for each event. */
static void test_flapping_is_bounded(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FOLD_BURST; i++) {
		assert_true(happen(i % 2 ? EVENT_CHECK_PASSED : EVENT_CHECK_FAILED, 0, BOARD_WELL, BEGIN_MS));
		assert_false(last_folded.is_late);
	}
	assert_false(happen(EVENT_CHECK_FAILED, 0, BOARD_WELL, BEGIN_MS));
	lines = told = 0;
	uint32_t events = 1 + flap(0, BEGIN_MS, HOUR_MS);
	let_due(BEGIN_MS + HOUR_MS + FOLD_EACH_MS);
	assert_in_range(lines, HOUR_MS / FOLD_EACH_MS - 1, HOUR_MS / FOLD_EACH_MS + 1);
	assert_int_equal(told, events);
}

/* P18: what became of a check is the last line about it, soon after it stops flapping, with the number left out since when. */
static void test_last_word(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FOLD_BURST + 7; i++)
		(void)happen(i % 2 ? EVENT_CHECK_PASSED : EVENT_CHECK_FAILED, 1, BOARD_WELL, BEGIN_MS + i);
	let_due(BEGIN_MS + FOLD_EACH_MS - 1);
	assert_int_equal(lines, FOLD_BURST);
	let_due(BEGIN_MS + FOLD_EACH_MS);
	assert_int_equal(lines, FOLD_BURST + 1);
	assert_int_equal(last.kind, EVENT_CHECK_FAILED);
	assert_int_equal(last.check, 1);
	assert_int_equal(last.at_ms, BEGIN_MS + FOLD_BURST + 6);
	assert_int_equal(last_folded.suppressed, 6);
	assert_int_equal(last_folded.since_ms, FOLD_EACH_MS - FOLD_BURST);
	let_due(BEGIN_MS + HOUR_MS);
	assert_int_equal(lines, FOLD_BURST + 1);
}

/* P18: a check that flaps silences no other check, no service and not the board. */
static void test_others_are_heard(void **state)
{
	int64_t now_ms = BEGIN_MS + HOUR_MS;

	(void)state;
	(void)flap(0, BEGIN_MS, HOUR_MS);
	for (int i = 0; i < FOLD_BURST / 2; i++) {
		assert_true(happen(EVENT_CHECK_FAILED, 1, BOARD_WELL, now_ms));
		assert_true(happen(EVENT_SERVICE_DOWN, 0, BOARD_WELL, now_ms));
		assert_true(happen(EVENT_SERVICE_UP, 1, BOARD_WELL, now_ms));
		assert_true(happen(EVENT_STATE, NO_INDEX, BOARD_RECOVERING, now_ms));
	}
}

/* P18, P5: no order, no state that is about to end the board or needs a person, and nothing of a helper is ever left out. */
static void test_orders_pass(void **state)
{
	static const enum board_state vital[] = {BOARD_REBOOTING, BOARD_LETGO, BOARD_HOLD, BOARD_MAINTENANCE};

	(void)state;
	(void)flap(0, BEGIN_MS, HOUR_MS);
	for (int i = 0; i < 10 * FOLD_BURST; i++)
		for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
			if (kind == EVENT_CHECK_FAILED || kind == EVENT_CHECK_PASSED || kind == EVENT_WARNING ||
			        kind == EVENT_SERVICE_DOWN || kind == EVENT_SERVICE_UP || kind == EVENT_STATE)
				continue;
			assert_true(happen((enum event_kind)kind, 0, BOARD_RECOVERING, BEGIN_MS));
			assert_false(last_folded.is_late);
		}
	for (int i = 0; i < 10 * FOLD_BURST; i++)
		assert_true(happen(EVENT_STATE, NO_INDEX, vital[i % 4], BEGIN_MS));
	/* It says how many were left out before it, and these do not come after it. */
	for (int i = 0; i < FOLD_BURST + 5; i++)
		(void)happen(EVENT_STATE, NO_INDEX, BOARD_DOUBT, BEGIN_MS);
	assert_true(happen(EVENT_STATE, NO_INDEX, BOARD_HOLD, BEGIN_MS + 1));
	assert_int_equal(last_folded.suppressed, 5);
	lines = 0;
	let_due(BEGIN_MS + FOLD_EACH_MS);
	assert_int_equal(lines, 0);
}

/* P18: a thousand checks may fail and pass once at the same time; if all flap, the lines of all together are bounded. */
static void test_all_together(void **state)
{
	enum { CHECKS = CHECKS_MAX, SECONDS = 600 };
	const uint32_t at_most = 2 * (CHECKS + 2) + FOLD_BURST_ALL + SECONDS * 1000 / FOLD_EACH_ALL_MS;
	uint32_t events = 0;

	(void)state;
	free(fold.keys);
	assert_int_equal(begin_with(1, CHECKS), 0);
	for (uint16_t check = 0; check < CHECKS; check++) {
		assert_true(happen(EVENT_CHECK_FAILED, check, BOARD_DOUBT, BEGIN_MS));
		assert_true(happen(EVENT_CHECK_PASSED, check, BOARD_DOUBT, BEGIN_MS));
	}
	lines = told = 0;
	memset(lines_of, 0, sizeof(lines_of));
	for (int second = 1; second <= SECONDS; second++)
		for (uint16_t check = 0; check < CHECKS; check++) {
			(void)happen(EVENT_CHECK_FAILED, check, BOARD_DOUBT, BEGIN_MS + 1000 * second);
			let_due(BEGIN_MS + 1000 * second);
			events++;
		}
	assert_in_range(lines, SECONDS * 1000 / FOLD_EACH_ALL_MS, at_most);
	/* Each has its share. */
	for (uint16_t check = 0; check < CHECKS; check++)
		assert_true(lines_of[check] >= lines / CHECKS / 2);
	struct folded folded;
	struct event event;
	for (int64_t now_ms = BEGIN_MS + 1000 * SECONDS; now_ms < BEGIN_MS + 2000 * SECONDS; now_ms += 50)
		let_due(now_ms);
	assert_false(fold_flush(&fold, BEGIN_MS + HOUR_MS, &event, &folded));
	assert_int_equal(told, events);
}

/* P18: at the end nothing that was left out stays unsaid. */
static void test_flush(void **state)
{
	struct folded folded;
	struct event event;

	(void)state;
	uint32_t events = flap(0, BEGIN_MS, 1000) + flap(1, BEGIN_MS, 1000);
	while (fold_flush(&fold, BEGIN_MS + 1000, &event, &folded))
		note(&event, &folded);
	assert_int_equal(told, events);
}

/* A check that changes more seldom than the lines may come is never folded. */
static void test_slow_is_whole(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 1000; i++)
		assert_true(happen(EVENT_CHECK_FAILED, 0, BOARD_WELL, BEGIN_MS + i * FOLD_EACH_MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_flapping_is_bounded, begin, end),
	        cmocka_unit_test_setup_teardown(test_last_word, begin, end),
	        cmocka_unit_test_setup_teardown(test_others_are_heard, begin, end),
	        cmocka_unit_test_setup_teardown(test_orders_pass, begin, end),
	        cmocka_unit_test_setup_teardown(test_all_together, begin, end),
	        cmocka_unit_test_setup_teardown(test_flush, begin, end),
	        cmocka_unit_test_setup_teardown(test_slow_is_whole, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
