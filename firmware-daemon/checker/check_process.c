/* SPDX-License-Identifier: MIT
 *
 * process: watches one process through a pidfd, so that its end is known at once and a number that is used again is not
 * taken for it. The process is the one that a pid file names, or the oldest of a name.
 *
 * With a pid file: the process that it names ended and the file still names it: it crashed, which is conclusive. An orderly
 * stop removes or rewrites the file: that is told at the next interval. A writing of the file that has once named no living
 * process never names one again, whoever gets the number: only another writing does. (The file's time is not compared with
 * the process's: on a board without a clock the wall clock jumps at boot, and would turn a healthy server into a stale file.)
 *
 * A pid file below RUN is that of a program which feeddog runs itself. One that has ended with 0 and is not meant to run again
 * says `done 0`, which is good. Whoever writes that hears of its end when we do, so a moment is waited for the word. One that has
 * ended before we looked at it has run all the same: it is told as good and then as crashed, so that a start period does not
 * keep it from being started again. So is one that ended while there was no checker.
 *
 * With a name: conclusive where the watched one ended and no other is there.
 *
 * While it is bad we look again soon, so that a restarted server is seen early. Such looks tell good news only: bad news
 * comes once per interval, for retries count results.
 */
#include "loop.h"
#include "seen_process.h"

#include "../os/clock.h"
#include "../os/pidfd.h"
#include "../os/pidfile.h"
#include "../os/procfs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	LOOK_FIRST_MS = 100,
	LOOK_LAST_MS = 1000,
	FIND_TRIES = 3,
	WORD_LOOK_MS = 20,
	WORD_LAST_MS = 200,
};

struct process_watch {
	int pidfd;           /* of the watched process, -1: none */
	pid_t pid;           /* of the watched one, or of the last that was */
	struct pidfile dead; /* the writing that named no living process; pid 0: none has */
	int64_t look_ms;     /* the wait before the next look while it is bad */
	int64_t word_ms; /* it has ended: it may be said until then that it was meant to; 0: that is not waited for */
	bool looked;     /* at the pid file, so that another writing of it is a program started since */
	struct pidfile lost; /* the writing that named a living process when the last checker looked; pid 0: none */
	bool missed;         /* it has ended before it was seen alive */
	char path[PATH_MAX]; /* of the pid file */
};

/* The program is one that feeddog runs. */
static bool is_ours(const struct probe *probe)
{
	return probe->spec->pidfile && flat_text(probe->flat, probe->spec->pidfile)[0] != '/';
}

static void take_over(const struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct seen_process seen;

	if (!seen_process_take(probe, &seen))
		return;
	watch->looked = true;
	watch->pid = seen.file.pid;
	if (seen.alive)
		watch->lost = seen.file;
	else
		watch->dead = seen.file;
}

static int process_init(struct probe *probe)
{
	struct process_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->pidfd = -1;
	if (probe->spec->pidfile)
		probe_run_path(probe, flat_text(probe->flat, probe->spec->pidfile), watch->path);
	probe->own = watch;
	if (is_ours(probe))
		take_over(probe);
	return 0;
}

static void unwatch(struct probe *probe)
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
	unwatch(probe);
	watch->pidfd = fd;
	watch->pid = pid;
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

	if (error == EINVAL && is_ours(probe) && pidfile_says_done(watch->path))
		return alive;
	if (error == ENOENT || error == ENOTDIR)
		return bad(CAUSE_NO_PIDFILE, error);
	return error == EINVAL ? bad(CAUSE_BAD_PIDFILE, 0) : cannot_probe(error);
}

/* Until when it may be said that the program which has ended was meant to. */
static int64_t word_until_ms(const struct probe *probe)
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
	watch->missed = !pidfile_same(file, &watch->lost);
	watch->pid = file->pid;
	watch->word_ms = word_until_ms(probe);
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
	if (error == 0 && is_ours(probe))
		seen_process_keep(probe, &file, true);
	if (error == 0)
		return alive;
	if (error != -ESRCH)
		return cannot_probe(-error);
	watch->dead = file;
	if (is_ours(probe))
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

