/* SPDX-License-Identifier: MIT
 *
 * The watchdog device.
 */
#include "watchdog.h"

#include "watchdog_class.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int watchdog_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int watchdog_look(const char *path)
{
	struct watchdog_facts facts;
	int fd;

	if (access(path, F_OK) != 0)
		return errno == ENOENT ? -ENOENT : 0;
	if (watchdog_class_read("", path, &facts))
		return 0;
	fd = watchdog_open(path);
	if (fd == -ENODEV || fd == -ENXIO)
		return -ENODEV;
	if (fd >= 0)
		watchdog_close(fd, true);
	return 0;
}

int watchdog_open_simulated(const char *path)
{
	struct stat status;
	int fd;

	/* open() of a FIFO for writing alone fails while no process reads it. */
	if (stat(path, &status) == 0 && S_ISFIFO(status.st_mode))
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	else
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int watchdog_ask_driver(int fd, struct watchdog_driver *driver)
{
	struct watchdog_info info;

	memset(&info, 0, sizeof(info));
	if (ioctl(fd, WDIOC_GETSUPPORT, &info) < 0)
		return -errno;
	snprintf(driver->identity, sizeof(driver->identity), "%.*s", (int)sizeof(info.identity),
	        (const char *)info.identity);
	driver->sets_timeout = info.options & WDIOF_SETTIMEOUT;
	driver->magic_close = info.options & WDIOF_MAGICCLOSE;
	driver->alarm_only = info.options & WDIOF_ALARMONLY;
	return 0;
}

int watchdog_set_timeout(int fd, int *seconds)
{
	return ioctl(fd, WDIOC_SETTIMEOUT, seconds) < 0 ? -errno : 0;
}

int watchdog_get_timeout(int fd, int *seconds)
{
	return ioctl(fd, WDIOC_GETTIMEOUT, seconds) < 0 ? -errno : 0;
}

int watchdog_get_time_left(int fd, int *seconds)
{
	return ioctl(fd, WDIOC_GETTIMELEFT, seconds) < 0 ? -errno : 0;
}

int watchdog_try_stop(int fd)
{
	int stop = WDIOS_DISABLECARD, start = WDIOS_ENABLECARD;

	if (ioctl(fd, WDIOC_SETOPTIONS, &stop) < 0)
		return -errno;
	return ioctl(fd, WDIOC_SETOPTIONS, &start) < 0 ? -errno : 0;
}

static int write_byte(int fd, char byte)
{
	ssize_t written;

	do
		written = write(fd, &byte, 1);
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	return written == 1 ? 0 : -EIO;
}

int watchdog_feed(int fd)
{
	return write_byte(fd, '\0');
}

int watchdog_close(int fd, bool disarm)
{
	int error = disarm ? write_byte(fd, 'V') : 0;

	close(fd);
	return error;
}
