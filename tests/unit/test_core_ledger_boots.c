/* SPDX-License-Identifier: MIT
 *
 * core/ledger: how the boots before ended.
 */
#include "ledger_fixture.h"

/*
 * P14: every way in which a boot can end says so in the next one, with service, check and cause. P6: an end in an outage
 * counts, whoever caused it, but not twice where the ladder counted it before it acted.
 */
static void test_every_phase_is_attributed(void **state)
{
	static const struct {
		enum ledger_phase phase;
		bool outage;
		enum end_cause end;
		uint16_t unsettled, unexplained;
	} cases[] = {
	        {LEDGER_RUNNING, false, END_UNEXPLAINED, 1, 3},
	        {LEDGER_RUNNING, true, END_UNEXPLAINED, 2, 2},
	        {LEDGER_OUTAGE, true, END_UNEXPLAINED, 2, 2},
	        {LEDGER_REBOOT, true, END_REBOOT, 1, 2},
	        {LEDGER_LETGO, true, END_LETGO, 1, 2},
	        {LEDGER_HOLD, true, END_UNEXPLAINED, 2, 2},
	        {LEDGER_STOPPED, false, END_PLANNED, 1, 0},
	        {LEDGER_STOPPED, true, END_PLANNED, 2, 2},
	        {LEDGER_GOING_DOWN, false, END_PLANNED, 1, 0},
	        {LEDGER_GOING_DOWN, true, END_PLANNED, 2, 2},
	        {LEDGER_PHASE_COUNT, false, END_UNEXPLAINED, 1, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ledger ledger = full(5);

		ledger.phase = (uint8_t)cases[i].phase;
		ledger.outage = cases[i].outage;
		ledger.unsettled = 1;
		ledger.unexplained = 2;
		assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
		assert_int_equal(ledger.last_cause, cases[i].end);
		assert_int_equal(ledger.last_why, CAUSE_STATUS);
		assert_string_equal(ledger.last_service, "a-service-with-a-very-long-name");
		assert_string_equal(ledger.last_check, "check");
		assert_int_equal(ledger.unsettled, cases[i].unsettled);
		assert_int_equal(ledger.unexplained, cases[i].unexplained);
		assert_int_equal(ledger.last_counted, cases[i].unsettled - 1);
		assert_int_equal(ledger.phase, LEDGER_RUNNING);
		/* The outage, and what is known of it, goes on over the boot. */
		assert_int_equal(ledger.outage, cases[i].outage);
		assert_int_equal(ledger.cause, cases[i].outage ? CAUSE_STATUS : CAUSE_NONE);
		assert_string_equal(ledger.service, cases[i].outage ? "a-service-with-a-very-long-name" : "");
		assert_string_equal(ledger.check, cases[i].outage ? "check" : "");
		assert_string_equal(ledger.boot_id, boot_two);
		assert_true(ledger.maintenance_until_ms == NEVER_MS);
		assert_true(ledger.proven == full(5).proven);
	}
}

/* P6: a shutdown that a person ordered in an outage and that the ladder had to end counts once, too. */
static void test_a_shutdown_that_did_not_end_counts_in_an_outage(void **state)
{
	(void)state;
	for (uint8_t outage = 0; outage < 2; outage++) {
		struct ledger ledger = opened(boot_one);
		struct event letgo = event_of(EVENT_LETGO, BOARD_LETGO, 0);

		if (outage)
			apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0);
		apply(&ledger, EVENT_GOING_DOWN, BOARD_REBOOTING, 0);
		letgo.cause = CAUSE_SHUTDOWN;
		assert_true(ledger_apply(&ledger, &letgo, "", ""));
		assert_int_equal(ledger.cause, CAUSE_SHUTDOWN);
		assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
		assert_int_equal(ledger.unsettled, outage);
		assert_int_equal(ledger.last_cause, END_LETGO);
	}
}

