/* SPDX-License-Identifier: MIT
 *
 * Thin: one process of a kind at a time. The LED of a feeder that was killed goes on showing *fault*, and an actor may
 * still have something to finish; the next feeder's has to take over from it.
 */
#ifndef FEEDDOG_OS_TAKEOVER_H
#define FEEDDOG_OS_TAKEOVER_H

enum {
	TAKEOVER_RETRY_MS = 50,
	TAKEOVER_TERM_MS = 2000, /* then the holder is killed */
	TAKEOVER_KILL_MS = 2000, /* then we give up */
};

/*
 * Takes RUN/NAME for the life of this process; a process that holds it is asked to end, then made to. 0 or -errno:
 * -EBUSY: the holder has no pid here, -EPERM: it may not be ended from here, -ETIMEDOUT: it does not end.
 */
__attribute__((warn_unused_result)) int takeover(const char *run_dir, const char *name);

#endif
