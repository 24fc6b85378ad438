/* SPDX-License-Identifier: MIT
 *
 * command: runs a program; command_verdict says what its exit code means. V1 scripts of Debian's watchdog are called with
 * `test`. The program runs in a session and a process group of its own, which is killed whole: at the timeout (TERM, then
 * KILL), and when its leader has ended, so that nothing it started is left behind.
 *
 * The programs of a folder run one after another, in the order of their names, all within the one timeout, up to the first
 * that is bad; otherwise the worst counts. A folder without any program is blind.
 */
#include "command_output.h"
#include "command_verdict.h"
#include "loop.h"
#include "script_folder.h"
#include "worker.h"

#include "os/clock.h"
#include "os/process/pidfd.h"
#include "os/process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The guard comes after us, and only where we did not. */
enum { KILL_AFTER_MS = 200, GUARD_AFTER_MS = 2 * KILL_AFTER_MS };

enum phase { PHASE_RUNNING, PHASE_TERMINATED, PHASE_KILLED };

struct command_run {
	const char **argv;            /* its strings are flat's, or argv[0] is: */
	char path[PATH_MAX];          /* of the program of a folder that runs */
	struct script_folder *folder; /* NULL: the check is about one program */
	struct worker worker;         /* reads the folder */
	struct verdict worst;         /* of those of the folder that have run; cause none: none has */
	pid_t pid;                    /* 0: none runs */
	int pidfd;
	struct command_output output;
	enum phase phase;
};

static void release(struct command_run *run)
{
	free((void *)run->argv);
	free(run->folder);
	free(run);
}

static int command_init(struct probe *probe)
{
	struct command command = probe->spec->command;
	struct command_run *run = calloc(1, sizeof(*run));

	if (!run)
		return -ENOMEM;
	run->pidfd = run->output.fd = -1;
	uint32_t own = probe->spec->path ? 1 : command.argc;
	run->argv = calloc((size_t)own + 2, sizeof(const char *));
	if (probe->spec->path)
		run->folder = calloc(1, sizeof(*run->folder));
	if (!run->argv || (probe->spec->path && !run->folder)) {
		release(run);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < command.argc; i++)
		run->argv[i] = flat_argument(probe->flat, command, i);
	if (probe->spec->path)
		run->argv[0] = run->path;
	if (probe->spec->v1)
		run->argv[own] = "test";
	probe->own = run;
	return 0;
}

/* The leader, too: it makes its group a moment after it was started. */
static void signal_group(const struct command_run *run, int signal_number)
{
	if (kill(-run->pid, signal_number) != 0)
		(void)kill(run->pid, signal_number);
}

/* Kills the group while its leader, alive or dead, is not reaped: until then no other group can have its number. */
static int kill_and_reap(struct probe *probe)
{
	struct command_run *run = probe->own;
	int status = 0;

	signal_group(run, SIGKILL);
	guard_forget(&probe->checker->guard, run->pid);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (run->pidfd >= 0)
		probe_close(probe, run->pidfd);
	run->pidfd = -1;
	run->pid = 0;
	command_output_end(probe, &run->output);
	return status;
}

/* Starts the program that argv names. 0 or -errno. */
static int run_program(struct probe *probe)
{
	struct command_run *run = probe->own;
	int writer = command_output_begin(probe, &run->output);
	int fds[] = {-1, writer, writer};
	struct spawn spawn = {
	        .path = run->argv[0],
	        .argv = (char *const *)run->argv,
	        .fds = fds,
	        .fd_count = 3,
	        .own_group = 1,
	        .dies_with_parent = 1,
	};
	int64_t left_ms = probe->started_ms + probe->rule->timeout_ms - clock_now_ms();

	pid_t pid = spawn_start(&spawn);
	if (writer >= 0)
		(void)close(writer);
	if (pid < 0) {
		command_output_end(probe, &run->output);
		return pid;
	}
	run->pid = pid;
	guard_watch(&probe->checker->guard, pid, (uint32_t)(left_ms > 0 ? left_ms : 0) + GUARD_AFTER_MS);
	run->pidfd = pidfd_of(run->pid);
	int error = run->pidfd < 0 ? run->pidfd : probe_watch(probe, run->pidfd);
	if (error < 0)
		(void)kill_and_reap(probe);
	return error;
}

