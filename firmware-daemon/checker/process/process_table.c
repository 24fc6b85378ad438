/* SPDX-License-Identifier: MIT
 *
 * RUN/jobs/ tells which start and restart commands run: the actor writes each there before it begins, "PID STARTTICKS\n".
 */
#include "process_table.h"

#include "checker/loop.h"

#include "os/clock.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	SLICE_PROCESSES = 200,
	SLICE_APART_MS = 1,
	SHORT_LOOK_MS = 20, /* after a look that took longer, rest for as long as it took */
	RETRY_MS = 100,
};

static void add_command(struct process_table *table, const char *path)
{
	struct running_command command;
	struct running_command *more;
	char text[64];

	if (procfs_read_file(path, text, sizeof(text)) <= 0 ||
	        sscanf(text, "%d %" SCNu64, &command.pid, &command.ticks) != 2)
		return;
	more = reallocarray(table->commands, table->command_count + 1, sizeof(command));
	if (!more)
		return;
	table->commands = more;
	table->commands[table->command_count++] = command;
}

static void read_commands(struct checker *checker)
{
	struct process_table *table = &checker->processes;
	struct dirent *entry;
	char path[PATH_MAX];

	table->command_count = 0;
	if ((size_t)snprintf(path, sizeof(path), "%s/jobs", checker->run_dir) >= sizeof(path))
		return;
	DIR *jobs = opendir(path);
	while (jobs && (entry = readdir(jobs)))
		if ((size_t)snprintf(path, sizeof(path), "%s/jobs/%s", checker->run_dir, entry->d_name) < sizeof(path))
			add_command(table, path);
	if (jobs)
		(void)closedir(jobs);
}

static void finish_look(struct checker *checker)
{
	struct process_table *table = &checker->processes;
	struct procfs_list last = table->list;
	int64_t now_ms = clock_now_ms();

	table->list = table->look.list;
	table->look.list = last;
	table->list_began_ms = table->began_ms;
	int64_t took_ms = now_ms - table->began_ms;
	table->next_ms = took_ms > SHORT_LOOK_MS ? now_ms + took_ms : now_ms;
	read_commands(checker);
}

static bool is_fresh(const struct process_table *table, int64_t not_before_ms)
{
	return table->list_began_ms > 0 && table->list_began_ms >= not_before_ms;
}

/* One slice. 1: a look is whole; 0: more is to come; or -errno. */
static int step(struct checker *checker)
{
	struct process_table *table = &checker->processes;

	if (!table->look.proc)
		table->began_ms = clock_now_ms();
	int done = procfs_look_step(&table->look, SLICE_PROCESSES);
	if (done > 0)
		finish_look(checker);
	else
		table->next_ms = clock_now_ms() + (done < 0 ? RETRY_MS : SLICE_APART_MS);
	return done;
}

const struct procfs_list *process_table_ask(struct checker *checker, int64_t not_before_ms, int *error)
{
	struct process_table *table = &checker->processes;
	int done = 0;

	if (!is_fresh(table, not_before_ms) && clock_now_ms() >= table->next_ms)
		done = step(checker);
	*error = done < 0 ? done : -EAGAIN;
	return done >= 0 && is_fresh(table, not_before_ms) ? &table->list : NULL;
}

const struct procfs_list *process_table_read(struct checker *checker, int64_t not_before_ms, int *error)
{
	struct process_table *table = &checker->processes;

	*error = 0;
	while (*error >= 0 && !is_fresh(table, not_before_ms))
		*error = step(checker);
	return *error < 0 ? NULL : &table->list;
}

static bool is_our_command(const struct process_table *table, const struct procfs_process *process)
{
	if (procfs_list_descends(&table->list, process, getpid()))
		return true;
	for (size_t i = 0; i < table->command_count; i++) {
		const struct procfs_process *command = procfs_list_find(&table->list, table->commands[i].pid);

		if (command && command->started_ticks == table->commands[i].ticks &&
		        procfs_list_descends(&table->list, process, command->pid))
			return true;
	}
	return false;
}

const struct procfs_process *process_table_find(const struct checker *checker, const char *name)
{
	const struct process_table *table = &checker->processes;
	const struct procfs_process *oldest = NULL;

	for (size_t i = 0; i < table->list.count; i++) {
		const struct procfs_process *process = &table->list.processes[i];

		if (oldest && process->started_ticks >= oldest->started_ticks)
			continue;
		if (procfs_is_alive(process) && !process->kernel_thread && procfs_is_named(process, name) &&
		        !is_our_command(table, process) && !procfs_is_in_container(process->pid))
			oldest = process;
	}
	return oldest;
}

void process_table_close(struct checker *checker)
{
	struct process_table *table = &checker->processes;

	procfs_look_free(&table->look);
	free(table->list.processes);
	free(table->commands);
	*table = (struct process_table){0};
}
