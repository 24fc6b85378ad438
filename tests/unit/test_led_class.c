/* SPDX-License-Identifier: MIT
 *
 * LEDs of the kernel's LED class, played by files in a folder of the test's own.
 */
#include "os/hardware/led_class.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void path_of(char path[512], const char *root, const char *file)
{
	assert_true(snprintf(path, 512, "%s/act/%s", root, file) < 512);
}

static void write_text(const char *root, const char *file, const char *text)
{
	char path[512];

	path_of(path, root, file);
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
}

/* The first line; sysfs takes each write as a whole, a file keeps what lies behind it. */
static void assert_line(const char *root, const char *file, const char *wanted)
{
	char path[512];
	char line[128] = "";

	path_of(path, root, file);
	FILE *stream = fopen(path, "r");
	assert_non_null(stream);
	assert_non_null(fgets(line, sizeof(line), stream));
	assert_int_equal(fclose(stream), 0);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, wanted);
}

static void remove_file(const char *root, const char *file)
{
	char path[512];

	path_of(path, root, file);
	(void)unlink(path);
}

static int make_led(void **state)
{
	const char *base = getenv("TMPDIR");
	char path[512];

	assert_true(snprintf(path, sizeof(path), "%s/leds.XXXXXX", base ? base : "/tmp") < 500);
	assert_non_null(mkdtemp(path));
	char *root = strdup(path);
	assert_non_null(root);
	assert_int_equal(mkdir(strcat(path, "/act"), 0700), 0);
	write_text(root, "brightness", "1\n");
	write_text(root, "max_brightness", "255\n");
	write_text(root, "trigger", "none usb-gadget [mmc0] timer\n");
	*state = root;
	return 0;
}

static int remove_led(void **state)
{
	char *root = *state;
	char path[512];

	remove_file(root, "brightness");
	remove_file(root, "max_brightness");
	remove_file(root, "trigger");
	path_of(path, root, "");
	(void)rmdir(path);
	(void)rmdir(root);
	free(root);
	return 0;
}

static void test_it_is_taken_dark_and_given_back(void **state)
{
	const char *root = *state;
	struct led_class led;

	assert_int_equal(led_class_open(&led, root, "act"), 0);
	assert_line(root, "trigger", "none");
	assert_line(root, "brightness", "0");
	assert_int_equal(led_class_set(&led, true), 0);
	assert_line(root, "brightness", "255");
	assert_int_equal(led_class_set(&led, false), 0);
	assert_line(root, "brightness", "0");
	assert_int_equal(led_class_set(&led, true), 0);
	led_class_close(&led);
	assert_line(root, "brightness", "0");
	assert_line(root, "trigger", "mmc0");
}

static void test_a_led_without_a_trigger_in_use_keeps_none(void **state)
{
	const char *root = *state;
	struct led_class led;

	write_text(root, "trigger", "[none] mmc0\n");
	assert_int_equal(led_class_open(&led, root, "act"), 0);
	led_class_close(&led);
	assert_line(root, "trigger", "none");
}

static void test_a_kernel_without_triggers_will_do(void **state)
{
	const char *root = *state;
	struct led_class led;

	remove_file(root, "trigger");
	assert_int_equal(led_class_open(&led, root, "act"), 0);
	assert_int_equal(led_class_set(&led, true), 0);
	assert_line(root, "brightness", "255");
	led_class_close(&led);
}

static void test_a_garbled_brightness_limit_reads_as_on_or_off(void **state)
{
	const char *root = *state;
	struct led_class led;

	write_text(root, "max_brightness", "many\n");
	assert_int_equal(led_class_open(&led, root, "act"), 0);
	assert_int_equal(led_class_set(&led, true), 0);
	assert_line(root, "brightness", "1");
	led_class_close(&led);
}

static void test_a_trigger_list_that_makes_no_sense_is_left_alone(void **state)
{
	static const char *const lists[] = {"[", "]", "[]", "", "][", "[none", "none]",
	        "[a-name-that-is-far-too-long-to-be-a-trigger-a-name-that-is-far-too-long-to-be-a-trigger]"};
	const char *root = *state;
	struct led_class led;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		write_text(root, "trigger", lists[i]);
		assert_int_equal(led_class_open(&led, root, "act"), 0);
		assert_string_equal(led.trigger, "");
		led_class_close(&led);
	}
}

static void test_what_is_not_there_is_said(void **state)
{
	const char *root = *state;
	struct led_class led;

	assert_int_equal(led_class_open(&led, root, "nope"), -ENOENT);
	assert_int_equal(led_class_open(&led, "/nowhere", "act"), -ENOENT);
	remove_file(root, "brightness");
	assert_int_equal(led_class_open(&led, root, "act"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_it_is_taken_dark_and_given_back, make_led, remove_led),
	        cmocka_unit_test_setup_teardown(test_a_led_without_a_trigger_in_use_keeps_none, make_led, remove_led),
	        cmocka_unit_test_setup_teardown(test_a_kernel_without_triggers_will_do, make_led, remove_led),
	        cmocka_unit_test_setup_teardown(
	                test_a_garbled_brightness_limit_reads_as_on_or_off, make_led, remove_led),
	        cmocka_unit_test_setup_teardown(
	                test_a_trigger_list_that_makes_no_sense_is_left_alone, make_led, remove_led),
	        cmocka_unit_test_setup_teardown(test_what_is_not_there_is_said, make_led, remove_led),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
