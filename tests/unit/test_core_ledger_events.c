/* SPDX-License-Identifier: MIT
 *
 * core/ledger: what an event changes in it.
 */
#include "ledger_fixture.h"

/* P9: in steady state, and for all that the ledger does not keep, nothing is written. */
static void test_most_events_change_nothing(void **state)
{
	static const enum event_kind kinds[] = {EVENT_BOOT, EVENT_CHECK_FAILED, EVENT_CHECK_PASSED, EVENT_SERVICE_DOWN,
	        EVENT_SERVICE_UP, EVENT_START, EVENT_RESTART, EVENT_RESTART_DONE, EVENT_RESTART_FAILED,
	        EVENT_HELPER_DIED, EVENT_HELPER_STARTED, EVENT_DROPPED, EVENT_STORAGE, EVENT_WARNING, EVENT_EXITED,
	        EVENT_REBOOT_DONE, EVENT_REBOOT_FAILED, EVENT_WATCHDOG_LOST, EVENT_WATCHDOG_BACK, EVENT_KIND_COUNT};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (int board = 0; board <= BOARD_STATE_COUNT; board++) {
			struct ledger ledger = opened(boot_one);
			struct ledger before = ledger;

			assert_false(apply(&ledger, kinds[i], (enum board_state)board, 9));
			assert_same(&ledger, &before);
		}
}

/* P9: doubt and back is not written: only what matters to the next boot. */
static void test_states_that_are_written(void **state)
{
	static const struct {
		enum board_state board;
		enum ledger_phase from, to;
	} cases[] = {
	        {BOARD_WELL, LEDGER_RUNNING, LEDGER_RUNNING},
	        {BOARD_DOUBT, LEDGER_RUNNING, LEDGER_RUNNING},
	        {BOARD_MAINTENANCE, LEDGER_RUNNING, LEDGER_RUNNING},
	        {BOARD_STARTING, LEDGER_OUTAGE, LEDGER_OUTAGE},
	        {BOARD_REBOOTING, LEDGER_REBOOT, LEDGER_REBOOT},
	        {BOARD_LETGO, LEDGER_LETGO, LEDGER_LETGO},
	        {BOARD_HOLD, LEDGER_HOLD, LEDGER_HOLD},
	        {BOARD_STATE_COUNT, LEDGER_OUTAGE, LEDGER_OUTAGE},
	        {BOARD_RECOVERING, LEDGER_OUTAGE, LEDGER_OUTAGE},
	        {BOARD_RECOVERING, LEDGER_RUNNING, LEDGER_OUTAGE},
	        {BOARD_WELL, LEDGER_OUTAGE, LEDGER_RUNNING},
	        {BOARD_DOUBT, LEDGER_OUTAGE, LEDGER_RUNNING},
	        {BOARD_WELL, LEDGER_HOLD, LEDGER_RUNNING},
	        {BOARD_MAINTENANCE, LEDGER_HOLD, LEDGER_RUNNING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ledger ledger = opened(boot_one);

		ledger.phase = (uint8_t)cases[i].from;
		ledger.outage = cases[i].from == LEDGER_OUTAGE;
		assert_int_equal(apply(&ledger, EVENT_STATE, cases[i].board, 0), cases[i].from != cases[i].to);
		assert_int_equal(ledger.phase, cases[i].to);
	}
}

/* P9: a ledger that was read with the phase of an outage, but without its mark, is written when the mark is set. */
static void test_an_unmarked_outage_is_written(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	ledger.phase = LEDGER_OUTAGE;
	assert_true(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_true(ledger.outage);
	assert_false(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
}

/* P14: an outage notes who is to blame; its end forgets it. */
static void test_an_outage_notes_its_culprit(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_string_equal(ledger.service, "web");
	assert_string_equal(ledger.check, "http");
	assert_int_equal(ledger.cause, CAUSE_REFUSED);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_WELL, 0));
	assert_string_equal(ledger.service, "");
	assert_string_equal(ledger.check, "");
}

/* P6: a reboot, letting go and hold bring the count with them. */
static void test_the_count_is_kept(void **state)
{
	static const enum event_kind kinds[] = {EVENT_REBOOT, EVENT_LETGO, EVENT_HOLD};
	static const enum ledger_phase phases[] = {LEDGER_REBOOT, LEDGER_LETGO, LEDGER_HOLD};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ledger ledger = opened(boot_one);

		assert_true(apply(&ledger, kinds[i], BOARD_REBOOTING, 2));
		assert_int_equal(ledger.unsettled, 2);
		assert_int_equal(ledger.phase, phases[i]);
		assert_string_equal(ledger.service, "web");
		/* Said again it is written again: the count may be another. */
		assert_true(apply(&ledger, kinds[i], BOARD_REBOOTING, 3));
		assert_int_equal(ledger.unsettled, 3);
		assert_true(apply(&ledger, EVENT_SETTLED, BOARD_WELL, 3));
		assert_int_equal(ledger.unsettled, 0);
	}
}