/* P6: power cuts of a board that was never in an outage cost no reboot, however many there are and whenever they come. */
static void test_power_cuts_while_healthy_do_not_count(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	for (int i = 0; i < 20; i++) {
		apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0);
		if (i % 2)
			apply(&ledger, EVENT_STATE, BOARD_WELL, 0);
		assert_true(ledger_open_boot(&ledger, LEDGER_READ, i % 2 ? boot_one : boot_two));
		assert_int_equal(ledger.unsettled, 0);
		assert_int_equal(ledger.last_counted, 0);
		assert_int_equal(ledger.last_cause, END_UNEXPLAINED);
		assert_string_equal(ledger.last_service, "");
	}
}

/* P6: an outage goes on over boots until the board has recovered; each end before that counts. */
static void test_an_outage_goes_on_until_recovered(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0);
	apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.unsettled, 1);
	apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_one));
	assert_int_equal(ledger.unsettled, 2);
	assert_string_equal(ledger.last_service, "web");
	apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_WELL, 0));
	assert_false(apply(&ledger, EVENT_STATE, BOARD_WELL, 0));
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.unsettled, 2);
	assert_string_equal(ledger.last_service, "");
}

/* P6: a person who asks for maintenance in an outage takes the board over. */
static void test_maintenance_ends_the_outage_for_the_ledger(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	apply(&ledger, EVENT_STATE, BOARD_RECOVERING, 0);
	assert_true(apply(&ledger, EVENT_STATE, BOARD_MAINTENANCE, 0));
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.unsettled, 0);
}

/* P16: what was well on this board is known to every later boot, until another set of services is. */
static void test_proven_is_kept(void **state)
{
	struct ledger ledger = opened(boot_one);
	struct disk disk = {0};
	struct ledger read;

	(void)state;
	assert_true(ledger.proven == 0);
	assert_true(apply(&ledger, EVENT_PROVEN, BOARD_WELL, INT64_MIN + 5));
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	write_whole(&disk, &ledger);
	assert_int_equal(read_disk(&disk, &read), LEDGER_READ);
	assert_true(read.proven == UINT64_C(0x8000000000000005));
}

static void test_the_count_of_outages_does_not_wrap(void **state)
{
	struct ledger ledger = full(5);

	(void)state;
	ledger.unsettled = UINT16_MAX;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.unsettled, UINT16_MAX);
	assert_int_equal(ledger.unexplained, 0x5678);
	ledger.outage = 0;
	ledger.unexplained = UINT16_MAX;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_one));
	assert_int_equal(ledger.unexplained, UINT16_MAX);
}

/* P6: what being well for long, or a person, gives back. */
static void test_ends_without_a_word_are_forgotten_with_the_reboots(void **state)
{
	struct ledger ledger = full(5);

	(void)state;
	assert_true(apply(&ledger, EVENT_SETTLED, BOARD_WELL, 0));
	assert_int_equal(ledger.unexplained, 0);
	ledger.unexplained = 2;
	ledger.phase = LEDGER_HOLD;
	assert_true(apply(&ledger, EVENT_RESUMED, BOARD_DOUBT, 1));
	assert_int_equal(ledger.unexplained, 0);
}

/* P6: where the kernel tells no boot id, no two starts are of one boot. */
static void test_no_boot_id_is_nobodys(void **state)
{
	static const char none[BOOT_ID_SIZE + 1] = "";
	struct ledger ledger = opened(none);

	(void)state;
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, none));
	assert_int_equal(ledger.last_cause, END_UNEXPLAINED);
}

/* But the shortest id there can be is one. */
static void test_a_boot_id_of_one_letter_is_one(void **state)
{
	static const char one[BOOT_ID_SIZE + 1] = "1";
	struct ledger ledger = opened(one);

	(void)state;
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, one));
}

/* P14: that feeddogd was killed and went on is of one boot; the next begins without it. */
static void test_a_new_boot_is_not_continued(void **state)
{
	struct ledger ledger = full(5);

	(void)state;
	assert_int_equal(ledger.continued, 1);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.continued, 0);
}

/* P14: the same boot goes on as it was: feeddogd was started again, nothing has ended. */
static void test_the_same_boot_goes_on(void **state)
{
	struct ledger ledger = full(5);
	struct ledger before = ledger;

	(void)state;
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, before.boot_id));
	assert_same(&ledger, &before);
}

