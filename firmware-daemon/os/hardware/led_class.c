/* SPDX-License-Identifier: MIT
 *
 * One LED of the kernel's LED class: /sys/class/leds/NAME/{trigger,brightness,max_brightness}.
 */
#include "led_class.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int put(int fd, const char *text)
{
	ssize_t written;

	do {
		written = pwrite(fd, text, strlen(text), 0);
	} while (written < 0 && errno == EINTR);
	return written < 0 ? -errno : 0;
}

static int shine(const struct led_class *led, unsigned brightness)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u\n", brightness);
	return put(led->brightness_fd, text);
}

/* The first `size` - 1 bytes of a file of a folder; "" where it cannot be read. */
static void get(int folder, const char *file, char text[], size_t size)
{
	int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

/* The trigger in use is the one in brackets: "none mmc0 [heartbeat] timer". */
static void chosen_trigger(const char *list, char trigger[LED_TRIGGER_SIZE])
{
	const char *open = strchr(list, '[');
	const char *end = open ? strchr(open, ']') : NULL;
	size_t length = end ? (size_t)(end - open) - 1 : 0;

	if (length >= LED_TRIGGER_SIZE)
		length = 0;
	if (length > 0)
		memcpy(trigger, open + 1, length);
	trigger[length] = '\0';
}

static int open_files(struct led_class *led, int folder)
{
	char text[4096];

	led->brightness_fd = openat(folder, "brightness", O_WRONLY | O_CLOEXEC);
	if (led->brightness_fd < 0)
		return -errno;
	get(folder, "max_brightness", text, sizeof(text));
	unsigned long most = strtoul(text, NULL, 10);
	led->brightness = most == 0 || most > 65535 ? 1 : (unsigned)most;
	get(folder, "trigger", text, sizeof(text));
	chosen_trigger(text, led->trigger);
	/* A kernel without LED triggers has no such file. */
	led->trigger_fd = openat(folder, "trigger", O_WRONLY | O_CLOEXEC);
	int error = led->trigger_fd < 0 && errno != ENOENT ? -errno : 0;
	if (led->trigger_fd >= 0)
		error = put(led->trigger_fd, "none\n");
	if (!error)
		error = shine(led, 0);
	if (error)
		led_class_close(led);
	return error;
}

int led_class_open(struct led_class *led, const char *root, const char *name)
{
	char path[512];

	int length = snprintf(path, sizeof(path), "%s/%s", root, name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	int error = open_files(led, folder);
	(void)close(folder);
	return error;
}

int led_class_set(const struct led_class *led, bool lit)
{
	return shine(led, lit ? led->brightness : 0);
}

void led_class_close(const struct led_class *led)
{
	/* Nobody is left to be told of an error. */
	(void)shine(led, 0);
	(void)close(led->brightness_fd);
	if (led->trigger_fd < 0)
		return;
	if (led->trigger[0] != '\0')
		(void)put(led->trigger_fd, led->trigger);
	(void)close(led->trigger_fd);
}