static void test_long_names_are_cut(void **state)
{
	struct ledger ledger = opened(boot_one);
	struct event event = event_of(EVENT_REBOOT, BOARD_REBOOTING, 1);
	static const char longest[] = "0123456789012345678901234567890123456789";
	char name[sizeof(longest)];

	(void)state;
	for (size_t length = 0; length < sizeof(longest); length++) {
		size_t kept = length < NAME_SIZE - 1 ? length : NAME_SIZE - 1;

		memset(name, 0, sizeof(name));
		memcpy(name, longest, length);
		ledger.phase = LEDGER_RUNNING;
		ledger_apply(&ledger, &event, name, name);
		assert_int_equal(strlen(ledger.service), kept);
		assert_memory_equal(ledger.service, longest, kept);
		assert_string_equal(ledger.check, ledger.service);
	}
}

/* P7: maintenance is remembered to its end, by this boot's clock. */
static void test_maintenance_is_remembered(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_MAINTENANCE, BOARD_MAINTENANCE, 0));
	assert_int_equal(ledger.maintenance_until_ms, 5700);
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, boot_one));
	assert_int_equal(ledger.maintenance_until_ms, 5700);
	struct ledger other = ledger;
	assert_true(ledger_open_boot(&other, LEDGER_READ, boot_two));
	assert_true(other.maintenance_until_ms == NEVER_MS);
	assert_true(apply(&ledger, EVENT_RESUMED, BOARD_DOUBT, 0));
	assert_true(ledger.maintenance_until_ms == NEVER_MS);
}

/* P6, P14: the reset of a fire drill is told as one, and counts for nothing; an outage is not explained by a drill. */
static void test_a_drill_explains_its_reset(void **state)
{
	struct ledger ledger = opened(boot_one), outage;

	(void)state;
	assert_true(apply(&ledger, EVENT_DRILL, BOARD_WELL, 1));
	assert_false(apply(&ledger, EVENT_DRILL, BOARD_WELL, 1));
	struct ledger over = ledger;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.last_cause, END_DRILL);
	assert_int_equal(ledger.unsettled, 0);
	assert_int_equal(ledger.unexplained, 0);
	/* It came to nothing, or another feeder took over: what ends the boot later is another matter. */
	struct ledger taken_over = over;
	assert_true(apply(&over, EVENT_DRILL, BOARD_WELL, 0));
	assert_false(apply(&over, EVENT_DRILL, BOARD_WELL, 0));
	assert_true(apply(&taken_over, EVENT_ARMED, BOARD_STARTING, 0));
	assert_int_equal(over.phase, LEDGER_RUNNING);
	assert_int_equal(taken_over.phase, LEDGER_RUNNING);
	outage = opened(boot_one);
	assert_true(apply(&outage, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_false(apply(&outage, EVENT_DRILL, BOARD_RECOVERING, 1));
	assert_int_equal(outage.phase, LEDGER_OUTAGE);
}

/* P14: a boot that ends on its way down was planned, also where the last word of feeddogd is lost; unless it was let go of. */
static void test_a_shutdown_is_a_planned_end(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
	assert_false(apply(&ledger, EVENT_STATE, BOARD_REBOOTING, 0));
	struct ledger hung = ledger;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.last_cause, END_PLANNED);
	assert_int_equal(ledger.unsettled, 0);
	assert_true(apply(&hung, EVENT_LETGO, BOARD_LETGO, 0));
	assert_true(ledger_open_boot(&hung, LEDGER_READ, boot_two));
	assert_int_equal(hung.last_cause, END_LETGO);
	assert_int_equal(hung.unsettled, 0);
	assert_int_equal(hung.unexplained, 0);
}

/* P6: a person who ends a hold gives the reboots back; the end of maintenance, by a person or by time, does not. */
static void test_who_ends_a_hold_gives_reboots_back(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	apply(&ledger, EVENT_HOLD, BOARD_HOLD, 3);
	struct ledger by_time = ledger, maintained = ledger;
	assert_true(apply(&ledger, EVENT_RESUMED, BOARD_DOUBT, 1));
	assert_int_equal(ledger.unsettled, 0);
	apply(&maintained, EVENT_MAINTENANCE, BOARD_MAINTENANCE, 0);
	apply(&maintained, EVENT_STATE, BOARD_MAINTENANCE, 0);
	apply(&maintained, EVENT_RESUMED, BOARD_DOUBT, 1);
	assert_int_equal(maintained.unsettled, 3);
	/* Maintenance in a hold that ends by time, though the word of its beginning was lost. */
	apply(&by_time, EVENT_RESUMED, BOARD_DOUBT, 0);
	assert_int_equal(by_time.unsettled, 3);
}

