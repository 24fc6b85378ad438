/* SPDX-License-Identifier: MIT
 *
 * Taking the dog: open, identify, set the timeout, read it back, prove it. Where the board cannot be protected feeddogd
 * does not start (promise P10).
 */
#ifndef FEEDDOG_FEEDER_DOG_H
#define FEEDDOG_FEEDER_DOG_H

#include "../config/flat.h"
#include "../core/snapshot.h"

struct dog {
	int fd;
	bool can_disarm; /* the driver is not nowayout */
};

/*
 * Takes the dog and fills `state` (identity, timeout, feed interval). EXIT_OK; otherwise the exit code, after one sentence
 * on standard error that says why and what to do; the dog is then released, disarmed where that is possible.
 */
int dog_take(const struct flat *flat, struct dog *dog, struct dog_state *state);

#endif
