/* SPDX-License-Identifier: MIT
 *
 * The watchdog device.
 */
#include "watchdog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int watchdog_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

bool watchdog_is_there(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}

int watchdog_open_simulated(const char *path)
{
	struct stat status;
	int fd;

	/* A FIFO opened for writing alone fails while nobody reads it; a board does not wait for its dog. */
	if (stat(path, &status) == 0 && S_ISFIFO(status.st_mode))
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	else
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int watchdog_identity(int fd, char identity[], size_t size)
{
	struct watchdog_info info;

	memset(&info, 0, sizeof(info));
	if (ioctl(fd, WDIOC_GETSUPPORT, &info) < 0)
		return -errno;
	snprintf(identity, size, "%.*s", (int)sizeof(info.identity), (const char *)info.identity);
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

static bool holds_watchdog(const char *pid)
{
	char directory[300], link[600], target[64];
	struct dirent *entry;
	bool holds = false;
	DIR *fds;

	snprintf(directory, sizeof(directory), "/proc/%s/fd", pid);
	fds = opendir(directory);
	if (!fds)
		return false;
	while (!holds && (entry = readdir(fds))) {
		ssize_t length;

		snprintf(link, sizeof(link), "%s/%s", directory, entry->d_name);
		length = readlink(link, target, sizeof(target) - 1);
		if (length > 0) {
			target[length] = '\0';
			holds = strncmp(target, "/dev/watchdog", strlen("/dev/watchdog")) == 0;
		}
	}
	closedir(fds);
	return holds;
}

static void process_name(const char *pid, char name[], size_t size)
{
	char path[300];
	ssize_t length = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, name, size - 1);
		close(fd);
	}
	name[length > 0 ? length : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

pid_t watchdog_find_holder(char name[], size_t size)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t holder = 0;

	if (!processes)
		return 0;
	while (holder == 0 && (entry = readdir(processes))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !holds_watchdog(entry->d_name))
			continue;
		holder = (pid_t)strtol(entry->d_name, NULL, 10);
		process_name(entry->d_name, name, size);
	}
	closedir(processes);
	return holder;
}
