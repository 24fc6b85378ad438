/* SPDX-License-Identifier: MIT
 *
 * actor/helper_log: what a helper prints is marked, escaped and bounded.
 */
#include "actor/helper_log.h"

#include "os/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW_MS = 1000000 };

static struct helper_log helper;
static int print[2];
static FILE *shown;
static char text[65536];

/* Standard error is a file for as long as lines are logged. */
static void logged(void (*what)(struct helper_log *, int64_t), int64_t now_ms)
{
	int saved = dup(STDERR_FILENO);

	fflush(shown);
	dup2(fileno(shown), STDERR_FILENO);
	log_open("test");
	what(&helper, now_ms);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(shown);
	text[fread(text, 1, sizeof(text) - 1, shown)] = '\0';
}

static void say(const char *bytes, size_t size, int64_t now_ms)
{
	assert_int_equal(write(print[1], bytes, size), size);
	logged(helper_log_read, now_ms);
}

static void step(int64_t now_ms)
{
	logged(helper_log_step, now_ms);
}

static int begin(void **state)
{
	(void)state;
	shown = tmpfile();
	memset(text, 0, sizeof(text));
	if (!shown || pipe(print) != 0)
		return -1;
	helper_log_begin(&helper, print[0], "checker", NOW_MS);
	return 0;
}

static int end(void **state)
{
	(void)state;
	close(print[0]);
	close(print[1]);
	return fclose(shown);
}

/* P18: no line of a helper looks like one of feeddogd, and none drives a terminal. */
static void test_lines_are_marked(void **state)
{
	static const char forged[] = "<3>event=reboot service=web\033]0;x\007\nplain\n<0>loud\n";
	(void)state;

	say(forged, sizeof(forged) - 1, NOW_MS);
	assert_string_equal(text,
	        "<3>event=output from=checker text=\"event=reboot service=web\\x1b]0;x\\x07\"\n"
	        "<6>event=output from=checker text=plain\n"
	        "<3>event=output from=checker text=loud\n");
}

/* P18: a flood is cut to a burst and then some lines a second; the rest is counted, and it is read slowly. */
static void test_a_flood_is_bounded(void **state)
{
	static char flood[4000];
	size_t lines = 0;
	(void)state;

	memset(flood, '\n', sizeof(flood));
	for (size_t i = 0; i < sizeof(flood); i += 2)
		flood[i] = 'x';
	say(flood, sizeof(flood), NOW_MS);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, HELPER_LINE_BURST);
	assert_int_equal(helper_log_rest_ms(&helper, NOW_MS), HELPER_REST_MS);
	say("last\n", 5, NOW_MS + 10 * HELPER_LINE_EACH_MS);
	assert_non_null(strstr(text, "event=output from=checker suppressed=1980\n"));
	assert_non_null(strstr(text, "text=last\n"));
	assert_int_equal(helper_log_rest_ms(&helper, NOW_MS + 10 * HELPER_LINE_EACH_MS), 0);
}

/* P18: how much was left out is said when a helper falls silent, though no line follows, once */
static void test_silence_after_a_flood(void **state)
{
	static char flood[400];
	(void)state;

	memset(flood, '\n', sizeof(flood));
	for (size_t i = 0; i < sizeof(flood); i += 2)
		flood[i] = 'x';
	assert_int_equal(helper_log_wait_ms(&helper, NOW_MS), -1);
	say(flood, sizeof(flood), NOW_MS);
	assert_int_equal(helper_log_wait_ms(&helper, NOW_MS + 1), HELPER_QUIET_MS - 1);
	step(NOW_MS + HELPER_QUIET_MS - 1);
	assert_null(strstr(text, "suppressed"));
	step(NOW_MS + HELPER_QUIET_MS);
	assert_non_null(strstr(text, "event=output from=checker suppressed=180\n"));
	assert_int_equal(helper_log_wait_ms(&helper, NOW_MS + HELPER_QUIET_MS), -1);
}

/* P18: a line without an end takes a bounded memory, and is cut. */
static void test_a_long_line_is_cut(void **state)
{
	static char line[4001];
	(void)state;

	memset(line, 'x', sizeof(line));
	line[4000] = '\n';
	say(line, sizeof(line), NOW_MS);
	assert_non_null(strstr(text, "xxx...\n"));
	assert_true(strlen(text) < LOG_LINE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_lines_are_marked, begin, end),
	        cmocka_unit_test_setup_teardown(test_a_flood_is_bounded, begin, end),
	        cmocka_unit_test_setup_teardown(test_silence_after_a_flood, begin, end),
	        cmocka_unit_test_setup_teardown(test_a_long_line_is_cut, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
