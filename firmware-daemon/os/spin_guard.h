/* SPDX-License-Identifier: MIT
 *
 * Thin: keeps a loop around poll() from spinning. A descriptor that stays ready and cannot be read, or a wait that fails, makes
 * every wait return at once. Such a loop takes a whole core, and the feeder's, with its priority, the whole board.
 */
#ifndef FEEDDOG_OS_SPIN_GUARD_H
#define FEEDDOG_OS_SPIN_GUARD_H

#include <stdint.h>

/* After turns_max consecutive waits that returned at once, the loop sleeps rest_us before each further turn. */
struct spin_guard {
	unsigned turns_max;
	unsigned rest_us;
	unsigned at_once; /* consecutive waits that returned at once */
};

/* To start with: the feeder, with its priority, sleeps sooner and longer than a helper, to which many answers may come at once. */
extern const struct spin_guard spin_guard_of_feeder;
extern const struct spin_guard spin_guard_of_helper;

/* After each wait, which began at before_ms. Turns are counted, and not time: on a slow board a turn takes longer. */
void spin_guard_rest(struct spin_guard *guard, int64_t before_ms);

#endif
