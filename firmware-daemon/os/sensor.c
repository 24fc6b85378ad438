/* SPDX-License-Identifier: MIT
 *
 * Reading temperatures.
 */
#include "sensor.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A whole number, and nothing else but a newline. */
static int parse(const char *text, int64_t *number)
{
	char *end;

	errno = 0;
	if (!isdigit((unsigned char)text[text[0] == '-']))
		return -EINVAL;
	*number = strtol(text, &end, 10);
	if (*end == '\n')
		end++;
	return errno == 0 && *end == '\0' ? 0 : -EINVAL;
}

int sensor_read(const char *name, int64_t *thousandths)
{
	char path[PATH_MAX];
	char text[32];
	int length = name[0] == '/' ? snprintf(path, sizeof(path), "%s", name)
	                            : snprintf(path, sizeof(path), "/sys/class/thermal/%s/temp", name);

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ssize_t got = read(fd, text, sizeof(text) - 1);
	int error = got < 0 ? -errno : 0;
	close(fd);
	if (error)
		return error;
	text[got] = '\0';
	return parse(text, thousandths);
}
