/* SPDX-License-Identifier: MIT
 *
 * One GPIO line as an output, by libgpiod 2.
 */
#include "gpio.h"

#include <dirent.h>
#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gpio_line {
	struct gpiod_line_request *request;
	unsigned offset;
};

static bool is_called(struct gpiod_chip *chip, const char *text)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
	bool same = info &&
	        (strcmp(text, gpiod_chip_info_get_name(info)) == 0 ||
	                strcmp(text, gpiod_chip_info_get_label(info)) == 0);

	gpiod_chip_info_free(info);
	return same;
}

/* Whether this chip has the line; its offset then. */
static bool has_line(struct gpiod_chip *chip, const struct gpio_place *place, unsigned *offset)
{
	if (place->chip) {
		*offset = place->offset;
		return is_called(chip, place->chip);
	}
	int found = gpiod_chip_get_line_offset_from_name(chip, place->name);
	if (found < 0)
		return false;
	*offset = (unsigned)found;
	return true;
}

/* Looks at every chip in /dev. Where none has the line, a chip that could not be opened is the likelier reason. */
static int search(const struct gpio_place *place, struct gpiod_chip **chip, unsigned *offset)
{
	int error = place->chip ? -ENODEV : -ENOENT;
	DIR *dev = opendir("/dev");
	if (!dev)
		return -errno;
	*chip = NULL;
	/* cppcheck-suppress readdirCalled ; this stream is ours alone */
	for (struct dirent *entry = readdir(dev); entry && !*chip; entry = readdir(dev)) {
		char path[sizeof("/dev/") + sizeof(entry->d_name)];
		(void)snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		if (strncmp(entry->d_name, "gpiochip", strlen("gpiochip")) != 0 || !gpiod_is_gpiochip_device(path))
			continue;
		*chip = gpiod_chip_open(path);
		if (!*chip) {
			error = -errno;
		} else if (!has_line(*chip, place, offset)) {
			gpiod_chip_close(*chip);
			*chip = NULL;
		}
	}
	(void)closedir(dev);
	return *chip ? 0 : error;
}

static int find_chip(const struct gpio_place *place, struct gpiod_chip **chip, unsigned *offset)
{
	if (!place->chip || place->chip[0] != '/')
		return search(place, chip, offset);
	*offset = place->offset;
	*chip = gpiod_chip_open(place->chip);
	if (*chip)
		return 0;
	return errno == ENOENT ? -ENODEV : -errno;
}

/* Asks the chip for the line as an output, dark. NULL: errno says why. */
static struct gpiod_line_request *request_line(struct gpiod_chip *chip, unsigned offset, bool active_low)
{
	struct gpiod_line_request *request = NULL;
	struct gpiod_line_settings *settings = gpiod_line_settings_new();
	struct gpiod_line_config *lines = gpiod_line_config_new();
	struct gpiod_request_config *config = gpiod_request_config_new();

	if (settings && lines && config &&
	        gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT) == 0 &&
	        gpiod_line_settings_set_output_value(settings, GPIOD_LINE_VALUE_INACTIVE) == 0) {
		gpiod_line_settings_set_active_low(settings, active_low);
		gpiod_request_config_set_consumer(config, "feeddog");
		if (gpiod_line_config_add_line_settings(lines, &offset, 1, settings) == 0)
			request = gpiod_chip_request_lines(chip, config, lines);
	}
	int error = errno;
	gpiod_request_config_free(config);
	gpiod_line_config_free(lines);
	gpiod_line_settings_free(settings);
	errno = error;
	return request;
}

static void name_user(struct gpiod_chip *chip, unsigned offset, char user[GPIO_USER_SIZE])
{
	struct gpiod_line_info *info = gpiod_chip_get_line_info(chip, offset);
	const char *consumer = info ? gpiod_line_info_get_consumer(info) : NULL;

	if (consumer)
		(void)snprintf(user, GPIO_USER_SIZE, "%s", consumer);
	gpiod_line_info_free(info);
}

int gpio_open(const struct gpio_place *place, struct gpio_line **line, char user[GPIO_USER_SIZE])
{
	struct gpiod_chip *chip;
	struct gpio_line *opened = malloc(sizeof(*opened));

	user[0] = '\0';
	if (!opened)
		return -ENOMEM;
	int error = find_chip(place, &chip, &opened->offset);
	if (error)
		goto free_line;
	opened->request = request_line(chip, opened->offset, place->active_low);
	error = opened->request ? 0 : -errno;
	if (error == -EBUSY)
		name_user(chip, opened->offset, user);
	/* The request has a descriptor of its own. */
	gpiod_chip_close(chip);
	if (error)
		goto free_line;
	*line = opened;
	return 0;
free_line:
	free(opened);
	return error;
}

int gpio_set(struct gpio_line *line, bool lit)
{
	enum gpiod_line_value value = lit ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;

	return gpiod_line_request_set_value(line->request, line->offset, value) == 0 ? 0 : -errno;
}

void gpio_close(struct gpio_line *line)
{
	gpiod_line_request_release(line->request);
	free(line);
}
