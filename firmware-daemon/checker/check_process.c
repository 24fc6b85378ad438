/* SPDX-License-Identifier: MIT
 *
 * process: tells of one process, which process_watch.c sees.
 *
 * With a pid file: the process that it names ended and the file still names it: it crashed, which is conclusive. An orderly
 * stop removes or rewrites the file: that is told at the next interval.
 *
 * What has come under our eyes is not well before it has lived for a moment: nothing is known of it until then. One that ends
 * before has come and gone, which no start period excuses, so that it is started again; and nobody is told that it was up.
 *
 * A program that feeddog runs itself may have ended as it was meant to. Whoever says so hears of its end when we do, so a moment
 * is waited for the word.
 *
 * With a name: conclusive where the watched one ended and no other is there.
 *
 * While it is bad we look again soon, so that a restarted server is seen early. Such looks tell good news only: bad news
 * comes once per interval, for retries count results.
 */
#include "loop.h"
#include "checker/process/process_watch.h"
#include "checker/process/seen_process.h"

#include "os/clock.h"
#include "os/process/pidfd.h"

#include <stdlib.h>

enum {
	LOOK_FIRST_MS = 100,
	LOOK_LAST_MS = 1000,
	YOUNG_MS = 1000, /* or the interval, where that is shorter */
	WORD_LOOK_MS = 20,
};

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

	probe_notice(probe,
	        (struct verdict){.outcome = OUTCOME_BAD,
	                .cause = CAUSE_EXITED,
	                .detail = watch->pid,
	                .conclusive = watch->well ? CONCLUSIVE_YES : CONCLUSIVE_ALWAYS,
	                .seen_ms = watch->seen_ms});
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

	return verdict->outcome == OUTCOME_GOOD && !watch->well && watch->ticks != 0 &&
	        clock_now_ms() < young_until_ms(probe);
}

/* It was told how things are. */
static void note_told(struct probe *probe, const struct verdict *verdict)
{
	struct process_watch *watch = probe->own;

	watch->word_ms = 0;
	watch->ended = false;
	watch->well = verdict->outcome == OUTCOME_GOOD;
	if (!watch->well) {
		look_again(probe, watch->look_ms == 0);
		return;
	}
	watch->look_ms = 0;
	if (process_is_ours(probe) && watch->ticks != 0 && !pidfile_same(&watch->file, &watch->kept)) {
		watch->kept = watch->file;
		seen_process_keep(probe, &watch->kept, true);
	}
}

/* Comes back to this probe at that time, within its run or between two. */
static void come_back_at(struct probe *probe, int64_t at_ms)
{
	if (probe->running)
		schedule_set(&probe->checker->schedule, &probe->timer, at_ms);
	else
		probe_look_at(probe, at_ms);
}

/* What is seen is not known yet, or may still be explained: true, and the probe is come back to. */
static bool is_unsettled(struct probe *probe, const struct verdict *verdict)
{
	int64_t again_ms = process_again_ms(probe);

	if (again_ms > 0)
		come_back_at(probe, again_ms);
	else if (verdict->cause == CAUSE_EXITED && awaits_word(probe))
		come_back_at(probe, clock_now_ms() + WORD_LOOK_MS);
	else
		return false;
	return true;
}

/* The process that was watched has ended, and nothing explains it: a crash. */
static bool is_crash(const struct probe *probe, const struct verdict *verdict)
{
	const struct process_watch *watch = probe->own;

	if (verdict->cause == CAUSE_EXITED)
		return watch->word_ms > 0 || watch->ended;
	return verdict->cause == CAUSE_NO_PROCESS && watch->ended && !probe->spec->pidfile;
}

/* A run whose look at /proc takes too long ends: nothing is known. */
static bool is_late(const struct probe *probe)
{
	return process_again_ms(probe) > 0 && clock_now_ms() - probe->started_ms >= probe->rule->timeout_ms;
}

static void process_start(struct probe *probe)
{
	struct verdict verdict = process_see(probe);

	if (is_late(probe)) {
		probe_end(probe, (struct verdict){.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_LATE});
		return;
	}
	if (is_unsettled(probe, &verdict))
		return;
	if (is_young(probe, &verdict)) {
		probe_end(probe, (struct verdict){.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_NONE});
		probe_look_at(probe, young_until_ms(probe));
		return;
	}
	if (is_crash(probe, &verdict))
		tell_crash(probe);
	else
		probe_report(probe, verdict);
	probe_release(probe);
	note_told(probe, &verdict);
}

static void process_look(struct probe *probe)
{
	struct verdict verdict = process_see(probe);

	if (is_unsettled(probe, &verdict))
		return;
	if (is_young(probe, &verdict)) {
		probe_look_at(probe, young_until_ms(probe));
		return;
	}
	if (is_crash(probe, &verdict))
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
	watch->ended = true;
	watch->asked_ms = 0;
	struct verdict verdict = process_see(probe);
	if (watch->pidfd == fd)
		process_unwatch(probe);
	if (process_again_ms(probe) > 0) {
		come_back_at(probe, process_again_ms(probe));
		return;
	}
	if (verdict.outcome == OUTCOME_GOOD) {
		watch->ended = false;
		return;
	}
	watch->word_ms = process_word_until_ms(probe);
	if (process_is_ours(probe) && is_unsettled(probe, &verdict))
		return;
	if (is_crash(probe, &verdict))
		tell_crash(probe);
	watch->look_ms = 0;
	note_told(probe, &verdict);
}

static void process_cleanup(struct probe *probe)
{
	process_unwatch(probe);
	free(probe->own);
	probe->own = NULL;
}

const struct probe_kind check_process = {
        .init = process_watch_init,
        .start = process_start,
        /* A run that waits for a word looks for it again. */
        .timeout = process_start,
        .event = process_event,
        .look = process_look,
        .cleanup = process_cleanup,
};
