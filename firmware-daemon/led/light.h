/* SPDX-License-Identifier: MIT
 *
 * Thin: the configured LED, whatever it is: a GPIO line by libgpiod, an LED of the kernel's LED class, or none.
 */
#ifndef FEEDDOG_LED_LIGHT_H
#define FEEDDOG_LED_LIGHT_H

#include "config/flat.h"
#include "os/hardware/gpio.h"
#include "os/hardware/led_class.h"

struct light {
	enum led_kind kind; /* LED_NONE: nothing is open */
	bool lit;
	struct gpio_line *line;
	struct led_class led;
};

enum { LIGHT_WHY_SIZE = 256 };

/* Opens it, dark. 0, or -errno with the reason and the remedy as a sentence in `why`. */
__attribute__((warn_unused_result)) int light_open(
        struct light *light, const struct flat *flat, char why[LIGHT_WHY_SIZE]);

/* Writes only where it changes something. 0 or -errno. */
__attribute__((warn_unused_result)) int light_set(struct light *light, bool lit);

/* Dark, and given back. */
void light_close(struct light *light);

#endif
