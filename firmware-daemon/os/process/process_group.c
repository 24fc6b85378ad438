/* SPDX-License-Identifier: MIT
 *
 * The kernel answers for the whole group, ended members included; /proc tells them apart, and is only asked where that
 * matters.
 */
#include "process_group.h"

#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

static bool lives_in(pid_t pid, pid_t group)
{
	struct procfs_process process;

	return pid > 0 && getpgid(pid) == group && procfs_read(pid, &process) == 0 && procfs_is_alive(&process);
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
		found = lives_in(procfs_pid_of(entry->d_name), group);
	(void)closedir(processes);
	return found;
}
