/* SPDX-License-Identifier: MIT
 *
 * The head of an HTTP answer.
 */
#include "checker/net/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Adds the lines of a text; false where one of them was the last. */
static bool add(struct http_head *head, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n") + (strchr(text, '\n') ? 1 : 0);
		/* curl ends no line with a NUL. */
		char *line = malloc(length);
		bool wanted;

		assert_non_null(line);
		memcpy(line, text, length);
		wanted = http_head_add(head, line, length);
		free(line);
		if (!wanted)
			return false;
		text += length;
	}
	return true;
}

static void first_lines(void **state)
{
	static const struct {
		const char *line;
		long status; /* 0: garbled */
	} lines[] = {
	        {"HTTP/1.1 200 OK\r\n", 200},
	        {"HTTP/1.0 404\r\n", 404},
	        {"HTTP/2 204 \r\n", 204},
	        {"HTTP/1.1  200 OK\n", 200},
	        {"HTTP/1.1 101 Switching\r\n", 101},
	        {"HTTP/1.1 200", 200},
	        {"HTTP/1.1 20 OK\r\n", 0},
	        {"HTTP/1.1 2000 OK\r\n", 0},
	        {"HTTP/1.1 099 OK\r\n", 0},
	        {"http/1.1 200 OK\r\n", 0},
	        {"HTTP/x.1 200 OK\r\n", 0},
	        {"HTTP/1,1 200 OK\r\n", 0},
	        {"HTTP/11 200 OK\r\n", 0},
	        {"HTTP/\r\n", 0},
	        {"HTTP/1.1\r\n", 0},
	        {"HTTP/1.1 200OK\r\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct http_head head = {.length = 0};

		assert_int_equal(add(&head, lines[i].line), lines[i].status != 0);
		assert_int_equal(head.garbled, lines[i].status == 0);
		if (lines[i].status)
			assert_int_equal(head.status, lines[i].status);
		assert_false(head.ended);
		http_head_forget(&head);
	}
}

static void interim_heads_are_passed_over(void **state)
{
	struct http_head head = {.length = 0};

	(void)state;
	assert_true(add(&head, "HTTP/1.1 100 Continue\r\nLocation: /no\r\n\r\n"));
	assert_false(head.ended);
	assert_true(add(&head, "HTTP/1.1 302 Found\r\nlocation:   /yes \r\nLocation: /second\r\n"));
	assert_false(head.ended);
	assert_true(add(&head, "\r\n"));
	assert_true(head.ended);
	assert_int_equal(head.status, 302);
	assert_string_equal(head.location, "/yes");
	http_head_forget(&head);
	assert_null(head.location);
}

static void switching_protocols_ends(void **state)
{
	struct http_head head = {.length = 0};

	(void)state;
	assert_true(add(&head, "HTTP/1.1 101 Switching Protocols\r\n\r\n"));
	assert_true(head.ended);
	http_head_forget(&head);
}

/* P18: however a server fills its heads, they end. */
static void endless_heads_are_garbled(void **state)
{
	struct http_head head = {.length = 0};
	unsigned count = 0;

	(void)state;
	while (add(&head, "HTTP/1.1 100 Continue\r\n\r\n"))
		assert_true(++count < HTTP_HEAD_MAX);
	assert_true(head.garbled);
	http_head_forget(&head);
}

static void a_location_that_is_too_long(void **state)
{
	struct http_head head = {.length = 0};
	char *line = malloc(HTTP_LOCATION_MAX + 100);

	(void)state;
	assert_non_null(line);
	memset(line, 'x', HTTP_LOCATION_MAX + 100);
	memcpy(line, "Location:", 9);
	assert_true(add(&head, "HTTP/1.1 302 Found\r\n"));
	assert_true(http_head_add(&head, line, HTTP_LOCATION_MAX + 100));
	assert_null(head.location);
	free(line);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(first_lines),
	        cmocka_unit_test(interim_heads_are_passed_over),
	        cmocka_unit_test(switching_protocols_ends),
	        cmocka_unit_test(endless_heads_are_garbled),
	        cmocka_unit_test(a_location_that_is_too_long),
	};

	return cmocka_run_group_tests_name("checker/net/http_head", tests, NULL, NULL);
}
