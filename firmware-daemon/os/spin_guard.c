/* SPDX-License-Identifier: MIT
 *
 * Keeps a loop from spinning.
 */
#include "spin_guard.h"

#include "clock.h"

#include <unistd.h>

const struct spin_guard spin_guard_of_feeder = {.turns_max = 12, .rest_us = 5000};
const struct spin_guard spin_guard_of_helper = {.turns_max = 64, .rest_us = 1000};

void spin_guard_rest(struct spin_guard *guard, int64_t before_ms)
{
	guard->at_once = clock_now_ms() == before_ms ? guard->at_once + 1 : 0;
	if (guard->at_once >= guard->turns_max) {
		guard->at_once = guard->turns_max;
		(void)usleep(guard->rest_us);
	}
}
