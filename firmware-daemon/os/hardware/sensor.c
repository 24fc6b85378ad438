/* SPDX-License-Identifier: MIT
 *
 * Reading temperatures.
 */
#include "sensor.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A whole number, and nothing else. */
static int parse(const char *text, int64_t *number)
{
	char *end;

	errno = 0;
	if (!isdigit((unsigned char)text[text[0] == '-']))
		return -EINVAL;
	*number = strtol(text, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : -EINVAL;
}

/* The beginning of a small file, without its newline. 0 or -errno. */
static int read_text(const char *path, char text[], size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	ssize_t length = read(fd, text, size - 1);
	int error = length < 0 ? -errno : 0;
	(void)close(fd);
	if (error)
		return error;
	if (length > 0 && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return 0;
}

static int read_value(const char *path, int64_t *thousandths)
{
	char text[32];
	int error = read_text(path, text, sizeof(text));

	return error ? error : parse(text, thousandths);
}

/* The device tree says cpu-thermal where hwmon says cpu_thermal. */
static bool is_same_name(const char *one, const char *other, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char a = one[i] == '-' ? '_' : one[i];
		char b = other[i] == '-' ? '_' : other[i];

		if (a == '\0' || a != b)
			return false;
	}
	return one[length] == '\0';
}

/* What is searched for, and the hottest that was found. */
struct search {
	const char *chip; /* chip_length characters */
	size_t chip_length;
	const char *label; /* NULL: any, so the first sensor */
	int error; /* 0: found one; -ENOENT: none matched; else why the last one that matched could not be read */
	int64_t hottest;
};

static void take(struct search *search, const char *path)
{
	int64_t value;
	int error = read_value(path, &value);

	if (error == 0 && (search->error != 0 || value > search->hottest))
		search->hottest = value;
	if (error == 0 || search->error != 0)
		search->error = error;
}

/* Calls `visit` for each path that matches PATTERN below sysfs, with the path less its last `cut` characters. */
static void each(struct search *search, const char *sysfs, const char *pattern, size_t cut,
        void (*visit)(struct search *search, const char *sysfs, const char *base))
{
	char path[PATH_MAX];
	glob_t found;

	if (snprintf(path, sizeof(path), "%s/%s", sysfs, pattern) >= PATH_MAX || glob(path, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *base = found.gl_pathv[i];

		base[strlen(base) - cut] = '\0';
		visit(search, sysfs, base);
	}
	globfree(&found);
}

static bool holds_chip(const struct search *search, const char *base, const char *file)
{
	char path[PATH_MAX], text[64];

	return snprintf(path, sizeof(path), "%s/%s", base, file) < PATH_MAX &&
	        read_text(path, text, sizeof(text)) == 0 && is_same_name(text, search->chip, search->chip_length);
}

static void visit_zone(struct search *search, const char *sysfs, const char *base)
{
	char path[PATH_MAX];

	(void)sysfs;
	if (!search->label && holds_chip(search, base, "type") &&
	        snprintf(path, sizeof(path), "%s/temp", base) < PATH_MAX)
		take(search, path);
}

/* `base` is a sensor's file less "_label". */
static void visit_label(struct search *search, const char *sysfs, const char *base)
{
	char path[PATH_MAX], text[64];

	(void)sysfs;
	if (snprintf(path, sizeof(path), "%s_label", base) < PATH_MAX && read_text(path, text, sizeof(text)) == 0 &&
	        strcmp(text, search->label) == 0 && snprintf(path, sizeof(path), "%s_input", base) < PATH_MAX)
		take(search, path);
}

static void visit_chip(struct search *search, const char *sysfs, const char *base)
{
	char path[PATH_MAX];

	(void)sysfs;
	if (!holds_chip(search, base, "name"))
		return;
	if (search->label)
		each(search, base, "temp*_label", strlen("_label"), visit_label);
	else if (snprintf(path, sizeof(path), "%s/temp1_input", base) < PATH_MAX)
		take(search, path);
}

int sensor_read(const char *sysfs, const char *name, int64_t *thousandths)
{
	const char *slash = strchr(name, '/');
	struct search search = {
	        .chip = name,
	        .chip_length = slash ? (size_t)(slash - name) : strlen(name),
	        .label = slash ? slash + 1 : NULL,
	        .error = -ENOENT,
	};

	if (slash == name)
		return read_value(name, thousandths);
	each(&search, sysfs, "class/thermal/thermal_zone*/type", strlen("/type"), visit_zone);
	each(&search, sysfs, "class/hwmon/hwmon*/name", strlen("/name"), visit_chip);
	*thousandths = search.hottest;
	return search.error;
}
