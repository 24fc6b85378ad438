/* SPDX-License-Identifier: MIT
 *
 * The clocks.
 */
#include "clock.h"

#include <time.h>

_Static_assert(sizeof(time_t) == 8, "there is a 2038 on every machine");

int64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_s(void)
{
	return (int64_t)time(NULL);
}
