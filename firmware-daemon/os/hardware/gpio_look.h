/* SPDX-License-Identifier: MIT
 *
 * Thin: looking at a GPIO line without taking it, by the kernel's own interface, which is the same for all releases of
 * libgpiod.
 */
#ifndef FEEDDOG_OS_GPIO_LOOK_H
#define FEEDDOG_OS_GPIO_LOOK_H

#include <stdint.h>

enum gpio_seen { GPIO_FREE, GPIO_USED, GPIO_ABSENT, GPIO_HIDDEN };

struct gpio_sight {
	char chip[40]; /* its label */
	char user[40]; /* of a line that is used */
	uint32_t line;
};

/* By its name, or, where that is "", by the chip's label, name or path and its number there. */
enum gpio_seen gpio_look(const char *root, const char *chip, const char *name, uint32_t line, struct gpio_sight *sight);

#endif
