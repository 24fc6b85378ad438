/* SPDX-License-Identifier: MIT
 *
 * The feeder's outbox: what waits for the actor, in its order, and what is given up first.
 */
#include "feeder/outbox.h"

#include "core/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SERVICES = 3, ROOM = 4 * SERVICES + 64, SHORT = ROOM - SERVICES - 32 };

static int open_one(void **state)
{
	static struct outbox outbox;

	*state = &outbox;
	return outbox_open(&outbox, SERVICES);
}

static int close_one(void **state)
{
	struct outbox *outbox = *state;

	free(outbox->events);
	return 0;
}

static bool put(struct outbox *outbox, enum event_kind kind, uint16_t service, int64_t value)
{
	struct event event = {.kind = (uint8_t)kind, .service = service, .value = value};

	return outbox_put(outbox, &event);
}

static void assert_next(struct outbox *outbox, enum event_kind kind, uint16_t service, int64_t value)
{
	const struct event *event = outbox_first(outbox);

	assert_non_null(event);
	assert_int_equal(event->kind, kind);
	assert_int_equal(event->service, service);
	assert_int_equal(event->value, value);
	outbox_pop(outbox);
}

/* P5: nothing overtakes, and round the ring as well. */
static void test_first_in_first_out(void **state)
{
	struct outbox *outbox = *state;

	for (int64_t round = 0; round < 5; round++) {
		for (int64_t i = 0; i < SHORT; i++)
			assert_true(put(outbox, EVENT_CHECK_FAILED, 1, round * ROOM + i));
		for (int64_t i = 0; i < SHORT; i++)
			assert_next(outbox, EVENT_CHECK_FAILED, 1, round * ROOM + i);
		assert_null(outbox_first(outbox));
	}
}

/* P5: where room is short, what is only told is lost, and no order. */
static void test_orders_have_room(void **state)
{
	struct outbox *outbox = *state;

	while (put(outbox, EVENT_SERVICE_DOWN, 0, 0))
		;
	assert_int_equal(outbox->count, SHORT);
	for (int64_t again = 0; again < 1000; again++)
		for (uint16_t service = 0; service < SERVICES; service++)
			assert_true(put(outbox, service == 0 ? EVENT_START : EVENT_RESTART, service, again));
	for (int64_t again = 0; again < 1000; again++)
		assert_true(put(outbox, EVENT_STATE, NO_INDEX, again));
	assert_true(put(outbox, EVENT_REBOOT, 0, 1));
	assert_true(put(outbox, EVENT_LETGO, 0, 1));
	assert_false(put(outbox, EVENT_WARNING, 0, 1));
	for (int i = 0; i < SHORT; i++)
		assert_next(outbox, EVENT_SERVICE_DOWN, 0, 0);
	/* The newest of each. */
	assert_next(outbox, EVENT_START, 0, 999);
	assert_next(outbox, EVENT_RESTART, 1, 999);
	assert_next(outbox, EVENT_RESTART, 2, 999);
	assert_next(outbox, EVENT_STATE, NO_INDEX, 999);
	assert_next(outbox, EVENT_REBOOT, 0, 1);
	assert_next(outbox, EVENT_LETGO, 0, 1);
	assert_null(outbox_first(outbox));
}

/* P15: it never grows. */
static void test_full(void **state)
{
	struct outbox *outbox = *state;
	uint32_t count = 0;

	while (put(outbox, EVENT_MAINTENANCE, NO_INDEX, count))
		count++;
	assert_int_equal(count, ROOM);
	assert_false(put(outbox, EVENT_REBOOT, 0, 1));
	assert_next(outbox, EVENT_MAINTENANCE, NO_INDEX, 0);
	assert_true(put(outbox, EVENT_REBOOT, 0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_first_in_first_out, open_one, close_one),
	        cmocka_unit_test_setup_teardown(test_orders_have_room, open_one, close_one),
	        cmocka_unit_test_setup_teardown(test_full, open_one, close_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
