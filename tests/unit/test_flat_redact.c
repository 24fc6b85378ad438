/* SPDX-License-Identifier: MIT
 *
 * What the checker and the LED program may read of the configuration.
 */
#include "config/flat_redact.h"

#include "compiler/compile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char yaml[] = "led: {gpio: {chip: the-chip, line: 1}}\n"
                           "ladder: {reboot: [/sbin/reboot, SECRET-REBOOT]}\n"
                           "services:\n"
                           "  web:\n"
                           "    checks:\n"
                           "      - {http: \"http://a/CHECK\", headers: {Authorization: CHECK}}\n"
                           "      - {command: [/bin/true, CHECK]}\n"
                           "    restart: [/bin/x, SECRET-RESTART]\n"
                           "    start: [/bin/z, SECRET-START]\n"
                           "  door:\n"
                           "    run: [/bin/w, SECRET-RUN]\n"
                           "alerts:\n"
                           "  - {url: \"http://a/SECRET-URL\"}\n"
                           "  - {command: [/bin/tell, SECRET-COMMAND]}\n"
                           "  - {heartbeat: \"http://a/SECRET-HEARTBEAT\"}\n";

static bool holds(const struct flat *flat, const char *text)
{
	return memmem(flat, flat->size, text, strlen(text)) != NULL;
}

static struct flat *make(enum flat_reader reader)
{
	struct flat *flat = compile_text("f.yaml", yaml, strlen(yaml), stderr);
	const char *why = "";

	assert_non_null(flat);
	assert_int_equal(flat_redact(flat, reader), 0);
	if (!flat_verify(flat, flat->size, &why))
		fail_msg("%s", why);
	return flat;
}

/* P18: the checker reads its checks, and nothing of what only the actor needs. */
static void test_the_checker_reads_its_checks(void **state)
{
	struct flat *flat = make(READER_CHECKER);
	(void)state;

	assert_false(holds(flat, "SECRET"));
	assert_string_equal(flat_text(flat, flat_checks(flat)[0].url), "http://a/CHECK");
	assert_string_equal(flat_argument(flat, flat_checks(flat)[0].headers, 0), "Authorization: CHECK");
	assert_string_equal(flat_argument(flat, flat_checks(flat)[1].command, 1), "CHECK");
	assert_string_equal(flat_service_name(flat, 0), "web");
	assert_string_equal(flat_argument(flat, flat_services(flat)[0].restart, 1), "");
	free(flat);
}

/* P18: the LED program reads where its LED is. */
static void test_the_led_reads_where_it_is(void **state)
{
	struct flat *flat = make(READER_LED);
	(void)state;

	assert_false(holds(flat, "SECRET"));
	assert_false(holds(flat, "CHECK"));
	assert_string_equal(flat_text(flat, flat->led.chip), "the-chip");
	free(flat);
}

/* P18: what is not wiped is the same for all. */
static void test_the_actor_reads_all(void **state)
{
	struct flat *whole = make(READER_ALL);
	struct flat *part = make(READER_CHECKER);
	(void)state;

	assert_true(holds(whole, "SECRET-URL"));
	assert_int_equal(whole->size, part->size);
	assert_memory_equal(whole, part, whole->pool_at);
	free(whole);
	free(part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_checker_reads_its_checks),
	        cmocka_unit_test(test_the_led_reads_where_it_is),
	        cmocka_unit_test(test_the_actor_reads_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
