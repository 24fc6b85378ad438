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

long procfs_read_file(const char *path, char text[], size_t size)
{
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
	FIELD_THREADS = 20,
	FIELD_STARTED = 22,
	FIELD_RESIDENT = 24,
	FIELD_COUNT
};

/* The numbers of all those fields, each at its own place. */
static bool read_fields(const char *state, unsigned long long fields[FIELD_COUNT])
{
	static const int wanted[] = {FIELD_PARENT, FIELD_FLAGS, FIELD_USER, FIELD_SYSTEM, FIELD_CHILDREN_USER,
	        FIELD_CHILDREN_SYSTEM, FIELD_THREADS, FIELD_STARTED, FIELD_RESIDENT};

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
	        .thread = (pid_t)pid,
	        .thread_count = (uint32_t)fields[FIELD_THREADS],
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

static int read_stat(const char *path, struct procfs_process *out)
{
	char text[1024];
	long length = procfs_read_file(path, text, sizeof(text));

	return length < 0 ? (int)length : procfs_parse(text, out);
}

/* The main thread has ended and others serve: what it would tell is taken from one of them. */
static void take_living_thread(struct procfs_process *process)
{
	struct procfs_process thread;
	struct dirent *entry;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)process->pid);
	DIR *threads = opendir(path);
	while (threads && (entry = readdir(threads))) {
		pid_t tid = procfs_pid_of(entry->d_name);

		if (tid == 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)process->pid, (int)tid);
		if (read_stat(path, &thread) == 0 && procfs_is_alive(&thread)) {
			process->thread = tid;
			process->state = thread.state;
			process->resident_bytes = thread.resident_bytes;
			break;
		}
	}
	if (threads)
		closedir(threads);
}

bool procfs_is_alive(const struct procfs_process *process)
{
	return process->state != 'Z' && process->state != 'X';
}

pid_t procfs_pid_of(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end == '\0' && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

int procfs_read(pid_t pid, struct procfs_process *out)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int error = read_stat(path, out);
	if (error == 0 && !procfs_is_alive(out) && out->thread_count > 1)
		take_living_thread(out);
	return error;
}
