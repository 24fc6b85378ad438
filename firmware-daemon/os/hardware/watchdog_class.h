/* SPDX-License-Identifier: MIT
 *
 * Thin: what /sys/class/watchdog reports about a watchdog. Reading it does not arm it, as opening the device does.
 *
 * A device is identified by its number, because a link in /dev may have any name (/dev/watchdog-pmic -> watchdog1), and the
 * legacy node /dev/watchdog is the first watchdog's second node. Where the path is no device node, as in the image of a
 * card, the last word of the path behind all links is taken.
 */
#ifndef FEEDDOG_OS_WATCHDOG_CLASS_H
#define FEEDDOG_OS_WATCHDOG_CLASS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	WATCHDOG_NAME_SIZE = 64,
	WATCHDOG_PATH_SIZE = 72, /* "/dev/" and a name */
	/* bcm2835_wdt counts 2^20 / 65536 s = 16 s. Some kernels accept more and count it modulo 16 s. */
	BCM2835_MAX_S = 15,
	WATCHDOGS_MAX = 32, /* the kernel's MAX_DOGS */
};

struct watchdog_facts {
	char name[WATCHDOG_NAME_SIZE]; /* "watchdog0" */
	char identity[64];
	char state[16];    /* "active", "inactive"; "": not known */
	int64_t timeout_s; /* -1: not known, as all that follow */
	int64_t time_left_s;
	int64_t shortest_s, longest_s; /* longest_s 0: without limit */
	int64_t nowayout;
	int64_t magic_close, sets_timeout;
};

/*
 * Writes one name for each watchdog, whichever path leads to it: "watchdog0". A device node of which sysfs does not know the
 * number is named by that ("10:130").
 */
void watchdog_class_name(const char *root, const char *device, char name[WATCHDOG_NAME_SIZE]);

/* False where sysfs does not know the device; all facts but the name are then not known. */
bool watchdog_class_read(const char *root, const char *device, struct watchdog_facts *facts);

/* Finds the device by the driver's identity ("i6300ESB timer"): the first of several. False where there is none. */
bool watchdog_class_find(const char *root, const char *identity, char device[WATCHDOG_PATH_SIZE]);

/* The device of watchdog number `index`, with its facts; false where there is none. */
bool watchdog_class_nth(const char *root, int index, char device[WATCHDOG_PATH_SIZE], struct watchdog_facts *facts);

/* The most that the driver can count, whatever it claims; 0: not known, or without limit. */
int64_t watchdog_longest_s(const char *identity, int64_t claimed_s);

/* The kernel's own timer (softdog): a kernel that hangs is not reset by it. */
bool watchdog_is_software(const char *identity);

#endif
