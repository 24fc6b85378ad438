/* SPDX-License-Identifier: MIT
 *
 * The dog on loan from process 1, where that is systemd and holds it (RuntimeWatchdogSec). While we have it, process 1 is
 * kept from it: by its property RuntimeWatchdogUSec, or, with a systemd before 255, which does not take a 0 there, by a
 * drop-in in /run that is gone after a reboot. What was borrowed is noted in RUN, so that a feeder that follows one that
 * was killed can still give it back.
 *
 * The dog is given back armed: process 1 is first told to take it, which it tries from then on, and then we close.
 */
#ifndef FEEDDOG_FEEDER_LOAN_H
#define FEEDDOG_FEEDER_LOAN_H

#include "os/systemd/systemd.h"

#include <limits.h>

enum loan_way { LOAN_NONE, LOAN_BY_PROPERTY, LOAN_BY_DROP_IN };
enum loan_progress { LOAN_KEPT, LOAN_RETURNING, LOAN_RETURNED, LOAN_REFUSED };

struct loan {
	enum loan_way way;
	enum loan_progress progress;
	uint64_t usec; /* what process 1 fed by before */
	struct systemd_call call;
	char note[PATH_MAX];
};

/*
 * Borrows the device, which another process holds. Its descriptor, fed once; -EBUSY where it is not process 1 that holds
 * it, or it does not let go; process 1 then has what it had.
 */
__attribute__((warn_unused_result)) int loan_take(struct loan *loan, const char *run_dir, const char *device);

/* For a device that is free: it may be so because a feeder before us had borrowed it. */
void loan_recall(struct loan *loan, const char *run_dir);

/* Gives it back, once it is closed or about to be; waits. */
void loan_return(struct loan *loan);

/* The same without waiting: begun, and asked until it is true that there is nothing more to wait for. */
void loan_begin_return(struct loan *loan);
bool loan_is_over(struct loan *loan);

#endif
