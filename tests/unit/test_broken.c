/* SPDX-License-Identifier: MIT
 *
 * Broken configurations (tests/unit/broken.txt): each is refused, with exactly the messages that stand beside it, all in
 * one run and in the order of the lines.
 */
#include "compiler/compile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TABLE "tests/unit/broken.txt"
#define SERVICES "services: {web: {checks: [{tcp: \"127.0.0.1:80\"}]}}\n"
#define NAME "f.yaml:"

enum { TEXT_SIZE = 16384, CASES_LEAST = 60 };

struct broken {
	char title[200];
	char yaml[TEXT_SIZE];
	char expected[TEXT_SIZE];
};

static void append(char text[TEXT_SIZE], const char *more)
{
	assert_true(strlen(text) + strlen(more) < TEXT_SIZE);
	strcat(text, more);
}

static void add_line(struct broken *broken, const char *line, bool *crlf)
{
	if (strncmp(line, "-> ", 3) == 0) {
		append(broken->expected, line + 3);
	} else if (strcmp(line, "@crlf\n") == 0) {
		*crlf = true;
	} else if (*broken->expected == '\0') {
		append(broken->yaml, strcmp(line, "@services\n") == 0 ? SERVICES : line);
		if (*crlf)
			strcpy(strrchr(broken->yaml, '\n'), "\r\n");
	}
}

/* Reads the next case; false where there is none. The line with its title was read before. */
static bool next_case(FILE *table, char line[TEXT_SIZE], struct broken *broken)
{
	bool crlf = false;

	while (strncmp(line, "== ", 3) != 0)
		if (!fgets(line, TEXT_SIZE, table))
			return false;
	(void)snprintf(broken->title, sizeof(broken->title), "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
	broken->yaml[0] = broken->expected[0] = '\0';
	while (fgets(line, TEXT_SIZE, table) && strncmp(line, "== ", 3) != 0)
		add_line(broken, line, &crlf);
	return true;
}

/* Only the lines that begin with the file's name, without it; the others show the place. */
static void keep_messages(char *said, char messages[TEXT_SIZE])
{
	messages[0] = '\0';
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, NAME, strlen(NAME)) != 0)
			continue;
		append(messages, line + strlen(NAME));
		append(messages, "\n");
	}
}

static bool run_case(const struct broken *broken)
{
	char messages[TEXT_SIZE];
	char *said = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&said, &size);
	struct flat *flat = compile_text("f.yaml", broken->yaml, strlen(broken->yaml), stream);
	bool passed;

	assert_int_equal(fclose(stream), 0);
	keep_messages(said, messages);
	passed = !flat && *messages && strcmp(messages, broken->expected) == 0;
	if (!passed)
		print_error("%s: %s\n--- said\n%s--- expected\n%s", broken->title, flat ? "accepted" : "refused",
		        messages, broken->expected);
	free(said);
	free(flat);
	return passed;
}

/* P10 */
static void every_broken_configuration_is_refused_as_it_should_be(void **state)
{
	static struct broken broken;
	static char line[TEXT_SIZE];
	FILE *table = fopen(TABLE, "r");
	unsigned cases = 0;
	unsigned failed = 0;

	(void)state;
	assert_non_null(table);
	while (next_case(table, line, &broken)) {
		cases++;
		failed += !run_case(&broken);
	}
	(void)fclose(table);
	assert_int_equal(failed, 0);
	assert_true(cases >= CASES_LEAST);
}

/* Every message says what to write instead, in parentheses at its end. */
static void every_message_says_what_to_write_instead(void **state)
{
	char line[TEXT_SIZE];
	FILE *table = fopen(TABLE, "r");

	(void)state;
	assert_non_null(table);
	while (fgets(line, sizeof(line), table)) {
		if (strncmp(line, "-> ", 3) != 0)
			continue;
		if (!strstr(line, ")\n") || !strchr(line, '('))
			fail_msg("%s", line);
	}
	(void)fclose(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_broken_configuration_is_refused_as_it_should_be),
	        cmocka_unit_test(every_message_says_what_to_write_instead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
