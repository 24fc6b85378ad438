/* SPDX-License-Identifier: MIT
 *
 * The list is not read in one instant: processes come and go meanwhile.
 */
#include "procfs_list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* 0 where /proc shows us every process: number 1 is always there. -EACCES or another -errno. */
static int seeing_error(void)
{
	struct procfs_process first;

	int error = procfs_read(1, &first);

	return error == -ENOENT || error == -ESRCH || error == -EPERM ? -EACCES : error;
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

/* One that has just ended is not there. That we have no descriptor or memory left must not look like it. */
static int add(struct procfs_list *list, pid_t pid)
{
	struct procfs_process *process = &list->processes[list->count];
	int error = procfs_read(pid, process);

	if (error == -EMFILE || error == -ENFILE || error == -ENOMEM)
		return error;
	if (error == 0) {
		procfs_read_name(process);
		list->count++;
	}
	return 0;
}

static int by_pid(const void *one, const void *other)
{
	pid_t a = ((const struct procfs_process *)one)->pid;
	pid_t b = ((const struct procfs_process *)other)->pid;

	return (a > b) - (a < b);
}

static int end_look(struct procfs_look *look, int error)
{
	if (look->proc)
		(void)closedir(look->proc);
	look->proc = NULL;
	if (error == 0)
		error = seeing_error();
	if (error == 0)
		qsort(look->list.processes, look->list.count, sizeof(look->list.processes[0]), by_pid);
	return error < 0 ? error : 1;
}

int procfs_look_step(struct procfs_look *look, size_t most)
{
	struct dirent *entry;
	int error = 0;

	if (!look->proc) {
		look->proc = opendir("/proc");
		look->list.count = 0;
	}
	if (!look->proc)
		return -errno;
	while (most > 0 && error == 0) {
		/* cppcheck-suppress readdirCalled; this stream is ours alone */
		entry = readdir(look->proc);
		pid_t pid = entry ? procfs_pid_of(entry->d_name) : 0;
		if (!entry)
			return end_look(look, 0);
		if (pid == 0)
			continue;
		error = grow(&look->list);
		if (error == 0)
			error = add(&look->list, pid);
		most--;
	}
	return error < 0 ? end_look(look, error) : 0;
}

void procfs_look_free(struct procfs_look *look)
{
	if (look->proc)
		(void)closedir(look->proc);
	free(look->list.processes);
	*look = (struct procfs_look){0};
}

int procfs_list(struct procfs_list *list)
{
	struct procfs_look look = {.list = *list};
	int done;

	do
		done = procfs_look_step(&look, SIZE_MAX);
	while (done == 0);
	*list = look.list;
	return done < 0 ? done : 0;
}

const struct procfs_process *procfs_list_find(const struct procfs_list *list, pid_t pid)
{
	struct procfs_process key = {.pid = pid};

	if (list->count == 0)
		return NULL;
	return bsearch(&key, list->processes, list->count, sizeof(key), by_pid);
}

/* Parents may be missing, and numbers that were used again could even make a ring, so the way up is bounded. */
bool procfs_list_descends(const struct procfs_list *list, const struct procfs_process *process, pid_t root)
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
		keep[i] = procfs_list_descends(list, &list->processes[i], root);
	for (size_t i = 0; i < list->count; i++)
		if (keep[i])
			list->processes[kept++] = list->processes[i];
	list->count = kept;
	free(keep);
	return 0;
}
