/* SPDX-License-Identifier: MIT
 *
 * compiler/duration, suggest, expression and address: single words as people write them.
 */
#include "compiler/address.h"
#include "compiler/duration.h"
#include "compiler/expression.h"
#include "compiler/suggest.h"
#include "core/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void durations_are_read_exactly(void **state)
{
	static const struct {
		const char *text;
		enum duration_error error;
		uint32_t ms;
	} cases[] = {
	        {"0s", DURATION_OK, 0},
	        {"1ms", DURATION_OK, 1},
	        {"500ms", DURATION_OK, 500},
	        {"5s", DURATION_OK, 5000},
	        {"005s", DURATION_OK, 5000},
	        {"2m", DURATION_OK, 120000},
	        {"1h", DURATION_OK, 3600000},
	        {"1d", DURATION_OK, 86400000},
	        {"30d", DURATION_OK, UINT32_C(2592000000)},
	        {"2592000000ms", DURATION_OK, UINT32_C(2592000000)},
	        {"2592000001ms", DURATION_TOO_LONG, 0},
	        {"31d", DURATION_TOO_LONG, 0},
	        {"2592001s", DURATION_TOO_LONG, 0},
	        {"18446744073709551617s", DURATION_TOO_LONG, 0},
	        {"99999999999999999999999999999999ms", DURATION_TOO_LONG, 0},
	        {"", DURATION_NO_NUMBER, 0},
	        {"s", DURATION_NO_NUMBER, 0},
	        {"-1s", DURATION_NO_NUMBER, 0},
	        {" 1s", DURATION_NO_NUMBER, 0},
	        {"1", DURATION_NO_UNIT, 0},
	        {"0", DURATION_NO_UNIT, 0},
	        {"1S", DURATION_BAD_UNIT, 0},
	        {"1 s", DURATION_BAD_UNIT, 0},
	        {"1s ", DURATION_BAD_UNIT, 0},
	        {"1.5s", DURATION_BAD_UNIT, 0},
	        {"1m30s", DURATION_BAD_UNIT, 0},
	        {"1w", DURATION_BAD_UNIT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t ms = 0;
		if (duration_parse(cases[i].text, &ms) != cases[i].error || ms != cases[i].ms)
			fail_msg("%s: %u", cases[i].text, ms);
	}
}

static void durations_are_written_in_the_largest_unit_that_is_exact(void **state)
{
	char text[DURATION_TEXT_SIZE];

	(void)state;
	assert_string_equal(duration_text(text, 0), "0s");
	assert_string_equal(duration_text(text, 1), "1ms");
	assert_string_equal(duration_text(text, 1500), "1500ms");
	assert_string_equal(duration_text(text, 90000), "90s");
	assert_string_equal(duration_text(text, 120000), "2m");
	assert_string_equal(duration_text(text, 7200000), "2h");
	assert_string_equal(duration_text(text, UINT32_C(2592000000)), "30d");
	assert_string_equal(duration_text(text, UINT32_MAX), "4294967295ms");
}

static void distances_count_slips_of_the_finger(void **state)
{
	(void)state;
	assert_int_equal(word_distance("timeout", "timeout"), 0);
	assert_int_equal(word_distance("timeuot", "timeout"), 1);
	assert_int_equal(word_distance("timout", "timeout"), 1);
	assert_int_equal(word_distance("timeoutt", "timeout"), 1);
	assert_int_equal(word_distance("timeaut", "timeout"), 1);
	assert_int_equal(word_distance("", "abc"), 3);
	assert_int_equal(word_distance("abc", ""), 3);
	assert_true(word_distance("abcdefghijklmnopqrstuvwxyz0123456", "a") == SIZE_MAX);
	assert_true(word_is_near("timeuot", "timeout"));
	assert_true(word_is_near("tpc", "tcp"));
	assert_false(word_is_near("led", "log"));
	assert_false(word_is_near("", "log"));
	assert_false(word_is_near("colour", "board"));
}

static void expressions_that_are_taken(void **state)
{
	static const char *const good[] = {"ok", "\"ok\"", "^[[:alpha:]]+$", "[]]", "[^]]", "[a\\]", "(a|b){3}",
	        "[0-9]{1,3}(\\.[0-9]{1,3}){3}", "(a{60}){60}", "a{2,}", "\\(", "\\{", "[{]{3}", "[[.-.]]", "(a+b+)+c++",
	        "a*?+", "a+++++++++++++++++++++++++++++++"};
	char error[EXPRESSION_ERROR_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!expression_check(good[i], error))
			fail_msg("%s: %s", good[i], error);
}

static void expressions_that_would_grow_beyond_measure_are_refused(void **state)
{
	static const char *const bad[] = {"(a{200})+{200}", "(a{200})*?{200}", "((a{255}){255}){255}",
	        "(a{1000}){1000}", "(a{0,1000}){1000,}", "((((a{200}){200})))", "(a(b{200}c){200})", "a{4001}",
	        "a{99999999999999999999}", "(a{4001})", "[a{1}]{4001}", "(ab{99}){300}",
	        "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa){1000}"};
	char error[EXPRESSION_ERROR_SIZE];
	char deep[600] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (expression_check(bad[i], error))
			fail_msg("taken: %s", bad[i]);
		assert_non_null(strstr(error, "too large"));
	}
	assert_false(expression_check("(a)\\\\\\1", error));
	assert_true(expression_check("(a)\\\\1", error));
	memset(deep, '(', 300);
	assert_false(expression_check(deep, error));
	memset(deep, 'a', 599);
	assert_true(expression_check(deep, error));
}

