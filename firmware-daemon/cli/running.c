/* SPDX-License-Identifier: MIT
 *
 * Whether feeddogd runs.
 */
#include "running.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 * The lock file belongs to root and may not be opened by others, but the kernel shows all locks to everybody:
 *   1: FLOCK  ADVISORY  WRITE 1234 00:17:567 0 EOF
 * Not to be found there proves nothing: some file systems (overlay, btrfs) call their device otherwise there.
 */
static enum running look_into_locks(const char *path)
{
	struct stat status;
	char line[256];
	enum running running = RUNNING_UNKNOWN;

	FILE *locks = stat(path, &status) == 0 ? fopen("/proc/locks", "re") : NULL;
	if (!locks)
		return RUNNING_UNKNOWN;
	while (running == RUNNING_UNKNOWN && fgets(line, sizeof(line), locks)) {
		unsigned major_number, minor_number;
		uintmax_t inode;
		if (sscanf(line, "%*d: FLOCK %*s %*s %*d %x:%x:%ju", &major_number, &minor_number, &inode) == 3 &&
		        major_number == major(status.st_dev) && minor_number == minor(status.st_dev) &&
		        inode == status.st_ino)
			running = RUNNING_YES;
	}
	(void)fclose(locks);
	return running;
}

enum running feeddogd_running(const char *run_dir)
{
	char path[512];

	int length = snprintf(path, sizeof(path), "%s/feeddogd.lock", run_dir);
	if (length < 0 || (size_t)length >= sizeof(path))
		return RUNNING_UNKNOWN;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* Where RUN was full at the start, the folder was locked instead. */
	if (fd < 0 && errno == ENOENT) {
		path[length - (int)strlen("/feeddogd.lock")] = '\0';
		fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	}
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return RUNNING_NO;
		return look_into_locks(path);
	}
	/* A shared lock, which is given back at once by close(). */
	enum running running = RUNNING_NO;
	if (flock(fd, LOCK_SH | LOCK_NB) != 0)
		running = errno == EWOULDBLOCK ? RUNNING_YES : RUNNING_UNKNOWN;
	(void)close(fd);
	return running;
}
