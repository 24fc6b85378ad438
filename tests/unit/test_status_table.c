/* SPDX-License-Identifier: MIT
 *
 * The table that `feeddog status` prints, from JSON in memory: what it says, that it fits, and that no text in the file
 * can lead it astray.
 */
#include "cli/status_table.h"
#include "cli/json/json_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The table of a status, to be freed. */
static char *table_of(const char *json, enum running running, int64_t age_ms, bool colours)
{
	struct status_view view = {.running = running, .reading = STATUS_READ, .age_ms = age_ms};
	char *text = NULL;
	size_t length;

	view.document = json_open(json, strlen(json));
	assert_non_null(view.document);
	view.root = json_root(view.document);
	(void)json_text_of(view.root, "state", view.state, sizeof(view.state));
	FILE *out = open_memstream(&text, &length);
	assert_non_null(out);
	status_table(out, colours, &view);
	assert_int_equal(fclose(out), 0);
	json_close(view.document);
	return text;
}

static void assert_fits(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");
		if (length > 80)
			fail_msg("%zu columns: %.*s", length, (int)length, line);
		if (length > 0 && line[length - 1] == ' ')
			fail_msg("it ends in a blank: %.*s", (int)length, line);
	}
}

#define CHECK(name, kind, health, cause, detail)                                                                       \
	"{\"name\":\"" name "\",\"kind\":\"" kind "\",\"health\":\"" health "\",\"cause\":\"" cause                    \
	"\",\"detail\":" detail ",\"age_ms\":1200,\"took_ms\":3}"

static const char ordinary[] =
        "{\"version\":1,\"state\":\"recovering\",\"since_s\":75,\"feeding\":true,\"lease_ms\":225000,"
        "\"dog\":{\"device\":\"/dev/watchdog0\",\"identity\":\"Broadcom BCM2835 Watchdog timer\",\"timeout_s\":15,"
        "\"fed_ago_ms\":1500,\"feeds\":12},"
        "\"services\":{\"database\":{\"health\":\"up\",\"restarts\":0,\"checks\":[" CHECK("tcp", "tcp", "up", "ok",
                "0") "]},"
                     "\"web\":{\"health\":\"down\",\"restarts\":2,\"checks\":[" CHECK("http", "http", "down", "status",
                             "503") "]},"
                                    "\"app\":{\"health\":\"waiting\",\"restarts\":1,\"checks\":[]}},"
                                    "\"reboots\":{\"unsettled\":1,\"limit\":3},"
                                    "\"last_boot\":{\"cause\":\"letgo\",\"service\":\"web\",\"check\":\"http\"},"
                                    "\"helpers\":{\"checker\":{\"pid\":10,\"restarts\":0},\"actor\":{\"pid\":11,\"restarts\":2},"
                                    "\"led\":{\"pid\":0,\"restarts\":0}},"
                                    "\"culprit\":{\"service\":\"web\",\"check\":\"http\",\"cause\":\"status\"}}";

/* P14 */
static void test_it_says_how_the_board_is(void **state)
{
	char *text = table_of(ordinary, RUNNING_YES, 500, false);

	(void)state;
	assert_fits(text);
	assert_string_equal(text,
	        "recovering for 1m 15s, feeding (lease 3m 45s)\n"
	        "  because of web (check http)\n"
	        "  dog        /dev/watchdog0, Broadcom BCM2835 Watchdog timer, 15s, fed 2s ago\n"
	        "  last boot  let go of the dog, because of web (check http)\n"
	        "  reboots    1 of 3 used\n"
	        "  helpers    checker, actor (restarted 2x), led DOES NOT RUN\n"
	        "\n"
	        "SERVICE   HEALTH   LAST RESULT                                       AGE    TOOK\n"
	        "database  up\n"
	        "  tcp     up       connected                                        1.7s     3ms\n"
	        "web       down     restarted 2x\n"
	        "  http    down     http status 503                                  1.7s     3ms\n"
	        "app       waiting  for what it needs, restarted 1x\n");
	free(text);
}

