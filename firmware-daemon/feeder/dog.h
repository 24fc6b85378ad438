/* SPDX-License-Identifier: MIT
 *
 * The watchdog: taken, fed, and left. Taking it means to open it (borrowed from process 1 where that holds it), to identify it,
 * to set the timeout, to read it back and to prove it. Where the board cannot be protected feeddogd does not start (promise P10).
 *
 * With `via: systemd` process 1 keeps the hardware, and its supervision of our service takes the watchdog's place.
 */
#ifndef FEEDDOG_FEEDER_DOG_H
#define FEEDDOG_FEEDER_DOG_H

#include "config/flat.h"
#include "core/snapshot.h"
#include "loan.h"

enum { DOG_WHY_SIZE = 512 };

struct dog {
	int fd;
	int manager_fd;         /* via systemd: the service manager's socket; otherwise -1 */
	bool can_disarm;        /* false: nowayout, or not known */
	bool stops_when_closed; /* the driver has no magic close: killing feeddogd stops the watchdog */
	char device[PATH_MAX];
	char why[DOG_WHY_SIZE]; /* why it was refused */
	struct loan loan;
};

/*
 * Waits until there is a driver behind the device: in the first five minutes of a boot, or for ten seconds after that. The
 * driver may be a module that is loaded after feeddogd was started. To be called while signals still end us.
 */
void dog_await(const struct flat *flat);

/*
 * Takes the watchdog and fills `state` (identity, timeout, feed interval). EXIT_OK; otherwise the exit code, after one
 * sentence on standard error that says why and what to do; the watchdog is then released, disarmed where that is possible,
 * or given back. `manager_fd` is the service manager's socket, -1 where there is none.
 */
int dog_take(const struct flat *flat, const char *run_dir, int manager_fd, struct dog *dog, struct dog_state *state);

/* 0 or -errno. */
__attribute__((warn_unused_result)) int dog_feed(const struct dog *dog);

/*
 * Tries once to take a device again whose driver went away and may have come back: the same driver, proven again. 0 or
 * -errno; dog->why says why one that is there was not taken. It allocates nothing and waits for nothing.
 */
__attribute__((warn_unused_result)) int dog_retake(const struct flat *flat, struct dog *dog, struct dog_state *state);

/*
 * Leaves the watchdog for good: disarmed, or armed, or, where a loan was returned, to process 1, and waits until that holds
 * it. Where process 1 does not take it, it is disarmed after all.
 */
void dog_leave(struct dog *dog, bool disarm);

#endif
