/* SPDX-License-Identifier: MIT
 *
 * Thin: process 1, where that is systemd, and the one property of it that concerns us: for how long the hardware may wait
 * for process 1 (RuntimeWatchdogUSec; 0: process 1 holds no watchdog). It is asked over the socket that systemctl uses too,
 * which is there before any message bus is. The message is the one of D-Bus, and small enough to be written by hand.
 *
 * Nothing here waits, but for the one function that says so.
 */
#ifndef FEEDDOG_OS_SYSTEMD_H
#define FEEDDOG_OS_SYSTEMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYSTEMD_SOCKET "/run/systemd/private"

enum { SYSTEMD_MESSAGE_LAST = 4096 };

enum systemd_verb {
	SYSTEMD_GET_WATCHDOG,
	SYSTEMD_SET_WATCHDOG,
	SYSTEMD_RELOAD, /* read the configuration again, as `systemctl daemon-reload` does */
};

/* One question on its way. */
struct systemd_call {
	int fd; /* -1: none */
	enum systemd_verb verb;
	bool let_in;   /* it has taken our greeting, and the message is sent */
	uint64_t usec; /* what to set it to; what it is */
	size_t length; /* of what has come */
	size_t skip;   /* of what comes: it is of no interest */
	uint8_t bytes[SYSTEMD_MESSAGE_LAST];
};

/* Begins a call. 0; -ENOENT or -ECONNREFUSED: process 1 is not systemd; or another -errno. */
__attribute__((warn_unused_result)) int systemd_begin(
        struct systemd_call *call, const char *socket, enum systemd_verb verb, uint64_t usec);

/*
 * What has come. -EAGAIN: no answer yet. Otherwise the call is over: 0, -EACCES, or another -errno; -EPROTO where it was
 * not understood.
 */
__attribute__((warn_unused_result)) int systemd_take(struct systemd_call *call);

/* Gives a call up. */
void systemd_end(struct systemd_call *call);

/* All of it. It waits, for `wait_ms` at most; -ETIMEDOUT. */
__attribute__((warn_unused_result)) int systemd_ask(
        const char *socket, enum systemd_verb verb, uint64_t *usec, int wait_ms);

/* True where process 1 is systemd's last program, which stops what is left, takes the dog over, and reboots. */
bool systemd_is_shutting_down(void);

#endif
