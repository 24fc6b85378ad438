/* SPDX-License-Identifier: MIT
 *
 * The clocks.
 */
#include "clock.h"

#include <errno.h>
#include <sys/timex.h>
#include <time.h>

/* 2026-01-01: there was no feeddog that checks certificates before. */
#define NOT_BEFORE_S INT64_C(1767225600)

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

int clock_check_synchronized(void)
{
	struct timex state = {.modes = 0};

	if (adjtimex(&state) < 0)
		return -errno;
	return (state.status & STA_UNSYNC) || clock_wall_s() < NOT_BEFORE_S ? -ETIME : 0;
}
