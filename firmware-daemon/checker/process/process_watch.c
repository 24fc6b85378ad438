/* SPDX-License-Identifier: MIT
 *
 * A writing of a pid file that has once named no living process never names one again, whoever gets the number: only another
 * writing does. (The file's time is not compared with the process's: on a board without a clock the wall clock jumps at boot,
 * and would turn a healthy server into a stale file.)
 *
 * A pid file below RUN is that of a program which feeddog runs itself. One that has ended with 0 and is not meant to run again
 * says `done 0`, which is good. One that has ended before we looked at it has come and gone all the same, also where there was
 * no checker meanwhile.
 */
#include "process_watch.h"

#include "checker/loop.h"
#include "seen_process.h"

#include "os/clock.h"
#include "os/process/pidfd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	FIND_TRIES = 3,
	WORD_LAST_MS = 200,
	SPARE_DESCRIPTORS = 8,
	HIDDEN_TICKS = 1,     /* of a process whose start time is hidden from us */
	SAME_MOMENT_MS = 100, /* a look at /proc that is so old serves a run; the end of a process needs a later one */
};

bool process_is_ours(const struct probe *probe)
{
	return probe->spec->pidfile && flat_text(probe->flat, probe->spec->pidfile)[0] != '/';
}

static void take_over(const struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct seen_process seen;

	if (!seen_process_take(probe, &seen)) {
		seen_process_keep(probe, &watch->kept, false);
		return;
	}
	watch->looked = true;
	watch->pid = seen.file.pid;
	watch->well = seen.well;
	if (seen.well)
		watch->lost = seen.file;
	else
		watch->dead = seen.file;
}

int process_watch_init(struct probe *probe)
{
	struct process_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->pidfd = -1;
	watch->well = true;
	if (probe->spec->pidfile)
		probe_run_path(probe, flat_text(probe->flat, probe->spec->pidfile), watch->path);
	probe->own = watch;
	if (process_is_ours(probe))
		take_over(probe);
	return 0;
}

void process_unwatch(struct probe *probe)
{
	struct process_watch *watch = probe->own;

	if (watch->pidfd >= 0)
		probe_close(probe, watch->pidfd);
	watch->pidfd = -1;
	watch->ticks = 0;
}

/* No descriptor is left, or this kernel has none for processes: the start time tells as well, if later. */
static bool does_without(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOSPC || error == -ENOSYS ||
	        error == -EPERM;
}

/* A descriptor of a process that lives, under watch; -ESRCH where it does not live, or another -errno. */
static int watch_descriptor(struct probe *probe, pid_t pid)
{
	struct rlimit limit;
	int fd = pidfd_of(pid);

	if (fd < 0)
		return fd;
	int error = pidfd_is_alive(fd) ? 0 : -ESRCH;
	/* The last descriptors are for what every check needs for a moment, as to read a pid file. */
	if (error == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + SPARE_DESCRIPTORS >= limit.rlim_cur)
		error = -EMFILE;
	if (error == 0)
		error = probe_watch(probe, fd);
	if (error < 0)
		close(fd);
	return error < 0 ? error : fd;
}

/*
 * Reads what /proc shows of a process, with its name where that is wanted. 0, -ESRCH where it is not alive, not of the name or
 * one of the kernel's own threads (a stale file of the last boot may name one), -EACCES where it is hidden from us, or -errno.
 */
static int read_process(pid_t pid, int pidfd, const char *name, struct procfs_process *process)
{
	int error = procfs_read(pid, process);

	if (error == -ENOENT || error == -ESRCH)
		return pidfd >= 0 && pidfd_is_alive(pidfd) ? -EACCES : -ESRCH;
	if (error < 0)
		return error;
	if (name)
		procfs_read_name(process);
	bool is_it = procfs_is_alive(process) && !process->kernel_thread && (!name || procfs_is_named(process, name));
	return is_it ? 0 : -ESRCH;
}

/* Watches a process instead of the last. 0, -ESRCH where it is not alive or not of the name, or another -errno. */
static int watch_process(struct probe *probe, pid_t pid, const char *name)
{
	struct process_watch *watch = probe->own;
	struct procfs_process process = {.started_ticks = HIDDEN_TICKS};
	int fd = watch_descriptor(probe, pid);

	if (fd < 0 && !does_without(fd))
		return fd;
	int error = read_process(pid, fd, name, &process);
	/* The descriptor is enough for a process that is hidden from us, unless its name is wanted. */
	if (error < 0 && !(error == -EACCES && fd >= 0 && !name)) {
		if (fd >= 0)
			probe_close(probe, fd);
		return error;
	}
	process_unwatch(probe);
	watch->pidfd = fd < 0 ? -1 : fd;
	watch->pid = pid;
	watch->ticks = process.started_ticks;
	memcpy(watch->comm, process.comm, sizeof(watch->comm));
	watch->seen_ms = clock_now_ms();
	return 0;
}

/* 1: the watched process lives; 0: it has ended, or none is watched; or -errno where that cannot be known. */
static int is_watched_alive(const struct process_watch *watch, struct procfs_process *process)
{
	if (watch->ticks == 0 || (watch->pidfd >= 0 && !pidfd_is_alive(watch->pidfd)))
		return 0;
	int error = procfs_read(watch->pid, process);
	if (watch->pidfd >= 0) {
		/* The descriptor says that it lives. What it is called now may not be known. */
		if (error < 0)
			memcpy(process->comm, watch->comm, sizeof(process->comm));
		return 1;
	}
	if (error == 0)
		return process->started_ticks == watch->ticks && procfs_is_alive(process);
	return error == -ENOENT || error == -ESRCH ? 0 : error;
}

