/* SPDX-License-Identifier: MIT
 *
 * Thin: what /sys/class/watchdog tells of a watchdog without opening it, which would arm it.
 */
#ifndef FEEDDOG_OS_WATCHDOG_CLASS_H
#define FEEDDOG_OS_WATCHDOG_CLASS_H

#include <stdbool.h>
#include <stdint.h>

struct watchdog_facts {
	char name[64]; /* watchdog0 */
	char identity[64];
	char state[16];    /* active, inactive; "" where it is not told */
	int64_t timeout_s; /* -1 where it is not told, as those that follow */
	int64_t time_left_s;
	int64_t shortest_s, longest_s; /* 0: without limit */
	int64_t nowayout;
};

/* Of a device, by its path; the legacy node is the first one. False where sysfs knows none of that name. */
bool watchdog_class_read(const char *root, const char *device, struct watchdog_facts *facts);

#endif
