/* SPDX-License-Identifier: MIT
 *
 * The locks are held for the life of the process: their descriptors are never closed.
 */
#include "folders.h"

#include "options.h"

#include "os/channel/control_socket.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOCK_TRIES = 5, LOCK_WAIT_US = 20000 };

static int fail(const char *what, int error)
{
	fprintf(stderr, "feeddogd: %s: %s\n", what, strerror(-error));
	return EXIT_SYSTEM;
}

/* Errors of a file system that is full or broken, which is no reason to leave the board unguarded. */
static bool is_out_of_order(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EROFS || error == -EIO;
}

static void log_missing(const char *path, int error)
{
	log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", path, strerror(-error));
}

/* Takes the lock of RUN; `feeddog status` holds it for a moment when it looks whether we run. A descriptor or -errno. */
static int lock_run_dir(const char *run_dir, const char *path, pid_t *holder)
{
	int fd = -EWOULDBLOCK;

	for (int tries = 0; fd == -EWOULDBLOCK && tries <= LOCK_TRIES; tries++) {
		if (tries > 0)
			usleep(LOCK_WAIT_US);
		fd = store_lock(path, holder);
		/* No room for a file: the folder itself can be locked. */
		if (is_out_of_order(fd))
			fd = store_lock_folder(run_dir);
	}
	return fd;
}

static int open_run_dir(const char *run_dir, int *control_fd)
{
	char path[PATH_MAX];
	pid_t holder = 0;
	int error = store_make_dir(run_dir, 0755);

	if (is_out_of_order(error)) {
		log_missing(run_dir, error);
		return EXIT_OK;
	}
	if (error) {
		fprintf(stderr, "feeddogd: %s cannot be made: %s (run as root, or give --run-dir)\n", run_dir,
		        strerror(-error));
		return EXIT_SYSTEM;
	}
	snprintf(path, sizeof(path), "%s/feeddogd.lock", run_dir);
	error = lock_run_dir(run_dir, path, &holder);
	if (error == -EWOULDBLOCK) {
		fprintf(stderr,
		        "feeddogd: process %d is already running with %s (stop it, or give another --run-dir)\n",
		        (int)holder, run_dir);
		return EXIT_NO_DOG;
	}
	if (error < 0 && !is_out_of_order(error))
		return fail(path, error);
	snprintf(path, sizeof(path), "%s/control", run_dir);
	*control_fd = control_socket_bind(path);
	if (*control_fd >= 0)
		return EXIT_OK;
	if (!is_out_of_order(*control_fd))
		return fail(path, *control_fd);
	log_missing(path, *control_fd);
	*control_fd = -1;
	return EXIT_OK;
}

/*
 * Two daemons with one ledger would each count half of the reboots. A folder that cannot be had or locked is no reason not to
 * start: the actor logs it, and the ladder, which then cannot count reboots, orders none.
 */
static int open_state_dir(const char *state_dir)
{
	if (store_make_dir(state_dir, 0755) != 0 || store_lock_folder(state_dir) != -EWOULDBLOCK)
		return EXIT_OK;
	fprintf(stderr,
	        "feeddogd: another feeddogd is already running with %s (stop it, or give another --state-dir)\n",
	        state_dir);
	return EXIT_NO_DOG;
}

int folders_open(const char *run_dir, const char *state_dir, int *control_fd)
{
	*control_fd = -1;
	int code = open_run_dir(run_dir, control_fd);

	return code == EXIT_OK ? open_state_dir(state_dir) : code;
}
