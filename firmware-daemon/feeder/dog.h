/* SPDX-License-Identifier: MIT
 *
 * The dog: taken, fed, and left. Taking is to open it (borrowed from process 1 where that holds it), to identify it, to set
 * the timeout, to read that back and to prove it. Where the board cannot be protected feeddogd does not start (promise P10).
 *
 * With `via: systemd` process 1 keeps the hardware, and its watch over our service is the dog.
 */
#ifndef FEEDDOG_FEEDER_DOG_H
#define FEEDDOG_FEEDER_DOG_H

#include "../config/flat.h"
#include "../core/snapshot.h"
#include "loan.h"

struct dog {
	int fd;
	int manager_fd;  /* via systemd: where it is told that we are well; otherwise -1 */
	bool can_disarm; /* the driver is not nowayout */
	const char *device;
	struct loan loan;
};

/*
 * Waits until there is a device to open, in the first five minutes of a boot, or for ten seconds after that: where its driver is
 * a module, a boot may load it after it has started us. To be called while signals still end us.
 */
void dog_await(const struct flat *flat);

/*
 * Takes the dog and fills `state` (identity, timeout, feed interval). EXIT_OK; otherwise the exit code, after one sentence
 * on standard error that says why and what to do; the dog is then released, disarmed where that is possible, or given back.
 * `manager_fd` is the service manager's socket, -1 where there is none.
 */
int dog_take(const struct flat *flat, const char *run_dir, int manager_fd, struct dog *dog, struct dog_state *state);

/* 0 or -errno. */
__attribute__((warn_unused_result)) int dog_feed(const struct dog *dog);

/*
 * Leaves the dog for good: disarmed, or armed, or, where a loan was returned, to process 1, whose hold is waited for. Where
 * process 1 does not take it, it is disarmed after all.
 */
void dog_leave(struct dog *dog, bool disarm);

#endif
