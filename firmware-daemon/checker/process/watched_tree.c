/* SPDX-License-Identifier: MIT
 *
 * Who belongs to a process, and what they did.
 */
#include "watched_tree.h"

#include "checker/loop.h"

#include "os/clock.h"
#include "os/process/pidfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SAME_MOMENT_MS = 50 };

/* The pid of the process that the check names, among the processes of the table. 0 or -errno. */
static int find_root(const struct probe *probe, pid_t *root)
{
	const char *name = probe->spec->process_name ? flat_text(probe->flat, probe->spec->process_name) : NULL;
	const struct procfs_process *found = NULL;
	struct pidfile pidfile;
	char path[PATH_MAX];

	if (!probe->spec->pidfile) {
		found = process_table_find(probe->checker, name);
		*root = found ? found->pid : 0;
		return found ? 0 : -ESRCH;
	}
	probe_run_path(probe, flat_text(probe->flat, probe->spec->pidfile), path);
	int error = pidfile_read(path, &pidfile);
	if (error < 0)
		return error;
	*root = pidfile.pid;
	found = procfs_list_find(&probe->checker->processes.list, pidfile.pid);
	return name && found && !procfs_is_named(found, name) ? -ESRCH : 0;
}

static int copy(struct procfs_list *to, const struct procfs_list *from)
{
	if (to->room < from->count) {
		struct procfs_process *more = reallocarray(to->processes, from->count, sizeof(*more));

		if (!more)
			return -ENOMEM;
		to->processes = more;
		to->room = from->count;
	}
	memcpy(to->processes, from->processes, from->count * sizeof(to->processes[0]));
	to->count = from->count;
	return 0;
}

static uint64_t newest_of(const struct procfs_list *list)
{
	uint64_t newest_ticks = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->processes[i].started_ticks > newest_ticks)
			newest_ticks = list->processes[i].started_ticks;
	return newest_ticks;
}

int watched_tree_read(const struct probe *probe, struct watched_tree *tree)
{
	const struct process_table *table = &probe->checker->processes;
	int error;

	if (!process_table_read(probe->checker, clock_now_ms() - SAME_MOMENT_MS, &error))
		return error;
	error = find_root(probe, &tree->root);
	if (error == 0)
		error = copy(&tree->list, &table->list);
	if (error < 0)
		return error;
	tree->read_ms = table->list_began_ms;
	tree->newest_ticks = newest_of(&tree->list);
	error = procfs_list_keep_tree(&tree->list, tree->root);
	if (error < 0)
		return error;
	const struct procfs_process *root = procfs_list_find(&tree->list, tree->root);
	/* A stale pid file may name one of the kernel's own threads. */
	if (!root || !procfs_is_alive(root) || root->kernel_thread)
		return -ESRCH;
	tree->root_started_ticks = root->started_ticks;
	return 0;
}

bool watched_tree_same(const struct watched_tree *one, const struct watched_tree *other)
{
	return one->root == other->root && one->root_started_ticks == other->root_started_ticks;
}

void watched_tree_free(struct watched_tree *tree)
{
	free(tree->list.processes);
	*tree = (struct watched_tree){0};
}

/* The same process in another reading, or NULL. */
static const struct procfs_process *same_in(const struct procfs_list *list, const struct procfs_process *process)
{
	const struct procfs_process *found = procfs_list_find(list, process->pid);

	return found && found->started_ticks == process->started_ticks ? found : NULL;
}

static uint64_t difference(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/*
 * A child's ticks become its parent's waited_ticks when it has ended and was waited for: what was counted of it while it
 * lived is taken off there. One that joined the tree from elsewhere brings a past that is not ours; its next work is.
 */
uint64_t watched_tree_ticks(const struct watched_tree *before, const struct watched_tree *now)
{
	uint64_t own = 0;
	uint64_t waited = 0;
	uint64_t counted = 0;

	for (size_t i = 0; i < now->list.count; i++) {
		const struct procfs_process *process = &now->list.processes[i];
		const struct procfs_process *last = same_in(&before->list, process);

		if (!last && process->started_ticks < before->newest_ticks)
			continue;
		own += difference(process->own_ticks, last ? last->own_ticks : 0);
		waited += difference(process->waited_ticks, last ? last->waited_ticks : 0);
	}
	for (size_t i = 0; i < before->list.count; i++) {
		const struct procfs_process *process = &before->list.processes[i];

		if (!same_in(&now->list, process))
			counted += process->own_ticks + process->waited_ticks;
	}
	return own + difference(waited, counted);
}
