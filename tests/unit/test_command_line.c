/* SPDX-License-Identifier: MIT
 *
 * The command line: what is read, and the sentence for what cannot be.
 */
#include "cli/command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct subcommand table[] = {
        {"status", "", "", 0, 0, OPTION_BIT(OPTION_JSON), NULL},
        {"hold", "DURATION", "", 1, 1, OPTION_BIT(OPTION_REASON), NULL},
        {"probe", "[SERVICE]", "", 0, 1, 0, NULL},
};

/* One command line, read. */
struct reading {
	const struct subcommand *command;
	struct invocation invocation;
	char error[COMMAND_LINE_ERROR_SIZE];
	char *argv[16];
	char words[512];
};

/* Words are separated by one blank. */
static bool read_line(struct reading *reading, const char *line)
{
	int argc = 0;

	memset(reading, 0, sizeof(*reading));
	(void)strncpy(reading->words, line, sizeof(reading->words) - 1);
	for (char *word = strtok(reading->words, " "); word; word = strtok(NULL, " "))
		reading->argv[argc++] = word;
	return command_line_read(
	        argc, reading->argv, table, 3, &reading->command, &reading->invocation, reading->error);
}

static void assert_error(const char *line, const char *wanted)
{
	struct reading reading;

	assert_false(read_line(&reading, line));
	assert_string_equal(reading.error, wanted);
}

static void test_defaults(void **state)
{
	struct reading reading;

	(void)state;
	assert_true(read_line(&reading, "feeddog status"));
	assert_ptr_equal(reading.command, &table[0]);
	assert_string_equal(reading.invocation.config, FEEDDOG_SYSCONFDIR "/feeddog/feeddog.yaml");
	assert_string_equal(reading.invocation.run_dir, "/run/feeddog");
	assert_string_equal(reading.invocation.state_dir, "/var/lib/feeddog");
	assert_int_equal(reading.invocation.argument_count, 0);
}

static void test_options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
	        "feeddog -c a.yaml hold 5m --run-dir r --state-dir s --reason x",
	        "feeddog hold -ca.yaml --run-dir=r --state-dir=s --reason=x 5m",
	        "feeddog --config a.yaml --reason x --run-dir r hold --state-dir s -- 5m",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct reading reading;
		assert_true(read_line(&reading, lines[i]));
		assert_ptr_equal(reading.command, &table[1]);
		assert_string_equal(reading.invocation.config, "a.yaml");
		assert_string_equal(reading.invocation.run_dir, "r");
		assert_string_equal(reading.invocation.state_dir, "s");
		assert_string_equal(reading.invocation.values[OPTION_REASON], "x");
		assert_int_equal(reading.invocation.argument_count, 1);
		assert_string_equal(reading.invocation.arguments[0], "5m");
	}
}

static void test_a_lone_dash_and_what_follows_two_are_words(void **state)
{
	struct reading reading;

	(void)state;
	assert_true(read_line(&reading, "feeddog probe -"));
	assert_string_equal(reading.invocation.arguments[0], "-");
	assert_true(read_line(&reading, "feeddog probe -- --json"));
	assert_string_equal(reading.invocation.arguments[0], "--json");
	assert_null(reading.invocation.values[OPTION_JSON]);
}

static void test_help_needs_nothing_else_to_be_right(void **state)
{
	struct reading reading;

	(void)state;
	assert_true(read_line(&reading, "feeddog hold --help"));
	assert_ptr_equal(reading.command, &table[1]);
	assert_true(read_line(&reading, "feeddog -hV"));
	assert_null(reading.command);
	assert_non_null(reading.invocation.values[OPTION_HELP]);
	assert_non_null(reading.invocation.values[OPTION_VERSION]);
}

static void test_what_cannot_be_read_is_said(void **state)
{
	(void)state;
	assert_error("feeddog statsu", "unknown command statsu (did you mean status?)");
	assert_error("feeddog dance", "unknown command dance (`feeddog --help` lists them)");
	assert_error("feeddog status --jsno", "unknown option --jsno (did you mean --json?)");
	assert_error("feeddog status --run-dri=x", "unknown option --run-dri=x (did you mean --run-dir?)");
	assert_error("feeddog status --frobnicate", "unknown option --frobnicate (`feeddog --help` lists them)");
	assert_error("feeddog status -x", "unknown option -x (`feeddog --help` lists them)");
	assert_error("feeddog status --json=yes", "--json takes no value");
	assert_error("feeddog status --run-dir", "--run-dir needs a value: --run-dir DIR");
	assert_error("feeddog status -c", "--config needs a value: --config FILE");
	assert_error(
	        "feeddog status --reason x", "status takes no --reason (`feeddog status --help` lists its options)");
	assert_error("feeddog status now", "one word too many: now (feeddog status)");
	assert_error("feeddog probe a b", "one word too many: b (feeddog probe [SERVICE])");
	assert_error("feeddog hold", "hold needs to be told more: feeddog hold DURATION");
}

static void test_words_of_any_length_are_answered(void **state)
{
	struct reading reading;
	char line[400] = "feeddog status --";

	(void)state;
	memset(line + strlen(line), 'a', 300);
	assert_false(read_line(&reading, line));
	assert_int_equal(strlen(reading.error), COMMAND_LINE_ERROR_SIZE - 1);
	assert_true(read_line(&reading, "feeddog"));
	assert_null(reading.command);
}

static void test_every_option_has_its_words(void **state)
{
	(void)state;
	for (unsigned id = 0; id < OPTION_COUNT; id++) {
		assert_non_null(option_rules[id].name);
		assert_non_null(option_rules[id].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_defaults),
	        cmocka_unit_test(test_options_stand_anywhere),
	        cmocka_unit_test(test_a_lone_dash_and_what_follows_two_are_words),
	        cmocka_unit_test(test_help_needs_nothing_else_to_be_right),
	        cmocka_unit_test(test_what_cannot_be_read_is_said),
	        cmocka_unit_test(test_words_of_any_length_are_answered),
	        cmocka_unit_test(test_every_option_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
