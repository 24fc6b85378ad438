/* SPDX-License-Identifier: MIT
 *
 * Looking at GPIO lines.
 */
#include "gpio_look.h"

#include "os/storage/root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CHIPS_LAST = 32 };

static bool is_chip(const struct gpiochip_info *info, const char *wanted)
{
	const char *slash = strrchr(wanted, '/');

	return strcmp(info->label, wanted) == 0 || strcmp(info->name, slash ? slash + 1 : wanted) == 0;
}

static enum gpio_seen look_at(int fd, uint32_t line, const char *name, struct gpio_sight *sight)
{
	struct gpio_v2_line_info info = {.offset = line};

	if (ioctl(fd, GPIO_V2_GET_LINEINFO_IOCTL, &info) < 0 || (*name && strcmp(info.name, name) != 0))
		return GPIO_ABSENT;
	sight->line = line;
	snprintf(sight->user, sizeof(sight->user), "%s", info.consumer[0] ? info.consumer : "the kernel");
	return info.flags & GPIO_V2_LINE_FLAG_USED ? GPIO_USED : GPIO_FREE;
}

static enum gpio_seen look_in(int fd, const char *chip, const char *name, uint32_t line, struct gpio_sight *sight)
{
	struct gpiochip_info info;
	enum gpio_seen seen = GPIO_ABSENT;

	memset(&info, 0, sizeof(info));
	if (ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, &info) < 0)
		return GPIO_ABSENT;
	snprintf(sight->chip, sizeof(sight->chip), "%s", info.label);
	if (!*name)
		return is_chip(&info, chip) ? look_at(fd, line, "", sight) : GPIO_ABSENT;
	for (uint32_t i = 0; i < info.lines && seen == GPIO_ABSENT; i++)
		seen = look_at(fd, i, name, sight);
	return seen;
}

enum gpio_seen gpio_look(const char *root, const char *chip, const char *name, uint32_t line, struct gpio_sight *sight)
{
	bool hidden = false;

	for (int i = 0; i < CHIPS_LAST; i++) {
		char path[32], whole[ROOT_PATH_SIZE];
		enum gpio_seen seen;
		int fd;

		snprintf(path, sizeof(path), "/dev/gpiochip%d", i);
		fd = open(root_path(root, path, whole), O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			hidden = hidden || errno == EACCES;
			continue;
		}
		seen = look_in(fd, chip, name, line, sight);
		close(fd);
		if (seen != GPIO_ABSENT)
			return seen;
	}
	return hidden ? GPIO_HIDDEN : GPIO_ABSENT;
}
