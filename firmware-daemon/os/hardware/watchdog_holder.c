/* SPDX-License-Identifier: MIT
 *
 * Each descriptor is compared by the name that /sys/class/watchdog has for it: on a board with several watchdogs the holder
 * of another one must not be named.
 */
#include "watchdog_holder.h"

#include "os/storage/root_file.h"
#include "watchdog_class.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TARGET_SIZE = 128 };

static bool holds(const char *root, const char *pid, const char *wanted)
{
	char directory[ROOT_PATH_SIZE + 300], link[ROOT_PATH_SIZE + 600], target[TARGET_SIZE], name[WATCHDOG_NAME_SIZE];
	struct dirent *entry;
	bool found = false;
	DIR *fds;

	snprintf(directory, sizeof(directory), "%s/proc/%s/fd", root, pid);
	fds = opendir(directory);
	if (!fds)
		return false;
	while (!found && (entry = readdir(fds))) {
		ssize_t length;

		snprintf(link, sizeof(link), "%s/%s", directory, entry->d_name);
		length = readlink(link, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		/* Only nodes: stat() of anything else may hang on a dead file system. */
		if (strncmp(target, "/dev/", strlen("/dev/")) != 0 || !strstr(target, "watchdog"))
			continue;
		watchdog_class_name(root, target, name);
		found = strcmp(name, wanted) == 0;
	}
	closedir(fds);
	return found;
}

pid_t watchdog_find_holder(const char *root, const char *device, char name[], size_t size)
{
	char path[ROOT_PATH_SIZE], wanted[WATCHDOG_NAME_SIZE];
	DIR *processes = opendir(root_path(root, "/proc", path));
	struct dirent *entry;
	pid_t holder = 0;

	name[0] = '\0';
	watchdog_class_name(root, device, wanted);
	while (processes && holder == 0 && (entry = readdir(processes))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !holds(root, entry->d_name, wanted))
			continue;
		holder = (pid_t)strtol(entry->d_name, NULL, 10);
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)holder);
		(void)root_read(root, path, name, size);
	}
	if (processes)
		closedir(processes);
	return holder;
}
