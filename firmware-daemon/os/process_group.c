/* SPDX-License-Identifier: MIT
 *
 * The kernel answers for the whole group, ended members included; /proc tells them apart, and is only asked where that
 * matters.
 */
#include "process_group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* /proc/NAME/stat is "PID (name) STATE PARENT GROUP ..."; the name may hold anything. */
static bool lives_in(const char *name, pid_t group)
{
	char path[32];
	char text[512];
	int parent, of;
	char state;

	(void)snprintf(path, sizeof(path), "/proc/%.16s/stat", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t length = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[length > 0 ? length : 0] = '\0';
	const char *rest = strrchr(text, ')');
	return rest && sscanf(rest, ") %c %d %d", &state, &parent, &of) == 3 && of == group && state != 'Z' &&
	        state != 'X';
}

bool process_group_is_alive(pid_t group)
{
	bool found = false;

	if (kill(-group, 0) != 0 && errno != EPERM)
		return false;
	DIR *processes = opendir("/proc");
	if (!processes)
		return true;
	for (struct dirent *entry = readdir(processes); entry && !found; entry = readdir(processes))
		found = *entry->d_name >= '0' && *entry->d_name <= '9' && lives_in(entry->d_name, group);
	(void)closedir(processes);
	return found;
}
