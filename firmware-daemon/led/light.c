/* SPDX-License-Identifier: MIT
 *
 * The configured LED.
 */
#include "light.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void say_line(char what[], size_t size, const struct gpio_place *place)
{
	if (place->chip)
		(void)snprintf(what, size, "line %u of GPIO chip %s", place->offset, place->chip);
	else
		(void)snprintf(what, size, "GPIO line %s", place->name);
}

static void say_why(char why[LIGHT_WHY_SIZE], const struct gpio_place *place, int error, const char *user)
{
	char what[96];

	say_line(what, sizeof(what), place);
	switch (-error) {
	case EBUSY:
		(void)snprintf(why, LIGHT_WHY_SIZE,
		        "%s is in use by %s: free it or choose another (`gpioinfo` lists them)", what,
		        user[0] ? user : "another program");
		break;
	case ENOENT:
		(void)snprintf(why, LIGHT_WHY_SIZE, "no chip has a %s (`gpioinfo` lists the lines)", what);
		break;
	case ENODEV:
		(void)snprintf(why, LIGHT_WHY_SIZE, "%s: there is no such chip (`gpiodetect` lists them)", what);
		break;
	case EINVAL:
		(void)snprintf(why, LIGHT_WHY_SIZE, "%s: the chip has no such line (`gpioinfo` lists them)", what);
		break;
	case EACCES:
	case EPERM:
		(void)snprintf(why, LIGHT_WHY_SIZE,
		        "%s: permission denied: run as root, or as a member of the group of /dev/gpiochip*", what);
		break;
	default:
		(void)snprintf(why, LIGHT_WHY_SIZE, "%s: %s", what, strerror(-error));
		break;
	}
}

static int open_line(struct light *light, const struct gpio_place *place, char why[LIGHT_WHY_SIZE])
{
	char user[GPIO_USER_SIZE];

	int error = gpio_open(place, &light->line, user);
	if (error)
		say_why(why, place, error, user);
	return error;
}

static int open_class(struct light *light, const char *name, char why[LIGHT_WHY_SIZE])
{
	int error = led_class_open(&light->led, LED_CLASS_ROOT, name);

	if (error == -ENOENT)
		(void)snprintf(why, LIGHT_WHY_SIZE, "there is no LED %s (`ls " LED_CLASS_ROOT "` lists them)", name);
	else if (error)
		(void)snprintf(why, LIGHT_WHY_SIZE, "LED %s: %s", name, strerror(-error));
	return error;
}

int light_open(struct light *light, const struct flat *flat, char why[LIGHT_WHY_SIZE])
{
	const struct led_spec *spec = &flat->led;
	const char *name = flat_text(flat, spec->name);
	struct gpio_place place = {.active_low = spec->active_low};
	int error = 0;

	*light = (struct light){.kind = LED_NONE};
	switch ((enum led_kind)spec->kind) {
	case LED_NONE:
		break;
	case LED_GPIO_NAME:
		place.name = name;
		error = open_line(light, &place, why);
		break;
	case LED_GPIO_LINE:
		place.chip = flat_text(flat, spec->chip);
		place.offset = spec->line;
		error = open_line(light, &place, why);
		break;
	case LED_CLASS:
		error = open_class(light, name, why);
		break;
	}
	if (!error)
		light->kind = (enum led_kind)spec->kind;
	return error;
}

static int set(const struct light *light, bool lit)
{
	switch (light->kind) {
	case LED_NONE:
		break;
	case LED_GPIO_NAME:
	case LED_GPIO_LINE:
		return gpio_set(light->line, lit);
	case LED_CLASS:
		return led_class_set(&light->led, lit);
	}
	return 0;
}

int light_set(struct light *light, bool lit)
{
	if (lit == light->lit)
		return 0;
	int error = set(light, lit);
	if (!error)
		light->lit = lit;
	return error;
}

void light_close(struct light *light)
{
	/* Dark first: most drivers keep the level when the line is given back. */
	int error = light_set(light, false);

	(void)error;
	switch (light->kind) {
	case LED_NONE:
		break;
	case LED_GPIO_NAME:
	case LED_GPIO_LINE:
		gpio_close(light->line);
		break;
	case LED_CLASS:
		led_class_close(&light->led);
		break;
	}
	light->kind = LED_NONE;
}
