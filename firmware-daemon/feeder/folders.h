/* SPDX-License-Identifier: MIT
 *
 * RUN and STATE, before arming: made, locked against a second feeddogd, and the control socket in RUN. A board is guarded
 * without them too: what a full or read-only file system refuses is logged, and only that is missing.
 */
#ifndef FEEDDOG_FEEDER_FOLDERS_H
#define FEEDDOG_FEEDER_FOLDERS_H

/*
 * EXIT_OK, and then *control_fd is the control socket, or -1 where there is no room for it. Otherwise the exit code, after
 * one sentence on standard error.
 */
int folders_open(const char *run_dir, const char *state_dir, int *control_fd);

#endif
