/* SPDX-License-Identifier: MIT
 *
 * Thin: a question to the system that may wait for ever (a dead disk, a name server that is gone), asked in a thread of its
 * own, so that the loop goes on. A check has one such thread at a time: where the last one hangs, no more are added, and the
 * runs meanwhile end by their timeout.
 *
 * Question and answer are one block of bytes that the thread has a copy of: it shares nothing with the loop, and where it is
 * given up it frees what is its own when it ends.
 */
#ifndef FEEDDOG_CHECKER_ASIDE_H
#define FEEDDOG_CHECKER_ASIDE_H

#include "probe.h"

struct aside_work;

struct aside {
	struct aside_work *work; /* NULL: none is under way */
	int fd;                  /* readable when the answer is there */
	int64_t asked_ms;        /* started_ms of the run that asked */
};

/*
 * Asks: `ask` is called in a thread with a copy of block[size]; the kind's event() comes when it is done. What `ask` reads
 * beside the block must live as long as the program, as flat's texts do. Where the last question is still open this adds
 * none. 0 or -errno.
 */
__attribute__((warn_unused_result)) int aside_ask(
        struct probe *probe, struct aside *aside, void (*ask)(void *block), const void *block, size_t size);

/*
 * For event(): takes the answer. ANSWERED: it is this run's, and in block[size]. HUNG: a run that had waited for it is over;
 * the run that is under way, if there is one, may ask again. NOTHING: the event was about something else.
 */
enum aside_answer { ASIDE_NOTHING, ASIDE_ANSWERED, ASIDE_HUNG };
enum aside_answer aside_take(struct probe *probe, struct aside *aside, int fd, void *block, size_t size);

/* Waits no longer; the thread may go on for a while. */
void aside_give_up(struct probe *probe, struct aside *aside);

#endif
