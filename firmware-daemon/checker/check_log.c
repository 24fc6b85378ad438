/* SPDX-License-Identifier: MIT
 *
 * log: counts the lines of a log that match a pattern, and is bad when `count` of them came within `within_ms`. That needs no
 * retries: the threshold is the patience. See match_window.h for when it is over, log_file.h for what becomes of a file that
 * is rotated, journal.h for the journal.
 *
 * A worker reads and matches what has come, once per interval and for half of the timeout; what is left over is for the next
 * run, and a good result says how much that is. So neither a flood of lines nor a file system that hangs stalls the other
 * checks. A file or journal that cannot be read is blind, with the reason.
 */
#include "loop.h"

#include "os/clock.h"
#include "checker/log/log_reader.h"
#include "worker.h"

#include <errno.h>
#include <stdlib.h>

enum {
	/* For a worker that the kernel has not let run: a run may take so much longer than its timeout. */
	WORKER_GRACE_MS = LATE_ALLOWANCE_MS / 4,
	BYTES_PER_MIB = 1024 * 1024,
};

struct log_watch {
	struct worker worker;
	struct log_reader *reader; /* the worker's while that is busy */
	uint32_t matches;          /* that no result has said yet */
	bool missing;              /* the log was, in the last run */
	bool timed_out;            /* this run had its timeout and waits for WORKER_GRACE_MS */
	unsigned explained;        /* one bit for each reason */
};

static int log_init(struct probe *probe)
{
	struct log_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->reader = log_reader_new(probe);
	if (!watch->reader) {
		free(watch);
		return -ENOMEM;
	}
	probe->own = watch;
	return 0;
}

/* What an errno does not say by itself; each once, because a journalctl that ends again and again changes between two. */
static void explain(const struct probe *probe, int error)
{
	static const struct {
		int error;
		const char *reason;
	} reasons[] = {
	        {EINVAL, "log: this is no regular file (name a file, or use `journal`)"},
	        {EACCES, "log: no permission to read it (put the user feeddog into the group that may read it)"},
	        {ETIME, "log: the pattern takes too long on some line (write a simpler one)"},
	        {ENOENT, "log: no journal, or none of this unit (see `systemctl status UNIT`)"},
	};
	struct log_watch *watch = probe->own;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		bool applies = reasons[i].error == error && (error != ENOENT || probe->spec->unit);

		if (applies && !(watch->explained >> i & 1))
			probe_explain(probe, reasons[i].reason);
		if (applies)
			watch->explained |= 1U << i;
	}
}

static struct verdict judge(const struct probe *probe, const struct log_run *run)
{
	struct log_watch *watch = probe->own;
	uint32_t matches = watch->matches;
	int error = run->error ? run->error : run->given_up ? ETIME : 0;
	bool missing = run->error == ENOENT;
	uint64_t behind_mib = (run->behind + BYTES_PER_MIB - 1) / BYTES_PER_MIB;

	/* Between its last look and the next a file may be moved away before it is made anew. */
	if (missing && !watch->missing && !probe->spec->unit && watch->reader->file.fd >= 0)
		error = 0;
	watch->missing = missing;
	explain(probe, error);
	watch->matches = 0;
	if (matches > 0)
		return (struct verdict){.outcome = OUTCOME_BAD,
		        .cause = CAUSE_PATTERN,
		        .detail = matches > INT32_MAX ? INT32_MAX : (int32_t)matches,
		        .conclusive = CONCLUSIVE_YES};
	if (error)
		return is_own_shortage(error) ? cannot_probe(error) : is_blind(error);
	return (struct verdict){.outcome = OUTCOME_GOOD,
	        .cause = CAUSE_OK,
	        .detail = behind_mib > INT32_MAX ? INT32_MAX : (int32_t)behind_mib};
}

static void log_start(struct probe *probe)
{
	struct log_watch *watch = probe->own;
	struct log_run run = {.reader = watch->reader, .until_ms = probe->started_ms + probe->rule->timeout_ms / 2};
	int error = worker_ask(probe, &watch->worker, log_reader_run, &run, sizeof(run));

	watch->timed_out = false;
	if (error < 0)
		probe_end(probe, cannot_probe(-error));
}

/* An answer that comes late was read just now all the same, so it is the answer to the run that is under way. */
static void log_event(struct probe *probe, int fd)
{
	struct log_watch *watch = probe->own;
	struct log_run run;

	if (worker_take(probe, &watch->worker, fd, &run, sizeof(run)) == WORKER_NOTHING)
		return;
	watch->matches += run.matches;
	if (probe->running && !probe->reported)
		probe_end(probe, judge(probe, &run));
}

/* The worker stays busy, so that a file system that hangs has one, and not one more for each run. */
static void log_timeout(struct probe *probe)
{
	struct log_watch *watch = probe->own;

	if (!watch->timed_out)
		schedule_set(&probe->checker->schedule, &probe->timer, clock_now_ms() + WORKER_GRACE_MS);
	else
		probe_end(probe, is_blind(ETIMEDOUT));
	watch->timed_out = true;
}

/* A reader whose worker hangs is the worker's for ever. */
static void log_cleanup(struct probe *probe)
{
	struct log_watch *watch = probe->own;

	if (watch->worker.work)
		worker_give_up(probe, &watch->worker);
	else
		log_reader_free(watch->reader);
	free(watch);
	probe->own = NULL;
}

const struct probe_kind check_log = {
        .init = log_init,
        .start = log_start,
        .timeout = log_timeout,
        .event = log_event,
        .cleanup = log_cleanup,
};
