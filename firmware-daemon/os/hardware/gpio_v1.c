/* SPDX-License-Identifier: MIT
 *
 * One GPIO line as an output, by libgpiod 1.
 */
#include "gpio.h"

#include <errno.h>
#include <gpiod.h>
#include <stdio.h>

/* The library's own object: it also leads to its chip, so that nothing has to be kept beside it. */
static struct gpiod_line *own(struct gpio_line *line)
{
	return (struct gpiod_line *)line;
}

/* The library also has a call that guesses what a text means, but that takes a number for a chip. */
static struct gpiod_chip *open_chip(const char *chip)
{
	if (chip[0] == '/')
		return gpiod_chip_open(chip);
	struct gpiod_chip *found = gpiod_chip_open_by_name(chip);
	if (!found && errno == ENOENT)
		found = gpiod_chip_open_by_label(chip);
	return found;
}

static int find_line(const struct gpio_place *place, struct gpiod_line **line)
{
	if (!place->chip) {
		*line = gpiod_line_find(place->name);
		return *line ? 0 : -errno;
	}
	struct gpiod_chip *chip = open_chip(place->chip);
	if (!chip)
		return errno == ENOENT ? -ENODEV : -errno;
	*line = gpiod_chip_get_line(chip, place->offset);
	if (*line)
		return 0;
	int error = -errno;
	gpiod_chip_close(chip);
	return error;
}

int gpio_open(const struct gpio_place *place, struct gpio_line **line, char user[GPIO_USER_SIZE])
{
	const struct gpiod_line_request_config config = {
	        .consumer = "feeddog",
	        .request_type = GPIOD_LINE_REQUEST_DIRECTION_OUTPUT,
	        .flags = place->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0,
	};
	struct gpiod_line *found = NULL;

	user[0] = '\0';
	int error = find_line(place, &found);
	if (error)
		return error;
	if (gpiod_line_request(found, &config, 0) == 0) {
		*line = (struct gpio_line *)found;
		return 0;
	}
	error = -errno;
	const char *consumer = gpiod_line_consumer(found);
	if (error == -EBUSY && consumer)
		(void)snprintf(user, GPIO_USER_SIZE, "%s", consumer);
	gpiod_line_close_chip(found);
	return error;
}

int gpio_set(struct gpio_line *line, bool lit)
{
	return gpiod_line_set_value(own(line), lit) == 0 ? 0 : -errno;
}

void gpio_close(struct gpio_line *line)
{
	/* This releases the line too. */
	gpiod_line_close_chip(own(line));
}