static struct verdict bad(enum cause cause, int32_t detail)
{
	return (struct verdict){.outcome = OUTCOME_BAD, .cause = cause, .detail = detail};
}

static const struct verdict alive = {.outcome = OUTCOME_GOOD, .cause = CAUSE_OK};

static struct verdict unreadable(const struct probe *probe, int error)
{
	const struct process_watch *watch = probe->own;

	if (error == EINVAL && process_is_ours(probe) && pidfile_says_done(watch->path))
		return alive;
	if (error == ENOENT || error == ENOTDIR)
		return bad(CAUSE_NO_PIDFILE, error);
	if (error == EINVAL)
		return bad(CAUSE_BAD_PIDFILE, 0);
	return error == EACCES ? is_blind(error) : cannot_probe(error);
}

static const char *wanted_name(const struct probe *probe)
{
	return probe->spec->process_name ? flat_text(probe->flat, probe->spec->process_name) : NULL;
}

int64_t process_word_until_ms(const struct probe *probe)
{
	bool always = flat_services(probe->flat)[probe->rule->service].respawn_always;

	return clock_now_ms() + (always ? 0 : WORD_LAST_MS);
}

/* A program of ours has ended, and nobody saw it. */
static void note_missed(const struct probe *probe, const struct pidfile *file)
{
	struct process_watch *watch = probe->own;

	seen_process_keep(probe, file, false);
	if (!watch->looked || (file->pid == watch->pid && !pidfile_same(file, &watch->lost)))
		return;
	watch->well = pidfile_same(file, &watch->lost);
	watch->pid = file->pid;
	watch->seen_ms = 0;
	watch->word_ms = process_word_until_ms(probe);
}

/* What a writing of a pid file says whose process is not alive, or is another program. */
static struct verdict not_alive(struct probe *probe, const struct pidfile *file)
{
	struct process_watch *watch = probe->own;
	struct procfs_process process;

	/* A program may write the file first and become what it is to be called then: it is looked at again. */
	if (!wanted_name(probe) || procfs_read(file->pid, &process) != 0)
		watch->dead = *file;
	if (process_is_ours(probe))
		note_missed(probe, file);
	return bad(file->pid == watch->pid ? CAUSE_EXITED : CAUSE_NO_PROCESS, file->pid);
}

static struct verdict see_pidfile(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct procfs_process process;
	struct pidfile file;
	int error = pidfile_read(watch->path, &file);

	if (error < 0)
		return unreadable(probe, -error);
	int lives = is_watched_alive(watch, &process);
	if (lives < 0)
		return cannot_probe(-lives);
	bool is_watched = watch->ticks != 0 && watch->pid == file.pid;
	if (lives && is_watched && (!wanted_name(probe) || strcmp(process.comm, watch->comm) == 0))
		return alive;
	if (pidfile_same(&file, &watch->dead))
		return bad(file.pid == watch->pid ? CAUSE_EXITED : CAUSE_NO_PROCESS, file.pid);
	error = is_watched && !lives ? -ESRCH : watch_process(probe, file.pid, wanted_name(probe));
	if (error == 0) {
		watch->file = file;
		return alive;
	}
	if (error == -EACCES)
		return is_blind(EACCES);
	return error == -ESRCH ? not_alive(probe, &file) : cannot_probe(-error);
}

/* Looks for a process of that name at all of them. */
static struct verdict search(struct probe *probe, const char *name)
{
	struct process_watch *watch = probe->own;
	int error;

	if (watch->asked_ms == 0)
		watch->asked_ms = clock_now_ms() - (watch->ended ? 0 : SAME_MOMENT_MS);
	if (!process_table_ask(probe->checker, watch->asked_ms, &error)) {
		if (error == -EAGAIN)
			return cannot_probe(EAGAIN);
		watch->asked_ms = 0;
		return error == -EACCES ? is_blind(EACCES) : cannot_probe(-error);
	}
	const struct procfs_process *found = process_table_find(probe->checker, name);
	error = found ? watch_process(probe, found->pid, name) : -ESRCH;
	if (found && error == -ESRCH && ++watch->tries < FIND_TRIES) {
		/* It has ended since. Another one may have come. */
		watch->asked_ms = clock_now_ms() + 1;
		return cannot_probe(EAGAIN);
	}
	watch->asked_ms = watch->tries = 0;
	if (error == 0)
		return alive;
	return error == -ESRCH ? bad(CAUSE_NO_PROCESS, 0) : cannot_probe(-error);
}

static struct verdict see_name(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct procfs_process process;
	int lives = is_watched_alive(watch, &process);

	if (lives < 0)
		return cannot_probe(-lives);
	if (!lives || strcmp(process.comm, watch->comm) != 0)
		return search(probe, wanted_name(probe));
	watch->asked_ms = 0;
	return alive;
}

int64_t process_again_ms(const struct probe *probe)
{
	const struct process_watch *watch = probe->own;
	int64_t next_ms = probe->checker->processes.next_ms;

	if (watch->asked_ms == 0)
		return 0;
	return next_ms > watch->asked_ms ? next_ms : watch->asked_ms;
}

/* There may be a descriptor to be had by now. */
static void regain_descriptor(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct procfs_process process;
	int fd = watch_descriptor(probe, watch->pid);

	if (fd < 0)
		return;
	watch->pidfd = fd;
	/* Its number may have become another's before the descriptor was had. */
	if (procfs_read(watch->pid, &process) == 0 && process.started_ticks != watch->ticks)
		process_unwatch(probe);
}

struct verdict process_see(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct verdict verdict = probe->spec->pidfile ? see_pidfile(probe) : see_name(probe);

	watch->looked = true;
	if (verdict.outcome == OUTCOME_GOOD && watch->ticks != 0 && watch->pidfd < 0)
		regain_descriptor(probe);
	return verdict;
}
