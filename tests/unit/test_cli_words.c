/* SPDX-License-Identifier: MIT
 *
 * What people read: causes, ends and spans of time, and the way back from words to values.
 */
#include "words/cause_text.h"
#include "words/span_text.h"
#include "cli/words.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* P14: every cause has words for every detail, and so has a value that is no cause. */
static void test_every_cause_has_words(void **state)
{
	static const int32_t details[] = {0, 1, -1, 503, INT32_MAX, INT32_MIN};

	(void)state;
	for (unsigned cause = 0; cause <= CAUSE_COUNT; cause++) {
		for (unsigned kind = 0; kind <= KIND_COUNT; kind++) {
			for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
				char text[CAUSE_TEXT_SIZE] = "";
				(void)cause_text((enum cause)cause, (enum check_kind)kind, details[i], text);
				assert_true(strlen(text) > 1);
				assert_null(strstr(text, "%d"));
				assert_null(strstr(text, "%s"));
			}
		}
	}
}

static void assert_cause(enum cause cause, enum check_kind kind, int32_t detail, const char *wanted)
{
	char text[CAUSE_TEXT_SIZE];

	assert_string_equal(cause_text(cause, kind, detail, text), wanted);
}

static void test_causes_read_well(void **state)
{
	(void)state;
	assert_cause(CAUSE_OK, KIND_HTTP, 204, "http status 204");
	assert_cause(CAUSE_OK, KIND_TCP, 0, "connected");
	assert_cause(CAUSE_OK, KIND_COUNT, 0, "ok");
	assert_cause(CAUSE_STATUS, KIND_HTTP, 503, "http status 503");
	assert_cause(CAUSE_REFUSED, KIND_TCP, ECONNREFUSED, "connection refused");
	assert_cause(CAUSE_UNREACHABLE, KIND_TCP, EHOSTUNREACH, "unreachable (No route to host)");
	assert_cause(CAUSE_DROPPED, KIND_HTTP, 0, "connection dropped");
	assert_cause(CAUSE_BODY, KIND_HTTP, 200, "body does not match (http status 200)");
	assert_cause(CAUSE_NO_PROCESS, KIND_PROCESS, 0, "no such process");
	assert_cause(CAUSE_EXITED, KIND_PROCESS, 4711, "process ended (pid 4711)");
	assert_cause(CAUSE_EXIT_CODE, KIND_COMMAND, 2, "exit code 2");
	assert_cause(CAUSE_SIGNAL, KIND_COMMAND, SIGSEGV, "killed by signal 11 (Segmentation fault)");
	assert_cause(CAUSE_OLD, KIND_FILE, 90, "too old: 1m 30s");
	assert_cause(CAUSE_SILENT, KIND_HEARTBEAT, 1500, "silent for 1.5s");
	assert_cause(CAUSE_ABOVE, KIND_CPU, 97, "above its limit: 97%");
	assert_cause(CAUSE_ABOVE, KIND_LOAD, 801, "above its limit: 8.01");
	assert_cause(CAUSE_ABOVE, KIND_MEMORY, 250, "above its limit: 250");
	assert_cause(CAUSE_BELOW, KIND_TEMPERATURE, -12, "below its limit: -12 degrees");
	assert_cause(CAUSE_OK, KIND_DISK, 40, "ok: 40%");
	assert_cause(CAUSE_ABSENT, KIND_DISK, EROFS, "not there (Read-only file system)");
	assert_cause(CAUSE_COUNT, KIND_HTTP, 0, "invalid");
}

/* P14 */
static void test_ends_name_the_culprit(void **state)
{
	char text[END_TEXT_SIZE];

	(void)state;
	assert_string_equal(end_text(END_FIRST, "", "", text), "first boot under feeddog");
	assert_string_equal(
	        end_text(END_REBOOT, "web", "http", text), "reboot ordered by the ladder, because of web (check http)");
	assert_string_equal(end_text(END_LETGO, "web", "", text), "let go of the dog, because of web");
	assert_string_equal(end_text(END_CAUSE_COUNT, "", "", text), "invalid");
}

static void assert_span(int64_t ms, const char *wanted)
{
	char text[SPAN_TEXT_SIZE];

	assert_string_equal(span_text(text, ms), wanted);
}

static void test_spans(void **state)
{
	char text[SPAN_TEXT_SIZE];

	(void)state;
	assert_span(INT64_MIN, "0s");
	assert_span(-1, "0s");
	assert_span(0, "0s");
	assert_span(99, "0s");
	assert_span(100, "0.1s");
	assert_span(9999, "9.9s");
	assert_span(10000, "10s");
	assert_span(59999, "59s");
	assert_span(60000, "1m");
	assert_span(61000, "1m 1s");
	assert_span(3599999, "59m 59s");
	assert_span(3600000, "1h");
	assert_span(86399999, "23h 59m");
	assert_span(86400000, "1d");
	assert_span(273600000, "3d 4h");
	assert_true(strlen(span_text(text, INT64_MAX)) < SPAN_TEXT_SIZE - 1);
	assert_string_equal(span_text_fine(text, 12), "12ms");
	assert_string_equal(span_text_fine(text, -5), "0ms");
	assert_string_equal(span_text_fine(text, 1200), "1.2s");
}

static void test_words_lead_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BOARD_STATE_COUNT; i++)
		assert_int_equal(board_state_of(board_state_name((enum board_state)i)), i);
	for (unsigned i = 0; i < HEALTH_COUNT; i++)
		assert_int_equal(health_of(health_name((enum health)i)), i);
	for (unsigned i = 0; i < END_CAUSE_COUNT; i++)
		assert_int_equal(end_cause_of(end_cause_name((enum end_cause)i)), i);
	for (unsigned i = 0; i < CAUSE_COUNT; i++)
		assert_int_equal(cause_of(cause_name((enum cause)i)), i);
	for (unsigned i = 0; i < KIND_COUNT; i++)
		assert_int_equal(check_kind_of(check_kind_name((enum check_kind)i)), i);
	assert_int_equal(board_state_of("fine"), BOARD_STATE_COUNT);
	assert_int_equal(cause_of(""), CAUSE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_cause_has_words),
	        cmocka_unit_test(test_causes_read_well),
	        cmocka_unit_test(test_ends_name_the_culprit),
	        cmocka_unit_test(test_spans),
	        cmocka_unit_test(test_words_lead_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