/* P5 */
static void test_how_a_program_ended(void **state)
{
	static const struct {
		const char *fields, *wanted;
	} cases[] = {
	        {"\"restarts\":0,\"pid\":7,\"last_exit\":null", "door     up\n"},
	        {"\"restarts\":2,\"pid\":7,\"last_exit\":{\"cause\":\"signal\",\"detail\":9}",
	                "door     up       restarted 2x, last end: killed by signal 9 (Killed)\n"},
	        {"\"restarts\":0,\"pid\":null,\"last_exit\":{\"cause\":\"exit-code\",\"detail\":0}",
	                "door     up       ended: exit code 0\n"},
	        {"\"restarts\":0,\"pid\":null,\"last_exit\":{\"cause\":\"unknown\",\"detail\":0}",
	                "door     up       ended: nobody knows how\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char json[512];
		(void)snprintf(json, sizeof(json),
		        "{\"version\":1,\"state\":\"well\",\"services\":{\"door\":{\"health\":\"up\",%s,"
		        "\"checks\":[]}}}",
		        cases[i].fields);
		char *text = table_of(json, RUNNING_YES, 0, false);
		assert_fits(text);
		if (!strstr(text, cases[i].wanted))
			fail_msg("no '%s' in:\n%s", cases[i].wanted, text);
		free(text);
	}
}

/* P6, P14: a long fact goes on below instead of being cut off. */
static void test_uncounted_reboots_are_explained(void **state)
{
	static const char json[] =
	        "{\"version\":1,\"state\":\"hold\",\"services\":{},\"uncounted\":\"/var/lib/feeddog is on an overlay in "
	        "memory, which is lost at a reset (give feeddogd a --state-dir on a disk)\"}";
	char *text = table_of(json, RUNNING_YES, 0, false);

	(void)state;
	assert_fits(text);
	assert_non_null(strstr(text,
	        "  uncounted  /var/lib/feeddog is on an overlay in memory, which is lost at a\n"
	        "             reset (give feeddogd a --state-dir on a disk)\n"));
	free(text);
}

static void test_what_is_not_running_is_marked(void **state)
{
	char *text = table_of(ordinary, RUNNING_NO, 300000, false);

	(void)state;
	assert_fits(text);
	assert_non_null(strstr(text, "NOT RUNNING. The last that is known, 5m old:\nrecovering for 1m 15s\n"));
	assert_null(strstr(text, "feeding"));
	assert_null(strstr(text, "fed "));
	free(text);
}

static void test_a_stuck_actor_is_marked(void **state)
{
	char *text = table_of(ordinary, RUNNING_YES, STATUS_OLD_MS + 1, false);

	(void)state;
	assert_non_null(strstr(text, "The status is 5s old: feeddog-actor does not write it any more.\n"));
	free(text);
	text = table_of(ordinary, RUNNING_YES, STATUS_OLD_MS, false);
	assert_null(strstr(text, "does not write"));
	free(text);
}

static void test_letting_go_is_not_feeding(void **state)
{
	char *text =
	        table_of("{\"version\":1,\"state\":\"letgo\",\"since_s\":1,\"feeding\":false}", RUNNING_YES, 0, false);

	(void)state;
	assert_non_null(strstr(text, "letgo for 1s, NOT FEEDING\n"));
	assert_non_null(strstr(text, "the hardware will reset the board"));
	free(text);
}

static void test_only_what_is_not_well_has_a_culprit(void **state)
{
	char *text =
	        table_of("{\"version\":1,\"state\":\"well\",\"culprit\":{\"service\":\"web\"}}", RUNNING_YES, 0, false);

	(void)state;
	assert_null(strstr(text, "because of"));
	free(text);
	text = table_of("{\"version\":1,\"state\":\"doubt\",\"culprit\":{\"service\":\"web\",\"check\":null}}",
	        RUNNING_YES, 0, false);
	assert_non_null(strstr(text, "because of web\n"));
	free(text);
	text = table_of(
	        "{\"version\":1,\"state\":\"doubt\",\"culprit\":{\"service\":\"null\"}}", RUNNING_YES, 0, false);
	assert_non_null(strstr(text, "because of null\n"));
	free(text);
}

static void test_colours_take_no_room(void **state)
{
	char *plain = table_of(ordinary, RUNNING_YES, 0, false);
	char *coloured = table_of(ordinary, RUNNING_YES, 0, true);
	char *to = coloured;

	(void)state;
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(coloured, "\033[1;31mrecovering\033[0m for"));
	for (const char *from = coloured; *from;) {
		if (*from == '\033')
			from += strcspn(from, "m") + 1;
		else
			*to++ = *from++;
	}
	*to = '\0';
	assert_string_equal(plain, coloured);
	free(plain);
	free(coloured);
}

