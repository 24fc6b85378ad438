/* SPDX-License-Identifier: MIT
 *
 * Thin: a worker, a thread for one call that may block for ever (a file on a dead disk or server, a name server that is
 * gone), so that the loop never makes such a call. A check has at most one worker. While it hangs, further runs of the check
 * start no second one and end by their timeout; the workers of other checks are not concerned. So there are never more
 * workers than checks, and however many hang, the next check still gets its own.
 *
 * Question and answer are one block of bytes that the worker has a copy of: it shares nothing with the loop, and a worker
 * that was given up frees the copy when it ends. A pointer in the block hands over what it points to until worker_take().
 *
 * A run whose worker hangs ends with worker_timeout_verdict().
 */
#ifndef FEEDDOG_CHECKER_WORKER_H
#define FEEDDOG_CHECKER_WORKER_H

#include "probe.h"

struct work;

struct worker {
	struct work *work; /* NULL: idle */
	int fd;            /* readable when the answer is there */
	int64_t asked_ms;  /* started_ms of the run that asked */
};

/*
 * Calls `ask` in a worker, with a copy of block[size]; the kind's event() comes when it has returned. What `ask` reads beside
 * the block must live as long as the program, as flat's texts do, or belong to it alone. Does nothing where the check's
 * worker is still busy. 0 or -errno.
 */
__attribute__((warn_unused_result)) int worker_ask(
        struct probe *probe, struct worker *worker, void (*ask)(void *block), const void *block, size_t size);

/*
 * For event(): takes the answer. ANSWERED: block[size] is the answer to this run. LATE: block[size] is the answer to a run
 * that has ended; the run that is under way, if there is one, may ask again. NOTHING: the event was about something else.
 */
enum worker_answer { WORKER_NOTHING, WORKER_ANSWERED, WORKER_LATE };
enum worker_answer worker_take(struct probe *probe, struct worker *worker, int fd, void *block, size_t size);

/* Waits no longer; the worker may go on for a while. */
void worker_give_up(struct probe *probe, struct worker *worker);

/*
 * What a run ends with whose worker has not returned in time: there is nothing to measure (ETIMEDOUT), because the disk or
 * the server that holds the file does not answer; or nothing is known, where the checker itself is late.
 */
struct verdict worker_timeout_verdict(const struct probe *probe);

#endif
