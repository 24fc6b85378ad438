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
 * What has come under our eyes is not well before it has lived for a moment: nothing is known of it until then. One that ends
 * before has come and gone, which no start period excuses, so that it is started again; and nobody is told that it was up.
 *
 * A pid file below RUN is that of a program which feeddog runs itself. One that has ended with 0 and is not meant to run again
 * says `done 0`, which is good. Whoever writes that hears of its end when we do, so a moment is waited for the word. One that has
 * ended before we looked at it has come and gone all the same, also where there was no checker meanwhile.
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
	YOUNG_MS = 1000, /* or the interval, where that is shorter */
	FIND_TRIES = 3,
	WORD_LOOK_MS = 20,
	WORD_LAST_MS = 200,
};

struct process_watch {
	int pidfd;           /* of the watched process, -1: none */
	pid_t pid;           /* of the watched one, or of the last that was */
	int64_t seen_ms;     /* when the watched one was first seen */
	bool well;           /* nothing bad has been seen since it was told good, or at all */
	struct pidfile dead; /* the writing that named no living process; pid 0: none has */
	int64_t look_ms;     /* the wait before the next look while it is bad */
	int64_t word_ms; /* it has ended: it may be said until then that it was meant to; 0: that is not waited for */
	bool looked;     /* at the pid file, so that another writing of it is a program started since */
	struct pidfile file; /* the writing that named the watched one */
	struct pidfile kept; /* the writing of one that was well, as the next checker will know; pid 0: none */
	struct pidfile lost; /* the same of the last checker */
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

static int process_init(struct probe *probe)
{
	struct process_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->pidfd = -1;
	watch->well = true;
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
	watch->well = pidfile_same(file, &watch->lost);
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
	if (error == 0) {
		watch->file = file;
		return alive;
	}
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
	const struct process_watch *watch = probe->own;
	enum conclusive conclusive = watch->well ? CONCLUSIVE_YES : CONCLUSIVE_ALWAYS;

	probe_notice(probe, (struct verdict){OUTCOME_BAD, CAUSE_EXITED, watch->pid, conclusive});
}

static int64_t young_until_ms(const struct probe *probe)
{
	const struct process_watch *watch = probe->own;
	uint32_t interval_ms = probe->rule->interval_ms;

	return watch->seen_ms + (interval_ms < YOUNG_MS ? interval_ms : YOUNG_MS);
}

/* It has come under our eyes, and has not lived for long enough to be called well. */
static bool is_young(const struct probe *probe, const struct verdict *verdict)
{
	const struct process_watch *watch = probe->own;

	return verdict->outcome == OUTCOME_GOOD && !watch->well && watch->pidfd >= 0 &&
	        clock_now_ms() < young_until_ms(probe);
}

/* It was told how things are. */
static void note_told(struct probe *probe, const struct verdict *verdict)
{
	struct process_watch *watch = probe->own;

	watch->word_ms = 0;
	watch->well = verdict->outcome == OUTCOME_GOOD;
	if (!watch->well) {
		look_again(probe, watch->look_ms == 0);
		return;
	}
	watch->look_ms = 0;
	if (is_ours(probe) && watch->pidfd >= 0 && !pidfile_same(&watch->file, &watch->kept)) {
		watch->kept = watch->file;
		seen_process_keep(probe, &watch->kept, true);
	}
}

static void process_start(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct verdict verdict = see(probe);

	if (verdict.cause == CAUSE_EXITED && awaits_word(probe)) {
		schedule_set(&probe->checker->schedule, &probe->timer, clock_now_ms() + WORD_LOOK_MS);
		return;
	}
	if (is_young(probe, &verdict)) {
		probe_end(probe, (struct verdict){.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_NONE});
		probe_look_at(probe, young_until_ms(probe));
		return;
	}
	if (verdict.cause == CAUSE_EXITED && watch->word_ms > 0)
		tell_crash(probe);
	else
		probe_report(probe, verdict);
	probe_release(probe);
	note_told(probe, &verdict);
}

static void process_look(struct probe *probe)
{
	struct process_watch *watch = probe->own;
	struct verdict verdict = see(probe);

	if (verdict.cause == CAUSE_EXITED && awaits_word(probe)) {
		probe_look_at(probe, clock_now_ms() + WORD_LOOK_MS);
		return;
	}
	if (is_young(probe, &verdict)) {
		probe_look_at(probe, young_until_ms(probe));
		return;
	}
	if (verdict.cause == CAUSE_EXITED && watch->word_ms > 0)
		tell_crash(probe);
	if (verdict.outcome == OUTCOME_GOOD)
		probe_notice(probe, verdict);
	note_told(probe, &verdict);
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
	bool crashed = probe->spec->pidfile ? verdict.cause == CAUSE_EXITED : verdict.cause == CAUSE_NO_PROCESS;
	if (crashed)
		tell_crash(probe);
	watch->look_ms = 0;
	note_told(probe, &verdict);
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
