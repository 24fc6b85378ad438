/* SPDX-License-Identifier: MIT
 *
 * The child tells by its exit status: an errno, 0, or WRITTEN_TO_MEMORY.
 */
#include "foreign_file.h"

#include "os/process/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* <linux/magic.h> is not everywhere. */
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6

enum { WRITTEN_TO_MEMORY = 255 };
_Static_assert(ENOTRECOVERABLE < WRITTEN_TO_MEMORY, "an errno is an exit status");

/* Whether others than root may put something in the folder's place or into it. `last`: it is the file's own. */
static bool is_open_to_others(const struct stat *folder, bool last)
{
	bool writable = (folder->st_mode & S_IWOTH) || ((folder->st_mode & S_IWGRP) && folder->st_gid != 0);

	/* In a sticky folder nobody can replace what is somebody else's, so the next one on the way tells. */
	return S_ISDIR(folder->st_mode) && writable && (last || !(folder->st_mode & S_ISVTX));
}

struct foreign_user foreign_user_of(const char *path, uint32_t nobody)
{
	char part[PATH_MAX];
	struct stat found;
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		if ((size_t)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path) >= sizeof(part) ||
		        lstat(part, &found) != 0)
			break;
		if (found.st_uid != 0)
			return (struct foreign_user){.uid = found.st_uid, .gid = found.st_gid};
		if (is_open_to_others(&found, !strchr(slash + 1, '/')))
			return (struct foreign_user){.uid = nobody, .gid = found.st_gid};
		/* A link that is root's may lead through what is somebody else's. */
		if (S_ISLNK(found.st_mode) && stat(part, &found) == 0 && found.st_uid != 0)
			return (struct foreign_user){.uid = found.st_uid, .gid = found.st_gid};
	}
	return (struct foreign_user){0};
}

static int write_whole(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Writes NAME.new, which does not end like what readers look for, and renames it. Never to a file that was there before. */
static int replace_in(int folder, const char *name, const void *bytes, size_t size)
{
	char beside[NAME_MAX + 1];

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", name) >= sizeof(beside))
		return -ENAMETOOLONG;
	(void)unlinkat(folder, beside, 0);
	int fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	int error = fchmod(fd, 0644) == 0 ? write_whole(fd, bytes, size) : -errno;
	if (close(fd) != 0 && error == 0)
		error = -errno;
	if (error == 0 && renameat(folder, beside, folder, name) != 0)
		error = -errno;
	if (error != 0)
		(void)unlinkat(folder, beside, 0);
	return error;
}

static bool is_in_memory(int folder)
{
	struct statfs where;

	return fstatfs(folder, &where) == 0 &&
	        ((unsigned long)where.f_type == TMPFS_MAGIC || (unsigned long)where.f_type == RAMFS_MAGIC);
}

/* In the child: its exit status. */
static int write_file(const char *path, const void *bytes, size_t size, uint32_t nobody)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	(void)syscall(SYS_close_range, 3U, ~0U, 0U);
	if (!slash || (size_t)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path) >= sizeof(folder))
		return ENAMETOOLONG;
	if (geteuid() == 0) {
		struct foreign_user user = foreign_user_of(path, nobody);
		int error = user.uid == 0 ? 0 : privileges_become(user.uid, user.gid, NULL, 0);
		if (error)
			return -error;
	}
	/* After the change of user, which clears it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	int error = replace_in(fd, slash + 1, bytes, size);
	return error == 0 && is_in_memory(fd) ? WRITTEN_TO_MEMORY : -error;
}

pid_t foreign_file_begin(const char *path, const void *bytes, size_t size, uint32_t nobody)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(write_file(path, bytes, size, nobody));
	return pid;
}

int foreign_file_end(pid_t pid, bool *in_memory)
{
	int status = 0;
	pid_t ended = waitpid(pid, &status, WNOHANG);

	if (ended == 0 || (ended < 0 && errno == EINTR))
		return -EAGAIN;
	if (ended < 0)
		return -errno;
	if (!WIFEXITED(status))
		return -EINTR;
	*in_memory = WEXITSTATUS(status) == WRITTEN_TO_MEMORY;
	return *in_memory ? 0 : -WEXITSTATUS(status);
}