/* Runs the next program of the folder, or ends the run. */
static void run_next(struct probe *probe)
{
	struct command_run *run = probe->own;
	int error;

	while (script_folder_next(run->folder, run->path, &error)) {
		if (error == 0)
			error = -run_program(probe);
		if (error == 0)
			return;
		command_verdict_add(&run->worst, error == EACCES ? is_blind(error) : cannot_probe(error));
	}
	probe_end(probe, run->worst.cause == CAUSE_NONE ? is_blind(ENOENT) : run->worst);
}

static void command_start(struct probe *probe)
{
	struct command_run *run = probe->own;
	int error;

	run->phase = PHASE_RUNNING;
	run->worst = (struct verdict){.cause = CAUSE_NONE};
	if (run->folder) {
		run->folder->path = flat_text(probe->flat, probe->spec->path);
		error = worker_ask(probe, &run->worker, script_folder_read, run->folder, sizeof(*run->folder));
	} else {
		error = run_program(probe);
	}
	if (error < 0)
		probe_end(probe, cannot_probe(-error));
}

/* The folder was read. */
static void take_folder(struct probe *probe, int fd)
{
	struct command_run *run = probe->own;

	switch (worker_take(probe, &run->worker, fd, run->folder, sizeof(*run->folder))) {
	case WORKER_NOTHING:
		break;
	case WORKER_ANSWERED:
		if (run->folder->error == 0)
			run_next(probe);
		else
			probe_end(probe,
			        is_own_shortage(run->folder->error) ? cannot_probe(run->folder->error)
			                                            : is_blind(run->folder->error));
		break;
	case WORKER_LATE:
		if (probe->running)
			command_start(probe);
		break;
	}
}

static void command_event(struct probe *probe, int fd)
{
	struct command_run *run = probe->own;

	if (run->pid == 0) {
		if (run->folder)
			take_folder(probe, fd);
		return;
	}
	if (fd == run->output.fd)
		command_output_read(probe, &run->output);
	if (fd != run->pidfd || pidfd_is_alive(run->pidfd))
		return;
	struct verdict verdict = command_verdict(probe->spec, kill_and_reap(probe));
	command_verdict_add(&run->worst, verdict);
	/* Where the timeout was reported before, this sends nothing more. */
	if (!run->folder || run->phase != PHASE_RUNNING || verdict.outcome == OUTCOME_BAD)
		probe_end(probe, verdict);
	else
		run_next(probe);
}

static void command_timeout(struct probe *probe)
{
	struct command_run *run = probe->own;

	/* The folder cannot be read, as on a dead disk. */
	if (run->pid == 0) {
		probe_end(probe, worker_timeout_verdict(probe));
		return;
	}
	switch (run->phase) {
	case PHASE_RUNNING:
		command_output_publish(probe, &run->output);
		probe_report(probe, probe_timeout_verdict(probe));
		signal_group(run, SIGTERM);
		run->phase = PHASE_TERMINATED;
		schedule_set(&probe->checker->schedule, &probe->timer, clock_now_ms() + KILL_AFTER_MS);
		return;
	case PHASE_TERMINATED:
		signal_group(run, SIGKILL);
		run->phase = PHASE_KILLED;
		break;
	case PHASE_KILLED:
		/* The kernel cannot end it, as with a dead disk: the run that is due now fails as the last one did. */
		probe_stamp(probe);
		probe_report(probe, (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_TIMEOUT});
		break;
	}
	/* It is dead within that time, unless it cannot die. */
	int64_t later_ms = clock_now_ms() + KILL_AFTER_MS;
	schedule_set(&probe->checker->schedule, &probe->timer, probe->due_ms > later_ms ? probe->due_ms : later_ms);
}

static void command_cleanup(struct probe *probe)
{
	struct command_run *run = probe->own;

	/* Not waited for: the program ends, and what cannot be killed must not hold that up. */
	if (run->pid > 0) {
		signal_group(run, SIGKILL);
		close(run->pidfd);
		if (run->output.fd >= 0)
			close(run->output.fd);
	}
	worker_give_up(probe, &run->worker);
	release(run);
	probe->own = NULL;
}

const struct probe_kind check_command = {
        .init = command_init,
        .start = command_start,
        .timeout = command_timeout,
        .event = command_event,
        .cleanup = command_cleanup,
};
