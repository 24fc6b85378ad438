/* SPDX-License-Identifier: MIT
 *
 * command: runs a program and judges its exit code: 0 is good and anything else is bad; with `plugin: true` as monitoring
 * plugins mean it: 0 good, 1 a warning, 3 blind, anything else bad. A program that cannot be run says nothing about the
 * server, so that is blind; a shell reports it as exit code 126 or 127, and so does os/spawn. V1 scripts of Debian's
 * watchdog are called with `test`. It runs in a session and a process group of its own, which is killed whole: at the timeout
 * (TERM, then KILL), and when its leader has ended, so that nothing it started is left behind.
 *
 * The programs of a folder run one after another, in the order of their names, all within the one timeout, up to the first
 * that is bad; otherwise the worst counts. A folder without any program is blind.
 */
#include "loop.h"
#include "script_folder.h"
#include "worker.h"

#include "../os/clock.h"
#include "../os/pidfd.h"
#include "../os/spawn.h"

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

/* The exit codes of monitoring plugins, beside 0 (ok) and 2 (critical). */
enum { PLUGIN_WARNING = 1, PLUGIN_UNKNOWN = 3 };

enum { OUTPUT_SIZE = 256 }; /* of what a command prints, at most */

enum phase { PHASE_RUNNING, PHASE_TERMINATED, PHASE_KILLED };

struct command_run {
	const char **argv;            /* its strings are flat's, or argv[0] is: */
	char path[PATH_MAX];          /* of the program of a folder that runs */
	struct script_folder *folder; /* NULL: the check is about one program */
	struct worker worker;         /* reads the folder */
	struct verdict worst;         /* of those of the folder that have run; cause none: none has */
	pid_t pid;                    /* 0: none runs */
	int pidfd;
	int output_fd;      /* the reading end of what it prints; -1: none */
	size_t output_size; /* of output: used */
	char output[OUTPUT_SIZE];
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
	run->pidfd = run->output_fd = -1;
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

/*
 * Takes a piece of what the command prints, and keeps the beginning. The rest is read as well: a command whose pipe is closed
 * or full would fail for that.
 */
static void read_output(struct probe *probe)
{
	struct command_run *run = probe->own;
	char piece[4096];
	ssize_t length = read(run->output_fd, piece, sizeof(piece));

	if (length < 0)
		return;
	size_t room = sizeof(run->output) - run->output_size;
	size_t taken = (size_t)length < room ? (size_t)length : room;
	memcpy(run->output + run->output_size, piece, taken);
	run->output_size += taken;
	if (length == 0) {
		probe_close(probe, run->output_fd);
		run->output_fd = -1;
	}
}

/* For whoever shows the result that follows. */
static void publish_output(struct probe *probe)
{
	struct command_run *run = probe->own;

	output_page_write(&probe->checker->output, probe->check, run->output, run->output_size);
}

static void end_output(struct probe *probe)
{
	struct command_run *run = probe->own;

	if (run->output_fd >= 0)
		read_output(probe);
	if (run->output_fd >= 0)
		probe_close(probe, run->output_fd);
	run->output_fd = -1;
	publish_output(probe);
}

/* The writing end of a new pipe for the command's output; -1: it runs unheard. */
static int begin_output(struct probe *probe)
{
	struct command_run *run = probe->own;
	int ends[2];

	run->output_size = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 || probe_watch(probe, ends[0]) < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return -1;
	}
	run->output_fd = ends[0];
	return ends[1];
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
	end_output(probe);
	return status;
}

/* Starts the program that argv names. 0 or -errno. */
static int run_program(struct probe *probe)
{
	struct command_run *run = probe->own;
	int writer = begin_output(probe);
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
		end_output(probe);
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

/* Of the programs of a folder, up to the first that is bad. */
static int badness(enum outcome outcome)
{
	static const int order[OUTCOME_COUNT] = {[OUTCOME_GOOD] = 0,
	        [OUTCOME_WARNING] = 1,
	        [OUTCOME_BLIND] = 2,
	        [OUTCOME_UNKNOWN] = 3,
	        [OUTCOME_BAD] = 4};

	return order[outcome];
}

static void add_verdict(struct command_run *run, struct verdict verdict)
{
	if (run->worst.cause == CAUSE_NONE || badness(verdict.outcome) > badness(run->worst.outcome))
		run->worst = verdict;
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
		add_verdict(run, error == EACCES ? is_blind(error) : cannot_probe(error));
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

/* What the exit codes that have a meaning of their own mean; any other one but 0 is bad. */
static struct verdict judge_code(const struct check_spec *spec, int code)
{
	switch (code) {
	case 0:
		return (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK};
	case SPAWN_NOT_EXECUTABLE:
		return is_blind(EACCES);
	case SPAWN_NOT_FOUND:
		return is_blind(ENOENT);
	default:
		break;
	}
	if (spec->plugin && code == PLUGIN_WARNING)
		return (struct verdict){.outcome = OUTCOME_WARNING, .cause = CAUSE_WARNING, .detail = code};
	if (spec->plugin && code == PLUGIN_UNKNOWN)
		return is_blind(ENODATA);
	return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_EXIT_CODE, .detail = code};
}

static struct verdict judge(const struct probe *probe, int status)
{
	if (WIFSIGNALED(status))
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_SIGNAL, .detail = WTERMSIG(status)};
	return judge_code(probe->spec, WEXITSTATUS(status));
}

static void command_event(struct probe *probe, int fd)
{
	struct command_run *run = probe->own;

	if (run->pid == 0) {
		if (run->folder)
			take_folder(probe, fd);
		return;
	}
	if (fd == run->output_fd)
		read_output(probe);
	if (fd != run->pidfd || pidfd_is_alive(run->pidfd))
		return;
	struct verdict verdict = judge(probe, kill_and_reap(probe));
	add_verdict(run, verdict);
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
		publish_output(probe);
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
		if (run->output_fd >= 0)
			close(run->output_fd);
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
