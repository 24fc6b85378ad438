/* SPDX-License-Identifier: MIT
 *
 * Thin: one LED process at a time. The last one goes on showing *fault* after its feeder died, so the next has to take the
 * LED from it.
 */
#ifndef FEEDDOG_LED_TAKEOVER_H
#define FEEDDOG_LED_TAKEOVER_H

enum {
	TAKEOVER_RETRY_MS = 50,
	TAKEOVER_TERM_MS = 2000, /* then the holder is killed */
	TAKEOVER_KILL_MS = 2000, /* then we give up */
};

/*
 * Takes RUN/led.lock for the life of this process; a process that holds it is asked to end, then made to. 0 or -errno:
 * -EBUSY: the holder has no pid here, -EPERM: it may not be ended from here, -ETIMEDOUT: it does not end.
 */
__attribute__((warn_unused_result)) int takeover(const char *run_dir);

#endif
