/* SPDX-License-Identifier: MIT
 *
 * Thin: the clocks. All of feeddog counts on CLOCK_MONOTONIC, which no one can set; the wall clock is only shown.
 */
#ifndef FEEDDOG_OS_CLOCK_H
#define FEEDDOG_OS_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);

/* Seconds since 1970, for people. On a board without an RTC it may be years off. */
int64_t clock_wall_s(void);

/*
 * 0 where the wall clock can be believed: the kernel was told so by what keeps it (NTP, PTP, GPS), and it is later than this
 * program. -ETIME where it cannot, or another -errno where the kernel does not say.
 */
int clock_check_synchronized(void);

#endif
