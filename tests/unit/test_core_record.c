/* SPDX-License-Identifier: MIT
 *
 * core/record: what a receiver believes. Each kind of record is right once and then wrong in every field, by its first
 * wrong value; each refusal is counted and changes nothing.
 */
#include "core/record.h"

#include "core/rules.h"
#include "core/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_MS = 5000, CHECKS = 4, SERVICES = 2, LARGEST = 64 };

union record {
	struct result result;
	struct event event;
	struct led_news led;
	struct storage_news storage;
	uint8_t bytes[LARGEST];
};

/* One kind of record, so that what is the same for all is tested the same for all. */
struct kind {
	const char *name;
	size_t size;
	bool (*take)(struct channel_state *channel, const void *bytes, size_t size, int64_t now_ms, union record *out);
	union record good;
	size_t at_ms; /* where its time stands */
	const struct fault *faults;
	size_t fault_count;
};

/* A field, and a value that it may not have. */
struct fault {
	size_t at, size;
	int64_t last_good, first_bad;
};

#define FAULT(type, field, good, bad)                                                                                  \
	{                                                                                                              \
		offsetof(type, field), sizeof(((type *)0)->field), good, bad                                           \
	}

static bool take_result(
        struct channel_state *channel, const void *bytes, size_t size, int64_t now_ms, union record *out)
{
	return record_take_result(channel, bytes, size, CHECKS, now_ms, &out->result);
}

static bool take_event(struct channel_state *channel, const void *bytes, size_t size, int64_t now_ms, union record *out)
{
	return record_take_event(channel, bytes, size, SERVICES, CHECKS, now_ms, &out->event);
}

static bool take_led(struct channel_state *channel, const void *bytes, size_t size, int64_t now_ms, union record *out)
{
	return record_take_led_news(channel, bytes, size, now_ms, &out->led);
}

static bool take_storage(
        struct channel_state *channel, const void *bytes, size_t size, int64_t now_ms, union record *out)
{
	return record_take_storage_news(channel, bytes, size, now_ms, &out->storage);
}

static const struct fault result_faults[] = {
        FAULT(struct result, seen_ms, NOW_MS, NOW_MS + 1),
        FAULT(struct result, seen_ms, 0, -1),
        FAULT(struct result, check, CHECKS - 1, CHECKS),
        FAULT(struct result, check, 0, NO_INDEX),
        FAULT(struct result, outcome, OUTCOME_COUNT - 1, OUTCOME_COUNT),
        FAULT(struct result, outcome, 0, 255),
        FAULT(struct result, cause, CAUSE_COUNT - 1, CAUSE_COUNT),
        FAULT(struct result, cause, 0, 255),
        FAULT(struct result, conclusive, CONCLUSIVE_COUNT - 1, CONCLUSIVE_COUNT),
        {offsetof(struct result, reserved) + 0, 1, 0, 1},
        {offsetof(struct result, reserved) + 1, 1, 0, 1},
        {offsetof(struct result, reserved) + 2, 1, 0, 255},
};

static const struct fault event_faults[] = {
        FAULT(struct event, service, SERVICES - 1, SERVICES),
        FAULT(struct event, service, NO_INDEX, NO_INDEX - 1),
        FAULT(struct event, check, CHECKS - 1, CHECKS),
        FAULT(struct event, check, NO_INDEX, NO_INDEX - 1),
        FAULT(struct event, kind, EVENT_KIND_COUNT - 1, EVENT_KIND_COUNT),
        FAULT(struct event, state, BOARD_STATE_COUNT - 1, BOARD_STATE_COUNT),
        FAULT(struct event, cause, CAUSE_COUNT - 1, CAUSE_COUNT),
        FAULT(struct event, helper, HELPER_NONE, HELPER_NONE + 1),
        FAULT(struct event, why, HOLD_WHY_COUNT - 1, HOLD_WHY_COUNT),
        {offsetof(struct event, reserved) + 0, 1, 0, 1},
        {offsetof(struct event, reserved) + 2, 1, 0, 128},
};

static const struct fault led_faults[] = {
        FAULT(struct led_news, pattern, LED_PATTERN_COUNT - 1, LED_PATTERN_COUNT),
        FAULT(struct led_news, number, MAX_SERVICES, MAX_SERVICES + 1),
        FAULT(struct led_news, number, 0, UINT16_MAX),
        {offsetof(struct led_news, reserved) + 0, 1, 0, 1},
        {offsetof(struct led_news, reserved) + 4, 1, 0, 1},
};

static const struct fault storage_faults[] = {
        FAULT(struct storage_news, stable, 1, 2),
        FAULT(struct storage_news, refused, 1, 2),
        FAULT(struct storage_news, error, INT32_MAX, -1),
        {offsetof(struct storage_news, reserved) + 0, 1, 0, 1},
        {offsetof(struct storage_news, reserved) + 1, 1, 0, 1},
};

