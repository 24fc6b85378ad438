/* SPDX-License-Identifier: MIT
 *
 * The configured LED, on GPIO lines that the test plays: what is opened, when it is written, and what is said of it.
 */
#include "led/light.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A configuration's head with its strings behind it; "GPIO17" is at 1, "pinctrl" at 8. */
struct config {
	struct flat flat;
	char pool[16];
};

static struct config config_of(enum led_kind kind)
{
	struct config config = {.pool = "\0GPIO17\0pinctrl"};

	config.flat.pool_at = offsetof(struct config, pool);
	config.flat.pool_size = sizeof(config.pool);
	config.flat.led.kind = (uint8_t)kind;
	config.flat.led.name = 1;
	config.flat.led.chip = 8;
	config.flat.led.line = 5;
	return config;
}

/* What the played line is to do, and what was done to it. */
static struct {
	int open_error, set_error;
	const char *user;
	struct gpio_place opened;
	int sets, closes;
	bool lit;
} line;

int __wrap_gpio_open(const struct gpio_place *place, struct gpio_line **out, char user[GPIO_USER_SIZE]);
int __wrap_gpio_set(struct gpio_line *out, bool lit);
void __wrap_gpio_close(struct gpio_line *out);

int __wrap_gpio_open(const struct gpio_place *place, struct gpio_line **out, char user[GPIO_USER_SIZE])
{
	line.opened = *place;
	(void)strcpy(user, line.user ? line.user : "");
	*out = (struct gpio_line *)&line;
	return line.open_error;
}

int __wrap_gpio_set(struct gpio_line *out, bool lit)
{
	assert_ptr_equal(out, &line);
	line.sets++;
	if (!line.set_error)
		line.lit = lit;
	return line.set_error;
}

void __wrap_gpio_close(struct gpio_line *out)
{
	assert_ptr_equal(out, &line);
	line.closes++;
}

static int forget(void **state)
{
	(void)state;
	memset(&line, 0, sizeof(line));
	return 0;
}

static void test_a_line_is_found_by_its_name(void **state)
{
	struct config config = config_of(LED_GPIO_NAME);
	struct light light;
	char why[LIGHT_WHY_SIZE];

	(void)state;
	config.flat.led.active_low = 1;
	assert_int_equal(light_open(&light, &config.flat, why), 0);
	assert_null(line.opened.chip);
	assert_string_equal(line.opened.name, "GPIO17");
	assert_true(line.opened.active_low);
}

static void test_a_line_is_found_by_chip_and_number(void **state)
{
	struct config config = config_of(LED_GPIO_LINE);
	struct light light;
	char why[LIGHT_WHY_SIZE];

	(void)state;
	assert_int_equal(light_open(&light, &config.flat, why), 0);
	assert_string_equal(line.opened.chip, "pinctrl");
	assert_int_equal(line.opened.offset, 5);
	assert_false(line.opened.active_low);
}

static void test_it_is_written_only_when_it_changes(void **state)
{
	struct config config = config_of(LED_GPIO_NAME);
	struct light light;
	char why[LIGHT_WHY_SIZE];

	(void)state;
	assert_int_equal(light_open(&light, &config.flat, why), 0);
	assert_int_equal(light_set(&light, false), 0);
	assert_int_equal(line.sets, 0);
	assert_int_equal(light_set(&light, true), 0);
	assert_int_equal(light_set(&light, true), 0);
	assert_int_equal(line.sets, 1);
	assert_true(line.lit);
	assert_int_equal(light_set(&light, false), 0);
	assert_int_equal(line.sets, 2);
}

static void test_a_write_that_failed_is_made_again(void **state)
{
	struct config config = config_of(LED_GPIO_NAME);
	struct light light;
	char why[LIGHT_WHY_SIZE];

	(void)state;
	assert_int_equal(light_open(&light, &config.flat, why), 0);
	line.set_error = -ENODEV;
	assert_int_equal(light_set(&light, true), -ENODEV);
	line.set_error = 0;
	assert_int_equal(light_set(&light, true), 0);
	assert_int_equal(line.sets, 2);
}

static void test_it_is_dark_when_it_is_given_back(void **state)
{
	struct config config = config_of(LED_GPIO_NAME);
	struct light light;
	char why[LIGHT_WHY_SIZE];

	(void)state;
	assert_int_equal(light_open(&light, &config.flat, why), 0);
	assert_int_equal(light_set(&light, true), 0);
	light_close(&light);
	assert_false(line.lit);
	assert_int_equal(line.closes, 1);
	light_close(&light);
	assert_int_equal(line.closes, 1);
}

static void test_no_led_is_no_trouble(void **state)
{
	struct config config = config_of(LED_NONE);
	struct light light;
	char why[LIGHT_WHY_SIZE];

	(void)state;
	assert_int_equal(light_open(&light, &config.flat, why), 0);
	assert_int_equal(light_set(&light, true), 0);
	light_close(&light);
	assert_int_equal(line.sets + line.closes, 0);
}

/* Each sentence names the line, and what to do where something can be done. */
static void assert_said(enum led_kind kind, int error, const char *user, const char *what, const char *remedy)
{
	struct config config = config_of(kind);
	struct light light;
	char why[LIGHT_WHY_SIZE] = "";

	line.open_error = error;
	line.user = user;
	assert_int_equal(light_open(&light, &config.flat, why), error);
	if (!strstr(why, what) || !strstr(why, remedy))
		fail_msg("it said: %s", why);
	assert_int_equal(light.kind, LED_NONE);
	light_close(&light);
	assert_int_equal(line.closes, 0);
}

static void test_what_is_wrong_is_said(void **state)
{
	(void)state;
	assert_said(LED_GPIO_NAME, -EBUSY, "spi0 CS0", "GPIO line GPIO17 is in use by spi0 CS0", "gpioinfo");
	assert_said(LED_GPIO_NAME, -EBUSY, NULL, "in use by another program", "gpioinfo");
	assert_said(LED_GPIO_NAME, -ENOENT, NULL, "no chip has a GPIO line GPIO17", "gpioinfo");
	assert_said(LED_GPIO_LINE, -ENODEV, NULL, "line 5 of GPIO chip pinctrl", "gpiodetect");
	assert_said(LED_GPIO_LINE, -EINVAL, NULL, "line 5 of GPIO chip pinctrl", "gpioinfo");
	assert_said(LED_GPIO_NAME, -EACCES, NULL, "permission denied", "run as root");
	assert_said(LED_GPIO_NAME, -EIO, NULL, "GPIO17", "Input/output error");
}

static void test_an_led_that_is_not_there_is_said(void **state)
{
	struct config config = config_of(LED_CLASS);
	struct light light;
	char why[LIGHT_WHY_SIZE] = "";

	(void)state;
	assert_int_equal(light_open(&light, &config.flat, why), -ENOENT);
	assert_string_equal(why, "there is no LED GPIO17 (`ls /sys/class/leds` lists them)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(test_a_line_is_found_by_its_name, forget),
	        cmocka_unit_test_setup(test_a_line_is_found_by_chip_and_number, forget),
	        cmocka_unit_test_setup(test_it_is_written_only_when_it_changes, forget),
	        cmocka_unit_test_setup(test_a_write_that_failed_is_made_again, forget),
	        cmocka_unit_test_setup(test_it_is_dark_when_it_is_given_back, forget),
	        cmocka_unit_test_setup(test_no_led_is_no_trouble, forget),
	        cmocka_unit_test_setup(test_what_is_wrong_is_said, forget),
	        cmocka_unit_test_setup(test_an_led_that_is_not_there_is_said, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