static void test_the_longest_names_and_words_fit(void **state)
{
	char *text = table_of("{\"version\":1,\"state\":\"doubt\",\"services\":{\"a234567890123456789012345678901\":"
	                      "{\"health\":\"unknown\",\"restarts\":123456789,\"checks\":[" CHECK(
	                              "b234567890123456789012345678901", "http", "unknown", "body",
	                              "200") "," CHECK("c", "command", "unknown", "exit-code", "1234567890") "]}}}",
	        RUNNING_YES, 86399000, false);

	(void)state;
	assert_fits(text);
	assert_non_null(strstr(text, "body does not mat.. "));
	/* It would fill its column to the last place, and touch the next. */
	assert_non_null(strstr(text, "exit code 1234567.. "));
	free(text);
}

/* Nothing in the file has to be as it should; each must give some table that fits, without a byte that moves a cursor. */
static void test_a_hostile_file_does_no_harm(void **state)
{
	static const char *const files[] = {
	        "{}",
	        "{\"state\":[],\"services\":[],\"dog\":3,\"helpers\":\"x\",\"reboots\":null,\"last_boot\":[[]]}",
	        "{\"state\":{\"a\":1},\"since_s\":\"soon\",\"lease_ms\":1e99,\"feeding\":\"yes\"}",
	        "{\"state\":\"well\",\"since_s\":99999999999999999999999999,\"lease_ms\":-5,\"feeding\":true}",
	        "{\"state\":\"well\",\"reason\":\"\\u001b[2J\\u0007\\u009b31m\\u007f\\r\\n\"}",
	        "{\"state\":\"\\u001b]0;x\\u0007\",\"culprit\":{\"service\":\"\\u001b[1m\"}}",
	        "{\"state\":\"well\",\"services\":{\"a\":1,\"b\":[],\"c\":{\"checks\":{\"x\":1}},\"d\":{\"checks\":[1,[],null]}}}",
	        "{\"state\":\"well\",\"services\":{\"\\u001b\":{\"health\":\"\\u001b\",\"checks\":[{\"name\":\"\\u001b\"}]}}}",
	        "{\"state\":\"well\",\"services\":{\"a\":{\"checks\":[{\"cause\":\"signal\",\"detail\":2147483648}]}}}",
	        "{\"state\":\"well\",\"services\":{\"a\":{\"checks\":[{\"cause\":\"old\",\"detail\":-2147483648,\"age_ms\":1e300}]}}}",
	        "{\"state\":\"well\",\"helpers\":{\"led\":{\"pid\":\"x\",\"restarts\":9223372036854775807}}}",
	        ("{\"state\":\"\",\"dog\":{\"device\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *text = table_of(files[i], RUNNING_YES, 0, false);
		for (const char *at = text; *at; at++)
			if (((unsigned char)*at < 0x20 && *at != '\n') || *at == 0x7f)
				fail_msg("file %zu: byte %02x", i, (unsigned)*at);
		free(text);
	}
}

static void test_what_is_no_json_object_is_refused(void **state)
{
	static const char *const files[] = {"", " ", "{", "{\"a\":", "[]", "3", "null", "\"text\"", "{\"a\":1",
	        "{a: b}", "- x", "{\"a\":\"\\ud800\"", "\x00\x01", "%YAML 1.2\n---\na: b", "{}\"boot\"", "{} {}", "{},",
	        "{\"a\":01}", "{\"a\":+1}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":yes}", "{\"a\":1,}", "{'a':1}",
	        "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\" 1}", "{\"a\":[1}"};
	static const char *const whole[] = {"{}", " {\n} ",
	        "{\"a\":-0.5e+9,\"b\":[true,false,null,[]],\"c\":{\"\":\"\"}}", "{\"a\":\"\\u00e4\\\\\\\"\"}"};
	char deep[5000];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fy_document *document = json_open(files[i], strlen(files[i]));
		if (document)
			fail_msg("taken for an object: %s", files[i]);
	}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		struct fy_document *document = json_open(whole[i], strlen(whole[i]));
		assert_non_null(document);
		json_close(document);
	}
	memset(deep, '[', sizeof(deep));
	assert_null(json_open(deep, sizeof(deep)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_it_says_how_the_board_is),
	        cmocka_unit_test(test_how_a_program_ended),
	        cmocka_unit_test(test_uncounted_reboots_are_explained),
	        cmocka_unit_test(test_what_is_not_running_is_marked),
	        cmocka_unit_test(test_a_stuck_actor_is_marked),
	        cmocka_unit_test(test_letting_go_is_not_feeding),
	        cmocka_unit_test(test_only_what_is_not_well_has_a_culprit),
	        cmocka_unit_test(test_colours_take_no_room),
	        cmocka_unit_test(test_the_longest_names_and_words_fit),
	        cmocka_unit_test(test_a_hostile_file_does_no_harm),
	        cmocka_unit_test(test_what_is_no_json_object_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