/* P14: the last word on a boot is the ladder's, whatever stops on the way down. */
static void test_endings_are_not_overwritten(void **state)
{
	static const enum event_kind endings[] = {EVENT_REBOOT, EVENT_LETGO};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ledger ledger = opened(boot_one);

		apply(&ledger, endings[i], BOARD_REBOOTING, 1);
		uint8_t phase = ledger.phase;
		assert_false(apply(&ledger, EVENT_DISARMED, BOARD_REBOOTING, 0));
		assert_int_equal(ledger.phase, phase);
		assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
		assert_int_equal(ledger.phase, phase);
		assert_string_equal(ledger.service, "web");
	}
}

/* P6: arming is always written: it shows that the ledger can be. */
static void test_arming_is_written(void **state)
{
	static const enum ledger_phase phases[] = {LEDGER_RUNNING, LEDGER_STOPPED, LEDGER_HOLD};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ledger ledger = opened(boot_one);

		ledger.phase = (uint8_t)phases[i];
		assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
		assert_int_equal(ledger.phase, LEDGER_RUNNING);
	}
}

/*
 * P2: whoever is killed in an outage goes on with it: arming once more does not say that all is well. Found by killing
 * feeddogd again and again in an outage: each start found the ledger running and had a whole restart_for.
 */
static void test_arming_does_not_end_an_outage(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_int_equal(ledger.phase_ms, 0);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_int_equal(ledger.phase_ms, 5000);
	assert_int_equal(ledger.continued, 0);
	ledger.phase_ms = 4000;
	assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
	assert_int_equal(ledger.phase, LEDGER_OUTAGE);
	assert_int_equal(ledger.continued, 1);
	assert_false(apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0));
	assert_int_equal(ledger.phase_ms, 4000);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_WELL, 0));
	assert_int_equal(ledger.phase_ms, 5000);
	assert_int_equal(ledger.continued, 0);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.phase_ms, 0);
}

/*
 * P2, P14: nor a shutdown. A feeder that was killed in one found the ledger stopped: it began anew, restarted what had been shut
 * down, had all of its budgets, and the next boot called the end unexplained.
 */
static void test_arming_does_not_end_a_shutdown(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
	assert_int_equal(ledger.phase, LEDGER_GOING_DOWN);
	ledger.phase_ms = 4000;
	assert_true(apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0));
	assert_int_equal(ledger.phase, LEDGER_GOING_DOWN);
	assert_int_equal(ledger.continued, 1);
	assert_false(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
	assert_int_equal(ledger.phase_ms, 4000);
	/* A stop in order ends it: what starts then is another system, though of the same boot. */
	assert_true(apply(&ledger, EVENT_DISARMED, BOARD_REBOOTING, 0));
	assert_int_equal(ledger.phase, LEDGER_STOPPED);
	/* A reboot of ours is the last word on a boot. */
	ledger.phase = LEDGER_REBOOT;
	assert_false(apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0));
}

static void test_a_stop_is_noted_once(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_true(apply(&ledger, EVENT_DISARMED, BOARD_WELL, 1));
	assert_int_equal(ledger.phase, LEDGER_STOPPED);
	assert_false(apply(&ledger, EVENT_DISARMED, BOARD_WELL, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_most_events_change_nothing),
	        cmocka_unit_test(test_states_that_are_written),
	        cmocka_unit_test(test_an_unmarked_outage_is_written),
	        cmocka_unit_test(test_an_outage_notes_its_culprit),
	        cmocka_unit_test(test_the_count_is_kept),
	        cmocka_unit_test(test_long_names_are_cut),
	        cmocka_unit_test(test_maintenance_is_remembered),
	        cmocka_unit_test(test_a_shutdown_is_a_planned_end),
	        cmocka_unit_test(test_a_drill_explains_its_reset),
	        cmocka_unit_test(test_who_ends_a_hold_gives_reboots_back),
	        cmocka_unit_test(test_endings_are_not_overwritten),
	        cmocka_unit_test(test_arming_is_written),
	        cmocka_unit_test(test_arming_does_not_end_an_outage),
	        cmocka_unit_test(test_arming_does_not_end_a_shutdown),
	        cmocka_unit_test(test_a_stop_is_noted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
