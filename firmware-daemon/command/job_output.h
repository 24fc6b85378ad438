/* SPDX-License-Identifier: MIT
 *
 * What a service's commands print, line by line into the log, bounded in every way. Thin.
 *
 * It comes through a FIFO in RUN/output/, one for each service. The daemons that a start command leaves behind go on
 * writing to it; because they hold it open for reading too, they are neither killed nor hindered when the actor dies, and
 * the next actor reads on where it left off.
 */
#ifndef FEEDDOG_ACTOR_JOB_OUTPUT_H
#define FEEDDOG_ACTOR_JOB_OUTPUT_H

#include "core/bucket.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OUTPUT_LINE_SIZE = 400,      /* a longer line is cut */
	OUTPUT_BURST = 20,           /* lines at once, and */
	OUTPUT_LINE_MS = 50,         /* one more in each of these, while a command runs; */
	OUTPUT_LEFT_LINE_MS = 10000, /* in each of these, from what it left behind */
	OUTPUT_QUIET_MS = 1000,      /* then the number of lines left out is logged, although no line follows */
};

struct job_output {
	const char *name; /* of the service, for the log; "" for the reboot command; ".alert-1" for the first alert */
	int fd;           /* -1: nobody writes */
	bool running;     /* a command runs; otherwise these are daemons */
	bool cut;         /* the rest of this line is passed over */
	size_t length;
	char line[OUTPUT_LINE_SIZE];
	struct bucket lines; /* that may be said now */
	uint64_t suppressed; /* lines not said since the last one that was */
	int64_t heard_ms;
	char path[PATH_MAX];
};

/* Names it and, where a FIFO of an earlier actor still has writers, reads on from it. */
void job_output_begin(struct job_output *output, const char *run_dir, const char *name, int64_t now_ms);

/*
 * The end to write to, for a command of user `uid`, or -errno. The caller closes it once the command has it. Reading
 * begins.
 */
__attribute__((warn_unused_result)) int job_output_open(
        struct job_output *output, uint32_t uid, uint32_t gid, int64_t now_ms);

/* Reads some of what there is, never waits. Closes itself at the end. */
void job_output_drain(struct job_output *output, int64_t now_ms);

/* Says how many lines were not said, where the command has been silent since. To be called in each turn. */
void job_output_step(struct job_output *output, int64_t now_ms);

/* The command has ended: says the rest of its last line, and how many lines were not said. */
void job_output_end(struct job_output *output, int64_t now_ms);

#endif
