/* SPDX-License-Identifier: MIT
 *
 * What a checker has seen of a program that feeddog runs itself, kept in RUN for the next checker: a program that ended while
 * there was none has ended since, which is as good as having seen it.
 */
#ifndef FEEDDOG_CHECKER_SEEN_PROCESS_H
#define FEEDDOG_CHECKER_SEEN_PROCESS_H

#include "checker/probe.h"

#include "os/process/pidfile.h"

struct seen_process {
	struct pidfile file; /* the writing that was looked at; zeros: none yet */
	bool well;           /* it was told good; not: it has ended */
};

void seen_process_keep(const struct probe *probe, const struct pidfile *file, bool well);

/* False where there was no checker before this one. */
bool seen_process_take(const struct probe *probe, struct seen_process *seen);

#endif