static struct verdict see(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct verdict verdict = probe->spec->pidfile ? see_pidfile(probe) : see_name(probe);

	watch->looked = true;
	return verdict;
}

/* Looks again soon, then less and less often; from the first time after good news. */
static void look_again(struct probe *probe, bool first)
{
	struct process_watch *watch = probe->own;

	watch->look_ms = first ? LOOK_FIRST_MS : watch->look_ms * 2;
	if (watch->look_ms > LOOK_LAST_MS)
		watch->look_ms = LOOK_LAST_MS;
	probe_look_at(probe, clock_now_ms() + watch->look_ms);
}

/* It may still be said that the process was meant to end. */
static bool awaits_word(const struct probe *probe)
{
	const struct process_watch *watch = probe->own;

	return watch->word_ms > clock_now_ms();
}

static void tell_crash(struct probe *probe)
{
	struct process_watch *watch = probe->own;

	if (watch->missed)
		probe_notice(probe, alive);
	probe_notice(probe, (struct verdict){OUTCOME_BAD, CAUSE_EXITED, watch->pid, true});
}

static void forget_word(struct process_watch *watch)
{
	watch->word_ms = 0;
	watch->missed = false;
}

static void process_start(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct verdict verdict = see(probe);

	if (verdict.cause == CAUSE_EXITED && awaits_word(probe)) {
		schedule_set(&probe->checker->schedule, &probe->timer, clock_now_ms() + WORD_LOOK_MS);
		return;
	}
	if (verdict.cause == CAUSE_EXITED && watch->word_ms > 0)
		tell_crash(probe);
	else
		probe_report(probe, verdict);
	forget_word(watch);
	probe_release(probe);
	if (verdict.outcome == OUTCOME_GOOD)
		watch->look_ms = 0;
	else
		look_again(probe, watch->look_ms == 0);
}

static void process_look(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct verdict verdict = see(probe);

	if (verdict.cause == CAUSE_EXITED && awaits_word(probe)) {
		probe_look_at(probe, clock_now_ms() + WORD_LOOK_MS);
		return;
	}
	if (verdict.cause == CAUSE_EXITED && watch->word_ms > 0)
		tell_crash(probe);
	forget_word(watch);
	if (verdict.outcome != OUTCOME_GOOD) {
		look_again(probe, watch->look_ms == 0);
		return;
	}
	watch->look_ms = 0;
	probe_notice(probe, verdict);
}

/* The watched process may have ended. */
static void process_event(struct probe *probe, int fd)
{
	struct process_watch *watch = probe->own;

	if (fd != watch->pidfd || pidfd_is_alive(watch->pidfd))
		return;
	struct verdict verdict = see(probe);
	if (watch->pidfd == fd)
		unwatch(probe);
	if (verdict.outcome == OUTCOME_GOOD)
		return;
	watch->word_ms = word_until_ms(probe);
	if (is_ours(probe) && awaits_word(probe) && verdict.cause == CAUSE_EXITED) {
		probe_look_at(probe, clock_now_ms() + WORD_LOOK_MS);
		return;
	}
	forget_word(watch);
	bool crashed = probe->spec->pidfile ? verdict.cause == CAUSE_EXITED : verdict.cause == CAUSE_NO_PROCESS;
	if (crashed)
		tell_crash(probe);
	look_again(probe, true);
}

static void process_cleanup(struct probe *probe)
{
	unwatch(probe);
	free(probe->own);
	probe->own = NULL;
}

const struct probe_kind check_process = {
        .init = process_init,
        .start = process_start,
        /* A run that waits for a word looks for it again. */
        .timeout = process_start,
        .event = process_event,
        .look = process_look,
        .cleanup = process_cleanup,
};
