/* SPDX-License-Identifier: MIT
 *
 * publish/json_writer: every text it builds is JSON, whatever the values are.
 */
#include "publish/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void members_and_elements_are_separated(void **state)
{
	struct json_writer json = {0};

	(void)state;
	json_begin(&json);
	json_open_object(&json, NULL);
	json_open_object(&json, "empty");
	json_close_object(&json);
	json_open_array(&json, "none");
	json_close_array(&json);
	json_open_array(&json, "list");
	json_integer(&json, NULL, 1);
	json_integer(&json, NULL, -2);
	json_open_object(&json, NULL);
	json_boolean(&json, "yes", true);
	json_boolean(&json, "no", false);
	json_close_object(&json);
	json_close_array(&json);
	json_text(&json, "text", "value");
	json_null(&json, "null");
	json_text(&json, "absent", NULL);
	json_text(&json, "nameless", "");
	json_close_object(&json);
	assert_false(json.failed);
	assert_string_equal(json.text,
	        "{\"empty\":{},\"none\":[],\"list\":[1,-2,{\"yes\":true,\"no\":false}],"
	        "\"text\":\"value\",\"null\":null,\"absent\":null,\"nameless\":null}");
	json_begin(&json);
	json_open_array(&json, NULL);
	json_close_array(&json);
	assert_string_equal(json.text, "[]");
	free(json.text);
}

static void values_are_escaped(void **state)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
	        {"plain", "plain"},
	        {"a\"b\\c", "a\\\"b\\\\c"},
	        {"\n\t\x01\x1f\x7f", "\\u000a\\u0009\\u0001\\u001f\\u007f"},
	        {"{[,", "{[,"},
	        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb6", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb6"},
	        {"\x80", "\\ufffd"},
	        {"\xc3", "\\ufffd"},
	        {"\xc3(", "\\ufffd("},
	        {"\xc0\x80", "\\ufffd\\ufffd"},                       /* overlong */
	        {"\xe0\x80\x80", "\\ufffd\\ufffd\\ufffd"},            /* overlong */
	        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},            /* a surrogate */
	        {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"}, /* beyond U+10FFFF */
	        {"\xe2\x82", "\\ufffd\\ufffd"},                       /* cut short */
	        {"\xff\xfe", "\\ufffd\\ufffd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_writer json = {0};
		json_begin(&json);
		json_open_array(&json, NULL);
		json_text(&json, NULL, cases[i].value);
		json_integer(&json, NULL, 7);
		assert_memory_equal(json.text, "[\"", 2);
		assert_memory_equal(json.text + 2, cases[i].expected, strlen(cases[i].expected));
		assert_string_equal(json.text + 2 + strlen(cases[i].expected), "\",7");
		free(json.text);
	}
}

static void numbers_are_exact(void **state)
{
	static const struct {
		int64_t value_ms;
		const char *expected;
	} cases[] = {
	        {0, "[0"},
	        {1, "[0.001"},
	        {10, "[0.01"},
	        {250, "[0.25"},
	        {999, "[0.999"},
	        {1000, "[1"},
	        {15000, "[15"},
	        {100000, "[100"},
	        {1001, "[1.001"},
	        {-1500, "[-1.5"},
	        {INT64_MAX, "[9223372036854775.807"},
	        {INT64_MIN, "[-9223372036854775.808"},
	};
	struct json_writer json = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_begin(&json);
		json_open_array(&json, NULL);
		json_seconds(&json, NULL, cases[i].value_ms);
		assert_string_equal(json.text, cases[i].expected);
	}
	json_begin(&json);
	json_open_array(&json, NULL);
	json_integer(&json, NULL, INT64_MIN);
	json_integer(&json, NULL, INT64_MAX);
	assert_string_equal(json.text, "[-9223372036854775808,9223372036854775807");
	free(json.text);
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
static bool no_memory;

void *__wrap_realloc(void *old, size_t size)
{
	return no_memory ? NULL : __real_realloc(old, size);
}

/* P9: without memory the text fails as a whole, and the next one may succeed. */
static void no_memory_fails_the_text(void **state)
{
	struct json_writer json = {0};

	(void)state;
	no_memory = true;
	json_begin(&json);
	json_open_object(&json, NULL);
	json_text(&json, "key", "value");
	assert_true(json.failed);
	no_memory = false;
	json_close_object(&json);
	assert_true(json.failed);
	json_begin(&json);
	json_open_object(&json, NULL);
	json_close_object(&json);
	assert_false(json.failed);
	assert_string_equal(json.text, "{}");
	free(json.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(members_and_elements_are_separated),
	        cmocka_unit_test(values_are_escaped),
	        cmocka_unit_test(numbers_are_exact),
	        cmocka_unit_test(no_memory_fails_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
