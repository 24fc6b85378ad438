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

#include "seen_process.h"

#include "../os/clock.h"
#include "../os/pidfd.h"
#include "../os/procfs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIND_TRIES = 3, WORD_LAST_MS = 200 };

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
}

/* Watches a process instead of the last. 0, -ESRCH where it is not alive, or another -errno. */
static int watch_process(struct probe *probe, pid_t pid)
{
	struct process_watch *watch = probe->own;
	struct procfs_process process;
	int fd = pidfd_of(pid);

	if (fd < 0)
		return fd;
	/* The kernel's own threads are nobody's server: a stale file of the last boot may name one. */
	bool stale = procfs_read(pid, &process) == 0 && process.kernel_thread;
	int error = stale || !pidfd_is_alive(fd) ? -ESRCH : probe_watch(probe, fd);
	if (error < 0) {
		close(fd);
		return error;
	}
	process_unwatch(probe);
	watch->pidfd = fd;
	watch->pid = pid;
	watch->seen_ms = clock_now_ms();
	return 0;
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
	return error == EINVAL ? bad(CAUSE_BAD_PIDFILE, 0) : cannot_probe(error);
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

static struct verdict see_pidfile(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct pidfile file;
	int error = pidfile_read(watch->path, &file);

	if (error < 0)
		return unreadable(probe, -error);
	if (watch->pidfd >= 0 && watch->pid == file.pid && pidfd_is_alive(watch->pidfd))
		return alive;
	if (pidfile_same(&file, &watch->dead))
		return bad(file.pid == watch->pid ? CAUSE_EXITED : CAUSE_NO_PROCESS, file.pid);
	error = watch->pidfd >= 0 && watch->pid == file.pid ? -ESRCH : watch_process(probe, file.pid);
	if (error == 0) {
		watch->file = file;
		return alive;
	}
	if (error != -ESRCH)
		return cannot_probe(-error);
	watch->dead = file;
	if (process_is_ours(probe))
		note_missed(probe, &file);
	return bad(file.pid == watch->pid ? CAUSE_EXITED : CAUSE_NO_PROCESS, file.pid);
}

static bool still_named(const struct process_watch *watch, const char *name)
{
	struct procfs_process process;

	return watch->pidfd >= 0 && procfs_read(watch->pid, &process) == 0 && procfs_is_named(&process, name) &&
	        pidfd_is_alive(watch->pidfd);
}

static struct verdict see_name(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	const char *name = flat_text(probe->flat, probe->spec->process_name);
	struct procfs_process found;
	int error = -ESRCH;

	if (still_named(watch, name))
		return alive;
	for (int i = 0; i < FIND_TRIES && error == -ESRCH; i++) {
		error = procfs_find(name, &found);
		if (error == 0)
			error = watch_process(probe, found.pid);
	}
	if (error == 0)
		return alive;
	return error == -ENOENT || error == -ESRCH ? bad(CAUSE_NO_PROCESS, 0) : cannot_probe(-error);
}

struct verdict process_see(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct verdict verdict = probe->spec->pidfile ? see_pidfile(probe) : see_name(probe);

	watch->looked = true;
	return verdict;
}
