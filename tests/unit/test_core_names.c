/* SPDX-License-Identifier: MIT
 *
 * core/state, result, event: the words that logs and JSON carry. They are relied on from outside, so they stand here
 * once more, to the letter; and every value has one, no two have the same, and no other value is let through.
 */
#include "core/names.h"

#include "core/event.h"
#include "core/result.h"
#include "core/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))

static const char *state_word(int value)
{
	return board_state_name((enum board_state)value);
}

static const char *health_word(int value)
{
	return health_name((enum health)value);
}

static const char *end_word(int value)
{
	return end_cause_name((enum end_cause)value);
}

static const char *cause_word(int value)
{
	return cause_name((enum cause)value);
}

static const char *event_word(int value)
{
	return event_name((enum event_kind)value);
}

static const char *helper_word(int value)
{
	return helper_name((enum helper)value);
}

static void assert_words(const char *(*word_of)(int value), const char *const words[], int count)
{
	for (int i = 0; i < count; i++) {
		assert_string_equal(word_of(i), words[i]);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(word_of(i), word_of(j));
	}
	assert_string_equal(word_of(count), "invalid");
	assert_string_equal(word_of(255), "invalid");
	assert_string_equal(word_of(-1), "invalid");
}

static void test_states(void **state)
{
	static const char *const words[] = {
	        "starting", "well", "doubt", "recovering", "rebooting", "letgo", "hold", "maintenance"};

	(void)state;
	assert_int_equal(LENGTH(words), BOARD_STATE_COUNT);
	assert_words(state_word, words, LENGTH(words));
}

static void test_health(void **state)
{
	static const char *const words[] = {"unknown", "up", "down", "waiting"};

	(void)state;
	assert_int_equal(LENGTH(words), HEALTH_COUNT);
	assert_words(health_word, words, LENGTH(words));
}

/* P14: every way in which a boot can end has a word. */
static void test_ends(void **state)
{
	static const char *const words[] = {"first", "planned", "reboot", "letgo", "unexplained", "unknown", "drill"};

	(void)state;
	assert_int_equal(LENGTH(words), END_CAUSE_COUNT);
	assert_words(end_word, words, LENGTH(words));
}

/* P14: and every reason for it. */
static void test_causes(void **state)
{
	static const char *const words[] = {"none", "ok", "warning", "refused", "timeout", "unreachable", "unresolved",
	        "dropped", "tls", "garbled", "status", "body", "slow", "no-pidfile", "bad-pidfile", "no-process",
	        "exited", "exit-code", "signal", "cannot-probe", "late", "restarted", "pattern", "above", "below",
	        "absent", "old", "silent", "shutdown", "blind", "answer", "expires", "not-yet"};

	(void)state;
	assert_int_equal(LENGTH(words), CAUSE_COUNT);
	assert_words(cause_word, words, LENGTH(words));
}

static void test_events(void **state)
{
	static const char *const words[] = {"armed", "boot", "check-failed", "check-passed", "service-down",
	        "service-up", "start", "restart", "restart-done", "restart-failed", "reboot", "letgo", "hold",
	        "maintenance", "resumed", "helper-died", "helper-started", "dropped", "disarmed", "state", "settled",
	        "storage", "warning", "exited", "reboot-done", "reboot-failed", "going-down", "watchdog-lost",
	        "watchdog-back", "proven", "drill"};

	(void)state;
	assert_int_equal(LENGTH(words), EVENT_KIND_COUNT);
	assert_words(event_word, words, LENGTH(words));
}

static void test_helpers(void **state)
{
	static const char *const words[] = {"checker", "actor", "led"};

	(void)state;
	assert_int_equal(LENGTH(words), HELPER_COUNT);
	assert_words(helper_word, words, LENGTH(words));
	assert_string_equal(helper_name(HELPER_NONE), "invalid");
}

/* A table with a hole has no NULL in it for anyone. */
static void test_a_hole_is_invalid(void **state)
{
	static const char *const words[] = {"zero", NULL, "two"};

	(void)state;
	assert_string_equal(NAME_OF(words, 0), "zero");
	assert_string_equal(NAME_OF(words, 1), "invalid");
	assert_string_equal(NAME_OF(words, 2), "two");
	assert_string_equal(NAME_OF(words, 3), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_states),
	        cmocka_unit_test(test_health),
	        cmocka_unit_test(test_ends),
	        cmocka_unit_test(test_causes),
	        cmocka_unit_test(test_events),
	        cmocka_unit_test(test_helpers),
	        cmocka_unit_test(test_a_hole_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
