/* SPDX-License-Identifier: MIT
 *
 * The kernel keeps 15 characters of a name (comm). The whole name is in the arguments: argv[0], or argv[1] of a script, whose
 * argv[0] is its interpreter. A program may overwrite its arguments; then its executable's name tells, where we may read that.
 */
#include "procfs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* FNV-1a. Only for names to be compared: nothing but a wrong name depends on it. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 14695981039346656037ULL;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
	return hash;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_cut(const struct procfs_process *process)
{
	return strlen(process->comm) == PROCFS_COMM_SIZE - 1;
}

/* Takes the name as the whole one, if comm may be its beginning. */
static bool take_whole(struct procfs_process *process, const char *name)
{
	if (strncmp(name, process->comm, PROCFS_COMM_SIZE - 1) != 0)
		return false;
	process->whole_hash = hash_of(name);
	return true;
}

static void take_executable(struct procfs_process *process)
{
	char path[64];
	char target[4096];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/exe", (int)process->pid, (int)process->thread);
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return;
	target[length] = '\0';
	(void)take_whole(process, last_part(target));
}

void procfs_read_name(struct procfs_process *process)
{
	char path[64];
	char argv[4096];

	process->argv0_hash = process->whole_hash = 0;
	if (process->kernel_thread || !procfs_is_alive(process))
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/cmdline", (int)process->pid, (int)process->thread);
	long length = procfs_read_file(path, argv, sizeof(argv));
	if (length <= 0)
		argv[length = 0] = '\0';
	size_t second = strlen(argv) + 1;
	if (*argv)
		process->argv0_hash = hash_of(last_part(argv));
	if (!is_cut(process) || take_whole(process, last_part(argv)))
		return;
	if (second < (size_t)length && take_whole(process, last_part(argv + second)))
		return;
	take_executable(process);
}

bool procfs_is_named(const struct procfs_process *process, const char *name)
{
	uint64_t hash = hash_of(name);

	if (process->argv0_hash == hash || process->whole_hash == hash)
		return true;
	if (!is_cut(process))
		return strcmp(process->comm, name) == 0;
	/* Where nothing tells more than the first 15 characters, those have to do. */
	return process->whole_hash == 0 && strncmp(process->comm, name, PROCFS_COMM_SIZE - 1) == 0;
}

bool procfs_is_in_container(pid_t pid)
{
	char path[64];
	char text[4096];
	int pids = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	/* One pid for each pid namespace from ours downwards. Kernels before 4.1 do not tell. */
	const char *line = procfs_read_file(path, text, sizeof(text)) > 0 ? strstr(text, "\nNSpid:") : NULL;
	for (line = line ? line + strlen("\nNSpid:") : ""; *line && *line != '\n'; line++)
		pids += *line >= '0' && *line <= '9' && (line[-1] < '0' || line[-1] > '9');
	return pids > 1;
}
