/* SPDX-License-Identifier: MIT
 *
 * What feeddogd hands to a helper (checker, actor, led): descriptors at fixed numbers, and its arguments:
 *
 *   feeddog-HELPER --generation N --run-dir DIR --state-dir DIR
 */
#ifndef FEEDDOG_OS_HELPER_FDS_H
#define FEEDDOG_OS_HELPER_FDS_H

enum {
	FD_CONFIG = 3,   /* the sealed flat configuration */
	FD_CHANNEL = 4,  /* SOCK_SEQPACKET to the feeder; end of file: the feeder is gone */
	FD_SNAPSHOT = 5, /* the feeder's state, read-only; the actor only */
	FD_ALERT = 6,    /* feeddog-alert's file, or /dev/null; the actor only */
	FD_OUTPUT = 7, /* what commands of checks have printed (os/channel/output_page.h); the checker and the actor */
};

#endif