/* P14: what differs only by a part is another boot. */
static void test_boots_are_told_apart_to_the_last_character(void **state)
{
	static const char *const others[] = {"", "3", "33333333-3333-4333-8333-33333333333",
	        "33333333-3333-4333-8333-333333333334", "43333333-3333-4333-8333-333333333333"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct ledger ledger = full(5);
		char boot_id[BOOT_ID_SIZE + 1] = "";

		memcpy(boot_id, others[i], strlen(others[i]));
		assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_id));
		assert_string_equal(ledger.boot_id, others[i]);
	}
}

static void test_a_boot_id_that_is_too_long_is_cut(void **state)
{
	static const char longer[] = "11111111-1111-4111-8111-1111111111112222";
	struct ledger ledger = opened(longer);

	(void)state;
	assert_string_equal(ledger.boot_id, boot_one);
	assert_false(ledger_open_boot(&ledger, LEDGER_READ, longer));
}

/* P14: a first boot is one, and what cannot be read is said to be unknown. */
static void test_first_and_unknown(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	assert_int_equal(ledger.last_cause, END_FIRST);
	assert_int_equal(ledger.unsettled, 0);
	assert_string_equal(ledger.boot_id, boot_one);
	assert_int_equal(ledger_decode((const uint8_t *)"?", 1, LIMIT, &ledger), LEDGER_CORRUPT);
	assert_true(ledger_open_boot(&ledger, LEDGER_CORRUPT, boot_one));
	assert_int_equal(ledger.last_cause, END_UNKNOWN);
	assert_int_equal(ledger.unsettled, LIMIT);
	assert_string_equal(ledger.boot_id, boot_one);
}

/* P14: the cause of the boot before the last is forgotten, not mixed up. */
static void test_a_planned_stop_after_a_reboot(void **state)
{
	struct ledger ledger = opened(boot_one);

	(void)state;
	apply(&ledger, EVENT_REBOOT, BOARD_REBOOTING, 1);
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_two));
	assert_int_equal(ledger.last_cause, END_REBOOT);
	assert_string_equal(ledger.last_service, "web");
	apply(&ledger, EVENT_ARMED, BOARD_STARTING, 0);
	apply(&ledger, EVENT_STATE, BOARD_WELL, 0);
	struct event stop = event_of(EVENT_DISARMED, BOARD_WELL, 1);
	stop.cause = CAUSE_NONE;
	assert_true(ledger_apply(&ledger, &stop, "", ""));
	assert_true(ledger_open_boot(&ledger, LEDGER_READ, boot_one));
	assert_int_equal(ledger.last_cause, END_PLANNED);
	assert_int_equal(ledger.last_why, CAUSE_NONE);
	assert_string_equal(ledger.last_service, "");
	assert_int_equal(ledger.unsettled, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_phase_is_attributed),
	        cmocka_unit_test(test_a_shutdown_that_did_not_end_counts_in_an_outage),
	        cmocka_unit_test(test_power_cuts_while_healthy_do_not_count),
	        cmocka_unit_test(test_an_outage_goes_on_until_recovered),
	        cmocka_unit_test(test_maintenance_ends_the_outage_for_the_ledger),
	        cmocka_unit_test(test_proven_is_kept),
	        cmocka_unit_test(test_the_count_of_outages_does_not_wrap),
	        cmocka_unit_test(test_ends_without_a_word_are_forgotten_with_the_reboots),
	        cmocka_unit_test(test_no_boot_id_is_nobodys),
	        cmocka_unit_test(test_a_boot_id_of_one_letter_is_one),
	        cmocka_unit_test(test_a_new_boot_is_not_continued),
	        cmocka_unit_test(test_the_same_boot_goes_on),
	        cmocka_unit_test(test_boots_are_told_apart_to_the_last_character),
	        cmocka_unit_test(test_a_boot_id_that_is_too_long_is_cut),
	        cmocka_unit_test(test_first_and_unknown),
	        cmocka_unit_test(test_a_planned_stop_after_a_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
