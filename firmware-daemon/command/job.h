/* SPDX-License-Identifier: MIT
 *
 * One command that runs: its process group, its deadline, its end (promise P5). Thin. The clock is CLOCK_MONOTONIC in
 * milliseconds, and is passed in.
 *
 * At the deadline the whole group is asked to end (TERM), and after the grace made to (KILL). A command that ends by
 * itself leaves its group alone: a start script's daemons are to live on.
 */
#ifndef FEEDDOG_ACTOR_JOB_H
#define FEEDDOG_ACTOR_JOB_H

#include "leader.h"

enum { JOB_GRACE_LAST_MS = 2000 };

enum job_phase {
	JOB_NONE,
	JOB_RUNS,
	JOB_ASKED,  /* TERM was sent; KILL follows at the deadline */
	JOB_KILLED, /* told as ended, but not yet gone: what hangs in the kernel cannot be killed */
};

struct job {
	enum job_phase phase;
	struct leader leader; /* not reaped as long as its group may have to be killed */
	int64_t started_ms;
	int64_t deadline_ms;
	uint32_t grace_ms;
};

struct job_end {
	enum cause cause; /* OK, EXIT_CODE, SIGNAL or TIMEOUT; NONE: how an adopted one ended is not known */
	int32_t detail;   /* exit code or signal */
	int64_t took_ms;
};

/* Starts it; `spawn->own_group` must be set. 0 or -errno. */
__attribute__((warn_unused_result)) int job_start(
        struct job *job, const struct spawn *spawn, uint32_t timeout_ms, int64_t now_ms);

/* Looks whether it has ended and enforces its deadline. True once, when it has ended: `end` says how. */
bool job_step(struct job *job, int64_t now_ms, struct job_end *end);

/* Takes over a job that an earlier actor has started; false where its process is not there any more. */
bool job_adopt(struct job *job);

/* Lets go of it; it goes on. */
void job_release(struct job *job);

/* When to look again though no child has ended; FOREVER_MS. Of an adopted job its descriptor tells. */
int64_t job_deadline_ms(const struct job *job);

#endif
