/* SPDX-License-Identifier: MIT
 *
 * core/utf8: foreign text that is shown cannot drive a terminal, forge a line or turn text round.
 */
#include "core/utf8.h"

#include "os/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* P18: characters that can be shown, with their length; what is cut or too long for what it says is none. */
static void test_lengths(void **state)
{
	(void)state;
	assert_int_equal(utf8_harmless("a", 1), 1);
	assert_int_equal(utf8_harmless("\xc3\xa4", 2), 2);
	assert_int_equal(utf8_harmless("\xe2\x82\xac", 3), 3);
	assert_int_equal(utf8_harmless("\xf0\x9f\x90\x95", 4), 4);
	assert_int_equal(utf8_harmless("\xc3\xa4", 1), 0);
	assert_int_equal(utf8_harmless("\xc0\xaf", 2), 0);
	assert_int_equal(utf8_harmless("\xed\xa0\x80", 3), 0);
	assert_int_equal(utf8_harmless("\xff", 1), 0);
	assert_int_equal(utf8_harmless("", 0), 0);
}

/* P18: control characters of both ranges, line ends, and all that changes a text's direction are not shown. */
static void test_harmful(void **state)
{
	static const char *const harmful[] = {"\x01", "\x1b", "\x7f", "\xc2\x85", "\xc2\x9b", "\xd8\x9c",
	        "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae",
	        "\xe2\x81\xa6", "\xe2\x81\xa9", "\xf3\xa0\x81\x81"};
	(void)state;

	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++) {
		assert_int_equal(utf8_character(harmful[i], strlen(harmful[i])), strlen(harmful[i]));
		assert_int_equal(utf8_harmless(harmful[i], strlen(harmful[i])), 0);
	}
}

/* P18: in the log it is escaped byte by byte, and quotes cannot be closed. */
static void test_in_the_log(void **state)
{
	char line[LOG_LINE_SIZE] = "";
	(void)state;

	assert_int_equal(log_append_text(line, sizeof(line), 0, "a", "caf\xc3\xa9"), 8);
	assert_string_equal(line, " a=caf\xc3\xa9");
	(void)log_append_text(line, sizeof(line), 0, "a", "x\xe2\x80\xaey\n\"\\\xff");
	assert_string_equal(line, " a=\"x\\xe2\\x80\\xaey\\x0a\\\"\\\\\\xff\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_lengths),
	        cmocka_unit_test(test_harmful),
	        cmocka_unit_test(test_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
