/* SPDX-License-Identifier: MIT
 *
 * A note in RUN/jobs/ of each command that runs, so that an actor which takes over from one that died still knows it:
 * its deadline holds (promise P5), and no second command is started beside it. Thin. Not synced: a reset ends the
 * command too.
 */
#ifndef FEEDDOG_ACTOR_JOB_RECORD_H
#define FEEDDOG_ACTOR_JOB_RECORD_H

#include "job.h"

#include "core/event.h"

/* Notes a job that runs; 0 or -errno. */
__attribute__((warn_unused_result)) int job_record_write(
        const char *path, const struct job *job, const struct event *order);

/* Forgets it. */
void job_record_remove(const char *path);

/* Takes a job over from its note; false where there is none, or its process has ended. */
bool job_record_take(const char *path, struct job *job, struct event *order);

#endif
