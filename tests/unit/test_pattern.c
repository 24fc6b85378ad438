/* SPDX-License-Identifier: MIT
 *
 * P18: regular expressions mean what regexec(3) takes them for, and cost a bounded time and memory on whatever text.
 */
#include "pattern/pattern.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { WORK = 40000000, LINE = 8192 };

static struct pattern *compile(const char *text)
{
	const char *error;
	struct pattern *pattern = pattern_compile(text, &error);

	if (!pattern)
		fail_msg("%s: %s", text, error);
	return pattern;
}

static enum pattern_answer ask(const char *text, const char *line)
{
	struct pattern *pattern = compile(text);
	enum pattern_answer answer = pattern_matches(pattern, line, strlen(line), WORK);

	pattern_free(pattern);
	return answer;
}

static void what_matches(void **state)
{
	static const struct {
		const char *text, *line;
		enum pattern_answer answer;
	} cases[] = {
	        {"OutOfMemory", "java: OutOfMemoryError", PATTERN_YES},
	        {"OutOfMemory", "outofmemory", PATTERN_NO},
	        {"^ERROR", "an ERROR", PATTERN_NO},
	        {"^ERROR", "ok\nERROR", PATTERN_YES},
	        {"ok$", "ok\nfine", PATTERN_YES},
	        {"\\`ok\\'", "ok\nok", PATTERN_NO},
	        {"a.c", "a\nc", PATTERN_NO},
	        {"a[^b]c", "a\nc", PATTERN_NO},
	        {"(one|two|)+!", "onetwo!", PATTERN_YES},
	        {"[0-9]{1,3}(\\.[0-9]{1,3}){3}", "from 10.0.0.250:", PATTERN_YES},
	        {"^[0-9]{1,3}(\\.[0-9]{1,3}){3}$", "10.0.0.2500", PATTERN_NO},
	        {"\\<on\\>", "turn on!", PATTERN_YES},
	        {"\\bon\\b", "only", PATTERN_NO},
	        {"x{0}y", "y", PATTERN_YES},
	        {"[]\\]", "\\", PATTERN_YES},
	        {"[[:upper:]]{3}", "abCDE", PATTERN_YES},
	        {"a)", "a)", PATTERN_YES},
	        {"\xc3\xa4+", "\xc3\xa4", PATTERN_YES},
	        {"^$", "", PATTERN_YES},
	        {"", "anything", PATTERN_YES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (ask(cases[i].text, cases[i].line) != cases[i].answer)
			fail_msg("%s on %s", cases[i].text, cases[i].line);
}

static void what_is_refused(void **state)
{
	static const char *const bad[] = {"(", "[", "[a", "[[:nope:]]", "[b-a]", "*", "a|*", "a{2", "a{2,1}", "a{x}",
	        "^*", "a\\", "(a)\\1", "\\d+", "\\n", "a{40000}", "((a{100}){100}){100}", "((){1000}){1000}"};
	char long_text[PATTERN_TEXT_MAX + 2];
	const char *error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error = NULL;
		if (pattern_compile(bad[i], &error))
			fail_msg("taken: %s", bad[i]);
		assert_non_null(error);
	}
	memset(long_text, 'a', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	assert_null(pattern_compile(long_text, &error));
	long_text[sizeof(long_text) - 2] = '\0';
	pattern_free(compile(long_text));
}

static enum pattern_answer byte_by_byte(struct pattern *pattern, const char *text, size_t length)
{
	enum pattern_answer answer = PATTERN_NO;

	pattern_begin(pattern, WORK);
	for (size_t i = 0; i < length && answer == PATTERN_NO; i++)
		answer = pattern_add(pattern, text + i, 1);
	return answer == PATTERN_NO ? pattern_end(pattern) : answer;
}

static void compare(struct pattern *pattern, const regex_t *regex, const char *text)
{
	static const char letters[] = "abc_ \n.xab";

	for (int i = 0; i < 10; i++) {
		char line[16] = "";
		size_t length = (size_t)rand() % 9;

		for (size_t j = 0; j < length; j++)
			line[j] = letters[rand() % (int)(sizeof(letters) - 1)];
		enum pattern_answer expected = regexec(regex, line, 0, NULL, 0) == 0 ? PATTERN_YES : PATTERN_NO;
		if (pattern_matches(pattern, line, length, WORK) != expected ||
		        byte_by_byte(pattern, line, length) != expected)
			fail_msg("<%s> on <%s>: regexec says %d", text, line, expected);
	}
}

/* Patterns put together by chance: taken, refused and matched as by the C library. */
static void as_regexec_has_it(void **state)
{
	static const char *const parts[] = {"a", "b", "c", "_", " ", "\n", ".", "*", "+", "?", "|", "(", ")", "^", "$",
	        "[ab]", "[^a]", "[^b-c_]", "{2}", "{1,2}", "{0}", "{,1}", "{1,}", "\\b", "\\B", "\\<", "\\>", "\\w",
	        "\\W", "\\s", "\\S", "\\`", "\\'", "[[:alpha:]_]", "[]a]", "[a\\]", "x", "}", "{", "ab", "bc", "\\.",
	        "[a-", "-", "]", "[[.a.]-c]"};

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		char text[200] = "";
		const char *error;
		regex_t regex;

		for (int j = rand() % 8; j >= 0; j--)
			strcat(text, parts[rand() % (int)(sizeof(parts) / sizeof(parts[0]))]);
		struct pattern *pattern = pattern_compile(text, &error);
		bool taken = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) == 0;
		if (taken != (pattern != NULL))
			fail_msg("<%s>: regcomp says %d, and we: %s", text, taken, error);
		if (taken) {
			compare(pattern, &regex, text);
			regfree(&regex);
		}
		pattern_free(pattern);
	}
}