#define FAULTS(list) .faults = list, .fault_count = sizeof(list) / sizeof((list)[0])

static const struct kind kinds[] = {
        {
                .name = "result",
                .size = sizeof(struct result),
                .take = take_result,
                .good.result = {.generation = 7, .sequence = 1, .started_ms = NOW_MS, .outcome = OUTCOME_GOOD},
                .at_ms = offsetof(struct result, started_ms),
                FAULTS(result_faults),
        },
        {
                .name = "event",
                .size = sizeof(struct event),
                .take = take_event,
                .good.event = {.generation = 7, .sequence = 1, .at_ms = NOW_MS, .service = NO_INDEX, .check = NO_INDEX},
                .at_ms = offsetof(struct event, at_ms),
                FAULTS(event_faults),
        },
        {
                .name = "led news",
                .size = sizeof(struct led_news),
                .take = take_led,
                .good.led = {.generation = 7, .sequence = 1, .at_ms = NOW_MS, .pattern = LED_WELL},
                .at_ms = offsetof(struct led_news, at_ms),
                FAULTS(led_faults),
        },
        {
                .name = "storage news",
                .size = sizeof(struct storage_news),
                .take = take_storage,
                .good.storage = {.generation = 7, .sequence = 1, .at_ms = NOW_MS, .stable = 1},
                .at_ms = offsetof(struct storage_news, at_ms),
                FAULTS(storage_faults),
        },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* All four begin alike. */
_Static_assert(offsetof(struct result, generation) == 0 && offsetof(struct event, generation) == 0 &&
                offsetof(struct led_news, generation) == 0 && offsetof(struct storage_news, generation) == 0,
        "generation first");
_Static_assert(offsetof(struct result, sequence) == 4 && offsetof(struct event, sequence) == 4 &&
                offsetof(struct led_news, sequence) == 4 && offsetof(struct storage_news, sequence) == 4,
        "then the sequence");

/* The machine is little-endian or big: a field is put as itself. */
static void put(union record *record, size_t at, size_t size, int64_t value)
{
	uint8_t byte = (uint8_t)value;
	uint16_t two = (uint16_t)value;
	uint32_t four = (uint32_t)value;

	memcpy(record->bytes + at,
	        size == 1           ? (void *)&byte
	                : size == 2 ? (void *)&two
	                : size == 4 ? (void *)&four
	                            : (void *)&value,
	        size);
}

/* Whether it is believed, by a channel that has taken `sequence` last. */
static bool is_taken_after(const struct kind *kind, const union record *record, uint32_t sequence)
{
	struct channel_state channel = {.generation = 7, .sequence = sequence, .dropped = 40};
	union record out;
	bool taken = kind->take(&channel, record, kind->size, NOW_MS, &out);
	uint32_t its_sequence;

	memcpy(&its_sequence, record->bytes + 4, sizeof(its_sequence));
	assert_int_equal(channel.generation, 7);
	assert_int_equal(channel.sequence, taken ? its_sequence : sequence);
	assert_int_equal(channel.dropped, taken ? 40 : 41);
	if (taken)
		assert_memory_equal(&out, record, kind->size);
	return taken;
}

static bool is_taken(const struct kind *kind, const union record *record)
{
	return is_taken_after(kind, record, 0);
}

/* P4: a record that is wrong in any field is dropped and counted; with the last right value it is believed. */
static void test_every_field_is_judged(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		const struct kind *kind = &kinds[k];

		assert_true(is_taken(kind, &kind->good));
		for (size_t f = 0; f < kind->fault_count; f++) {
			const struct fault *fault = &kind->faults[f];
			union record record = kind->good;

			put(&record, fault->at, fault->size, fault->last_good);
			if (!is_taken(kind, &record))
				fail_msg("%s, fault %zu: the last good value was refused", kind->name, f);
			put(&record, fault->at, fault->size, fault->first_bad);
			if (is_taken(kind, &record))
				fail_msg("%s, fault %zu: the first bad value was believed", kind->name, f);
		}
	}
}

/* P4: a record that is too short or too long by any number of bytes is dropped. */
static void test_every_length_is_judged(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (size_t size = 0; size <= LARGEST; size++) {
			struct channel_state channel = {.generation = 7};
			union record out;
			bool taken = kinds[k].take(&channel, &kinds[k].good, size, NOW_MS, &out);

			assert_int_equal(taken, size == kinds[k].size);
			assert_int_equal(channel.dropped, !taken);
			assert_int_equal(channel.sequence, taken);
		}
}

/* P1: a record of the future, or from before the clock began, is a lie. */
static void test_time_is_judged(void **state)
{
	static const struct {
		int64_t at_ms;
		bool taken;
	} cases[] = {
	        {NOW_MS, true},
	        {NOW_MS + 1, false},
	        {0, true},
	        {-1, false},
	        {INT64_MIN, false},
	        {INT64_MAX, false},
	};

	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			union record record = kinds[k].good;

			put(&record, kinds[k].at_ms, sizeof(int64_t), cases[i].at_ms);
			assert_int_equal(is_taken(&kinds[k], &record), cases[i].taken);
		}
}

