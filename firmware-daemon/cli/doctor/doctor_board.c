/* SPDX-License-Identifier: MIT
 *
 * The board and its LED.
 */
#include "doctor.h"

#include "os/hardware/gpio_look.h"
#include "os/storage/root_file.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static void look_at_class(struct doctor *doctor, const char *name)
{
	char path[256], trigger[1024];
	const char *chosen;

	snprintf(path, sizeof(path), "/sys/class/leds/%s", name);
	if (!root_exists(doctor->root, path)) {
		doctor_find(
		        doctor, "led", GRADE_WARNING, "ls /sys/class/leds", "there is no LED %s on this board", name);
		return;
	}
	snprintf(path, sizeof(path), "/sys/class/leds/%s/trigger", name);
	(void)root_read(doctor->root, path, trigger, sizeof(trigger));
	chosen = strchr(trigger, '[');
	doctor_find(doctor, "led", GRADE_OK, NULL, "the LED %s is there (its trigger is %.*s)", name,
	        chosen ? (int)strcspn(chosen + 1, "]") : 7, chosen ? chosen + 1 : "unknown");
}

static void look_at_line(struct doctor *doctor, const struct led_spec *led)
{
	const char *chip = led->kind == LED_GPIO_LINE ? flat_text(doctor->flat, led->chip) : "";
	const char *name = led->kind == LED_GPIO_NAME ? flat_text(doctor->flat, led->name) : "";
	struct gpio_sight sight;
	char what[160];

	if (led->kind == LED_GPIO_NAME)
		snprintf(what, sizeof(what), "the GPIO line %.60s", name);
	else
		snprintf(what, sizeof(what), "line %u of the GPIO chip %.60s", (unsigned)led->line, chip);
	switch (gpio_look(doctor->root, chip, name, led->line, &sight)) {
	case GPIO_FREE:
		doctor_find(doctor, "led", GRADE_OK, NULL, "%s is there and free (%s, line %u)", what, sight.chip,
		        sight.line);
		break;
	case GPIO_USED:
		if (strncmp(sight.user, "feeddog", 7) == 0)
			doctor_find(doctor, "led", GRADE_OK, NULL, "%s is feeddog's", what);
		else
			doctor_find(doctor, "led", GRADE_WARNING, "gpioinfo", "%s is used by %s", what, sight.user);
		break;
	case GPIO_ABSENT:
		doctor_find(doctor, "led", GRADE_WARNING, "gpioinfo", "%s is not on this board", what);
		break;
	case GPIO_HIDDEN:
		doctor_find(doctor, "led", GRADE_WARNING, "sudo feeddog doctor", "only root can look at %s", what);
		break;
	}
}

void doctor_look_at_board(struct doctor *doctor)
{
	const struct flat *flat = doctor->flat;

	if (!flat)
		return;
	if (strcmp(flat_text(flat, flat->board), "generic") == 0)
		doctor_find(doctor, "board", GRADE_OK, NULL,
		        "no file of " FEEDDOG_SHAREDIR "/boards fits this board, so that nothing is assumed of it");
	else
		doctor_find(doctor, "board", GRADE_OK, NULL, "this board is %s", flat_text(flat, flat->board));
	switch ((enum led_kind)flat->led.kind) {
	case LED_NONE:
		doctor_find(doctor, "led", GRADE_OK, NULL, "no LED is configured");
		break;
	case LED_CLASS:
		look_at_class(doctor, flat_text(flat, flat->led.name));
		break;
	case LED_GPIO_NAME:
	case LED_GPIO_LINE:
		look_at_line(doctor, &flat->led);
		break;
	}
}
