/* SPDX-License-Identifier: MIT
 *
 * Reading /proc. Processes come and go meanwhile: what vanishes between two reads is not there.
 */
#include "procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLAG_KERNEL_THREAD = 0x00200000 }; /* PF_KTHREAD of field 9 */

/* Reads the beginning of /proc/PID/NAME and terminates it. Its length or -errno. */
static long read_of(pid_t pid, const char *name, char text[], size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t length = read(fd, text, size - 1);
	int error = length < 0 ? -errno : 0;
	close(fd);
	if (error)
		return error;
	text[length] = '\0';
	return length;
}

/* The number `skip` words further on in the text; false where there is none. */
static bool number_after(const char *text, int skip, unsigned long long *number)
{
	char *end;

	text += strspn(text, " ");
	while (skip-- > 0) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	*number = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && (*end == ' ' || *end == '\n' || *end == '\0');
}

/* Where the fields of /proc/PID/stat stand that we read, counted from 1 as in proc(5). */
enum {
	FIELD_STATE = 3,
	FIELD_PARENT = 4,
	FIELD_FLAGS = 9,
	FIELD_USER = 14,
	FIELD_SYSTEM = 15,
	FIELD_CHILDREN_USER = 16,
	FIELD_CHILDREN_SYSTEM = 17,
	FIELD_STARTED = 22,
	FIELD_RESIDENT = 24,
	FIELD_COUNT
};

/* The numbers of all those fields, each at its own place. */
static bool read_fields(const char *state, unsigned long long fields[FIELD_COUNT])
{
	static const int wanted[] = {FIELD_PARENT, FIELD_FLAGS, FIELD_USER, FIELD_SYSTEM, FIELD_CHILDREN_USER,
	        FIELD_CHILDREN_SYSTEM, FIELD_STARTED, FIELD_RESIDENT};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!number_after(state, wanted[i] - FIELD_STATE, &fields[wanted[i]]))
			return false;
	return true;
}

int procfs_parse(const char *text, struct procfs_process *out)
{
	/* The name may hold spaces and brackets: it ends at the last one. The third field follows it. */
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	unsigned long long fields[FIELD_COUNT];
	unsigned long long pid;

	if (!open || !close || close < open || !number_after(text, 0, &pid) || !read_fields(close + 1, fields))
		return -EINVAL;
	*out = (struct procfs_process){
	        .pid = (pid_t)pid,
	        .parent = (pid_t)fields[FIELD_PARENT],
	        .state = close[2],
	        .kernel_thread = (fields[FIELD_FLAGS] & FLAG_KERNEL_THREAD) != 0,
	        .started_ticks = fields[FIELD_STARTED],
	        .own_ticks = fields[FIELD_USER] + fields[FIELD_SYSTEM],
	        .waited_ticks = fields[FIELD_CHILDREN_USER] + fields[FIELD_CHILDREN_SYSTEM],
	        .resident_bytes = fields[FIELD_RESIDENT] * (unsigned long)sysconf(_SC_PAGESIZE),
	};
	(void)snprintf(out->comm, sizeof(out->comm), "%.*s", (int)(close - open - 1), open + 1);
	return 0;
}

int procfs_read(pid_t pid, struct procfs_process *out)
{
	char text[1024];
	long length = read_of(pid, "stat", text, sizeof(text));

	return length < 0 ? (int)length : procfs_parse(text, out);
}

bool procfs_is_named(const struct procfs_process *process, const char *name)
{
	char argv0[4096];

	if (strncmp(process->comm, name, PROCFS_COMM_SIZE - 1) == 0)
		return true;
	if (process->kernel_thread || read_of(process->pid, "cmdline", argv0, sizeof(argv0)) <= 0)
		return false;
	const char *slash = strrchr(argv0, '/');
	return strcmp(slash ? slash + 1 : argv0, name) == 0;
}

static bool is_candidate(const struct procfs_process *process, const char *name)
{
	return process->state != 'Z' && process->state != 'X' && process->pid != getpid() &&
	        procfs_is_named(process, name);
}

/* Whether /proc shows us every process: number 1 is always there. */
static int seeing_error(void)
{
	struct procfs_process first;

	return procfs_read(1, &first) == 0 ? -ENOENT : -EACCES;
}

/* The pid that an entry of /proc is about, 0 where it is about something else. */
static pid_t pid_of(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end == '\0' && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

int procfs_find(const char *name, struct procfs_process *out)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	if (!proc)
		return -errno;
	/* cppcheck-suppress readdirCalled; this stream is ours alone */
	while ((entry = readdir(proc))) {
		struct procfs_process process;
		pid_t pid = pid_of(entry->d_name);

		if (pid == 0 || procfs_read(pid, &process) < 0)
			continue;
		if (found && process.started_ticks >= out->started_ticks)
			continue;
		if (!is_candidate(&process, name))
			continue;
		*out = process;
		found = true;
	}
	closedir(proc);
	return found ? 0 : seeing_error();
}

/* Makes room for one more. */
static int grow(struct procfs_list *list)
{
	size_t room = list->room ? list->room * 2 : 64;
	struct procfs_process *processes;

	if (list->count < list->room)
		return 0;
	processes = reallocarray(list->processes, room, sizeof(*processes));
	if (!processes)
		return -ENOMEM;
	list->processes = processes;
	list->room = room;
	return 0;
}

static int by_pid(const void *one, const void *other)
{
	pid_t a = ((const struct procfs_process *)one)->pid;
	pid_t b = ((const struct procfs_process *)other)->pid;

	return (a > b) - (a < b);
}

int procfs_list(struct procfs_list *list)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int error = 0;

	if (!proc)
		return -errno;
	list->count = 0;
	while (error == 0 && (entry = readdir(proc))) {
		pid_t pid = pid_of(entry->d_name);

		if (pid == 0)
			continue;
		error = grow(list);
		if (error == 0 && procfs_read(pid, &list->processes[list->count]) == 0)
			list->count++;
	}
	closedir(proc);
	if (error == 0 && (list->count == 0 || seeing_error() == -EACCES))
		error = -EACCES;
	if (error == 0)
		qsort(list->processes, list->count, sizeof(list->processes[0]), by_pid);
	return error;
}

const struct procfs_process *procfs_list_find(const struct procfs_list *list, pid_t pid)
{
	struct procfs_process key = {.pid = pid};

	if (list->count == 0)
		return NULL;
	return bsearch(&key, list->processes, list->count, sizeof(key), by_pid);
}

/*
 * Whether a process descends from the root. The list was not read in one instant: parents may be missing, and numbers that
 * were used again could even make a ring, so the way up is bounded.
 */
static bool descends(const struct procfs_list *list, const struct procfs_process *process, pid_t root)
{
	for (size_t steps = 0; process && steps < list->count; steps++) {
		if (process->pid == root)
			return true;
		process = procfs_list_find(list, process->parent);
	}
	return false;
}

int procfs_list_keep_tree(struct procfs_list *list, pid_t root)
{
	size_t kept = 0;
	bool *keep = calloc(list->count + 1, sizeof(*keep));

	if (!keep)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		keep[i] = descends(list, &list->processes[i], root);
	for (size_t i = 0; i < list->count; i++)
		if (keep[i])
			list->processes[kept++] = list->processes[i];
	list->count = kept;
	free(keep);
	return 0;
}