/* P4: a helper that was replaced is not believed any more, and one that is yet to come not already. */
static void test_generation_is_judged(void **state)
{
	static const uint32_t others[] = {0, 6, 8, UINT32_MAX};

	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			union record record = kinds[k].good;

			put(&record, 0, sizeof(uint32_t), others[i]);
			assert_false(is_taken(&kinds[k], &record));
		}
}

/* P4: each record must be newer than the last, also when the numbers begin anew; some may be lost in between. */
static void test_sequence_is_judged(void **state)
{
	static const struct {
		uint32_t last, next;
		bool taken;
	} cases[] = {
	        {0, 0, false},
	        {0, 1, true},
	        {1, 1, false},
	        {2, 1, false},
	        {1, 2, true},
	        {1, 900, true},
	        {0, INT32_MAX, true},
	        {0, (uint32_t)INT32_MAX + 1, false},
	        {0, UINT32_MAX, false},
	        {UINT32_MAX, 0, true},
	        {UINT32_MAX, 1, true},
	        {UINT32_MAX, UINT32_MAX, false},
	        {UINT32_MAX, UINT32_MAX - 1, false},
	        {UINT32_MAX - 1, UINT32_MAX, true},
	        {0x80000000, 0x80000001, true},
	        {0x80000001, 0x80000000, false},
	};

	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			union record record = kinds[k].good;

			put(&record, 4, sizeof(uint32_t), cases[i].next);
			assert_int_equal(is_taken_after(&kinds[k], &record, cases[i].last), cases[i].taken);
		}
}

static void test_refusals_add_up(void **state)
{
	struct channel_state channel = {.generation = 7};
	union record out, record = kinds[0].good;

	(void)state;
	for (uint32_t i = 1; i <= 100; i++) {
		record.result.sequence = i;
		record.result.outcome = i % 4 == 0 ? OUTCOME_COUNT : OUTCOME_GOOD;
		take_result(&channel, &record, sizeof(record.result), NOW_MS, &out);
	}
	assert_int_equal(channel.dropped, 25);
	assert_int_equal(channel.sequence, 99);
}

/* P7: a hold is for one second at least and a week at most: it always ends. */
static void test_control(void **state)
{
	static const struct {
		struct control control;
		bool taken;
	} cases[] = {
	        {{CONTROL_MAGIC, CONTROL_HOLD, 1000, 0}, true},
	        {{CONTROL_MAGIC, CONTROL_HOLD, 999, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_HOLD, 0, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_HOLD, 604800000, 0}, true},
	        {{CONTROL_MAGIC, CONTROL_HOLD, 604800001, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_HOLD, UINT32_MAX, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_RESUME, 0, 0}, true},
	        {{CONTROL_MAGIC, CONTROL_RESUME, 1, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_RESUME, 1000, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_GOING_DOWN, 0, 0}, true},
	        {{CONTROL_MAGIC, CONTROL_GOING_DOWN, 1, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_DRILL, 0, 0}, true},
	        {{CONTROL_MAGIC, CONTROL_DRILL, 15000, 0}, true},
	        {{CONTROL_MAGIC, CONTROL_DRILL, 604800001, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_COUNT, 1000, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_COUNT, 0, 0}, false},
	        {{CONTROL_MAGIC, UINT32_MAX, 1000, 0}, false},
	        {{CONTROL_MAGIC, CONTROL_HOLD, 1000, 1}, false},
	        {{CONTROL_MAGIC, CONTROL_RESUME, 0, UINT32_MAX}, false},
	        {{CONTROL_MAGIC + 1, CONTROL_HOLD, 1000, 0}, false},
	        {{0, CONTROL_RESUME, 0, 0}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct control out;

		assert_int_equal(record_take_control(&cases[i].control, sizeof(out), &out), cases[i].taken);
		if (cases[i].taken)
			assert_memory_equal(&out, &cases[i].control, sizeof(out));
	}
}

static void test_every_length_of_control_is_judged(void **state)
{
	struct {
		struct control control;
		uint8_t more[8];
	} datagram = {.control = {CONTROL_MAGIC, CONTROL_RESUME, 0, 0}};

	(void)state;
	for (size_t size = 0; size <= sizeof(datagram); size++) {
		struct control out;

		assert_int_equal(record_take_control(&datagram, size, &out), size == sizeof(struct control));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_field_is_judged),
	        cmocka_unit_test(test_every_length_is_judged),
	        cmocka_unit_test(test_time_is_judged),
	        cmocka_unit_test(test_generation_is_judged),
	        cmocka_unit_test(test_sequence_is_judged),
	        cmocka_unit_test(test_refusals_add_up),
	        cmocka_unit_test(test_control),
	        cmocka_unit_test(test_every_length_of_control_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
