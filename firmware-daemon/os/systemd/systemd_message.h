/* SPDX-License-Identifier: MIT
 *
 * What is said to process 1, as bytes: the greeting, and one D-Bus message. Pure.
 */
#ifndef FEEDDOG_OS_SYSTEMD_MESSAGE_H
#define FEEDDOG_OS_SYSTEMD_MESSAGE_H

#include "systemd.h"

enum { SYSTEMD_OUT_SIZE = 512, SYSTEMD_GREETING_SIZE = 64 };

/* A message being written; all of ours are known to fit. */
struct systemd_out {
	size_t length;
	uint8_t bytes[SYSTEMD_OUT_SIZE];
};

/* In the byte order of this machine, which process 1 shares. */
void systemd_write_call(struct systemd_out *message, enum systemd_verb verb, uint64_t usec);

/* Who we are, as the digits of the user's number, each in hexadecimal; the kernel vouches for it. How long it is. */
size_t systemd_write_greeting(unsigned number, char greeting[SYSTEMD_GREETING_SIZE]);

#endif