/* Every text of a few characters, whatever they are, is taken or refused, and neither read beyond nor looped on. */
static void any_short_expression_is_answered(void **state)
{
	static const char letters[] = "a([{\\]})*,1:^";
	const size_t count = sizeof(letters) - 1;
	char error[EXPRESSION_ERROR_SIZE];

	(void)state;
	for (size_t n = 0; n < count * count * count * count; n++) {
		char text[5] = {letters[n % count], letters[n / count % count], letters[n / count / count % count],
		        letters[n / count / count / count], '\0'};
		error[0] = '\0';
		assert_true(expression_check(text, error) || *error);
	}
}

static void addresses_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} cases[] = {
	        {"localhost", "localhost", 0},
	        {"localhost:1", "localhost", 1},
	        {"127.0.0.1:65535", "127.0.0.1", 65535},
	        {"[::1]", "::1", 0},
	        {"[::1]:00080", "::1", 80},
	        {"a.example.:80", "a.example.", 80},
	        {"_x._tcp.example:80", "_x._tcp.example", 80},
	        {"1password:80", "1password", 80},
	};
	static const char *const bad[] = {"", ":", ":80", "a:", "a:0", "a:65536", "a:4294967297", "a:99999999999",
	        "a:-1", "a:+1", "a: 1", "a:1 ", "::1", "[::1", "[]", "[::1]80", "[::1]:", "[a]", "[127.0.0.1]:1",
	        "1.2.3", "1.2.3.4.5:1", "1.2.3.256", "a b:1", "a/b", "-a:1", ".a:1", "a:1:2", "[::1]:1:2", "]",
	        "\xc3\xa4:1"};
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *error = address_parse(cases[i].text, strlen(cases[i].text), &address);
		if (error)
			fail_msg("%s: %s", cases[i].text, error);
		assert_string_equal(address.host, cases[i].host);
		assert_int_equal(address.port, cases[i].port);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!address_parse(bad[i], strlen(bad[i]), &address))
			fail_msg("taken: %s", bad[i]);
}

static void a_host_may_have_255_characters(void **state)
{
	char text[HOST_SIZE + 1];
	struct address address;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_null(address_parse(text, HOST_SIZE - 1, &address));
	assert_non_null(address_parse(text, HOST_SIZE, &address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(durations_are_read_exactly),
	        cmocka_unit_test(durations_are_written_in_the_largest_unit_that_is_exact),
	        cmocka_unit_test(distances_count_slips_of_the_finger),
	        cmocka_unit_test(expressions_that_are_taken),
	        cmocka_unit_test(expressions_that_would_grow_beyond_measure_are_refused),
	        cmocka_unit_test(any_short_expression_is_answered),
	        cmocka_unit_test(addresses_are_taken_apart),
	        cmocka_unit_test(a_host_may_have_255_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