/* Lines that take other engines seconds or a gigabyte: each within a second under the sanitizers too, and known. */
static void poison_costs_little(void **state)
{
	static const struct {
		const char *text, *letters;
	} cases[] = {
	        {"[0-9]+ errors", "1"},
	        {"[0-9]+x?y", "1"},
	        {".*E.{30}f", "ExxxxE"},
	        {"(.*a){40}z", "ax"},
	        {"(a|aa|b)*c{1,200}[0-9]{100}x", "ab0123c"},
	        {"([0-9a-f]{1,900}|[0-9b-g]{1,900}x)+y", "0123456789abcdefg"},
	};
	char line[LINE];

	(void)state;
	srand(1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pattern *pattern = compile(cases[i].text);
		struct timespec began, ended;

		for (size_t j = 0; j < LINE; j++)
			line[j] = cases[i].letters[(size_t)rand() % strlen(cases[i].letters)];
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
		assert_int_equal(pattern_matches(pattern, line, LINE, WORK), PATTERN_NO);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
		if (ended.tv_sec - began.tv_sec > 1)
			fail_msg("%s takes too long", cases[i].text);
		pattern_free(pattern);
	}
}

/* What has no work left gives up, also for what follows, and works again on the next text. */
static void work_is_bounded(void **state)
{
	struct pattern *pattern = compile("a(b|c)*d.{20}e");

	(void)state;
	pattern_begin(pattern, 10);
	assert_int_equal(pattern_add(pattern, "abcdabcdabcd", 12), PATTERN_GIVEN_UP);
	assert_int_equal(pattern_add(pattern, "x", 1), PATTERN_GIVEN_UP);
	assert_int_equal(pattern_end(pattern), PATTERN_GIVEN_UP);
	assert_int_equal(pattern_matches(pattern, "adxxxxxxxxxxxxxxxxxxxxe", 23, WORK), PATTERN_YES);
	pattern_free(pattern);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_matches),
	        cmocka_unit_test(what_is_refused),
	        cmocka_unit_test(as_regexec_has_it),
	        cmocka_unit_test(poison_costs_little),
	        cmocka_unit_test(work_is_bounded),
	};

	return cmocka_run_group_tests_name("pattern/pattern", tests, NULL, NULL);
}
