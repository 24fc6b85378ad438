/* SPDX-License-Identifier: MIT
 *
 * Thin: one GPIO line as an output, by libgpiod. The library's two major versions have no call in common, so there are two
 * files behind this header, gpio_v1.c and gpio_v2.c; the Makefile chooses. The line belongs to this process until
 * gpio_close(); what level it keeps afterwards is up to the chip's driver.
 */
#ifndef FEEDDOG_OS_GPIO_H
#define FEEDDOG_OS_GPIO_H

#include <stdbool.h>

struct gpio_line;

struct gpio_place {
	const char *chip; /* label, name or path; NULL: look for the line's name on every chip */
	const char *name; /* of the line, where `chip` is NULL */
	unsigned offset;  /* of the line on `chip` */
	bool active_low;  /* lit means a low level */
};

enum { GPIO_USER_SIZE = 32 };

/*
 * Opens the line as an output, dark. 0, or -errno: -ENODEV: there is no such chip, -ENOENT: no chip has a line of that
 * name, -EINVAL: the chip has no such offset, -EBUSY: another program or a driver has the line, and `user` says which,
 * where it can be told ("" otherwise).
 */
__attribute__((warn_unused_result)) int gpio_open(
        const struct gpio_place *place, struct gpio_line **line, char user[GPIO_USER_SIZE]);

/* 0 or -errno. */
__attribute__((warn_unused_result)) int gpio_set(struct gpio_line *line, bool lit);

void gpio_close(struct gpio_line *line);

#endif
