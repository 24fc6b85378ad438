/* SPDX-License-Identifier: MIT
 *
 * Thin: files that must be whole. What is promised to survive a power cut is synced, file first and directory after;
 * what only readers of this boot look at is not.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "files beyond 2 GiB are files on every machine");

static int open_retrying(const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* Closes and keeps the first error: some file systems tell of a lost write only here. */
static int close_after(int fd, int error)
{
	if (close(fd) != 0 && errno != EINTR && error == 0)
		return -errno;
	return error;
}

/* Writes all of it at `offset`, or at the end of the file where offset is negative. */
static int write_whole(int fd, const char *bytes, size_t size, off_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = offset < 0 ? write(fd, bytes + done, size - done)
		                       : pwrite(fd, bytes + done, size - done, offset + (off_t)done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			return -EIO;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Reads up to `size` bytes from `offset`; their number or -errno. */
static long read_up_to(int fd, char *bytes, size_t size, off_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, bytes + done, size - done, offset + (off_t)done);
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return (long)done;
}

static int sync_data(int fd)
{
	int failed;

	do
		failed = fdatasync(fd);
	while (failed && errno == EINTR);
	return failed ? -errno : 0;
}

static int sync_names(int directory_fd)
{
	int failed;

	do
		failed = fsync(directory_fd);
	while (failed && errno == EINTR);
	/* A file system that cannot sync a directory says EINVAL: there is nothing more to be had. */
	return failed && errno != EINVAL ? -errno : 0;
}

/* Makes the name of a new file as durable as its bytes. */
static int sync_directory_of(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= sizeof directory)
		return -ENAMETOOLONG;
	memcpy(directory, path, length);
	directory[length] = '\0';
	int fd = open_retrying(length > 0 ? directory : slash ? "/" : ".", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	return close_after(fd, sync_names(fd));
}

int store_make_dir(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t length = strlen(path);

	if (length == 0)
		return -ENOENT;
	if (length >= sizeof part)
		return -ENAMETOOLONG;
	memcpy(part, path, length + 1);
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i] = '\0';
		int error = mkdir(part, mode) == 0 ? sync_directory_of(part) : -errno;
		/* On a read-only file system, or above a directory that we may not write, it may be there all the same. */
		struct stat found;
		if (error != 0 && error != -EEXIST && stat(part, &found) != 0)
			return error;
		part[i] = path[i];
	}
	struct stat found;
	if (stat(path, &found) != 0)
		return -errno;
	return S_ISDIR(found.st_mode) ? 0 : -ENOTDIR;
}

int store_make_dir_for(const char *path, mode_t mode, uint32_t uid, uint32_t gid)
{
	int error = store_make_dir(path, mode);

	/* Only root can give a folder away, and only root has someone else to give it to. */
	if (error || geteuid() != 0)
		return error;
	return lchown(path, uid, gid) < 0 ? -errno : 0;
}

long store_read(const char *path, void *bytes, size_t size)
{
	/* Non-blocking, so that a FIFO in the file's place cannot hang us; it changes nothing for a file. */
	int fd = open_retrying(path, O_RDONLY | O_NONBLOCK, 0);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	long length = read_up_to(fd, bytes, size, 0);
	close(fd);
	return length;
}

long store_read_own(const char *path, void *bytes, size_t size)
{
	struct stat found;
	int fd = open_retrying(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	long length = fstat(fd, &found) < 0 ? -errno : 0;
	if (length == 0 && (!S_ISREG(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 022) != 0))
		length = -EPERM;
	if (length == 0)
		length = read_up_to(fd, bytes, size, 0);
	close(fd);
	return length;
}

int store_write_at(const char *path, size_t offset, const void *bytes, size_t size)
{
	int fd = open_retrying(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return fd;
	struct stat before;
	int error = fstat(fd, &before) == 0 ? 0 : -errno;
	if (error == 0)
		error = write_whole(fd, bytes, size, (off_t)offset);
	if (error == 0)
		error = sync_data(fd);
	error = close_after(fd, error);
	/* A file that grows may be new, or its maker may have died before this line. */
	if (error == 0 && (size_t)before.st_size < offset + size)
		error = sync_directory_of(path);
	return error;
}

/* Writes a file beside `path` and renames it over it. `durable`: survives a power cut, whole. */
static int replace(const char *path, const void *bytes, size_t size, mode_t mode, bool durable)
{
	char beside[PATH_MAX];

	if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
		return -ENAMETOOLONG;
	int fd = open_retrying(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
	if (fd < 0)
		return fd;
	int error = fchmod(fd, mode) == 0 ? 0 : -errno; /* whatever the umask is */
	if (error == 0)
		error = write_whole(fd, bytes, size, -1);
	if (error == 0 && durable)
		error = sync_data(fd);
	error = close_after(fd, error);
	if (error == 0 && rename(beside, path) != 0)
		error = -errno;
	if (error != 0)
		unlink(beside);
	else if (durable)
		error = sync_directory_of(path);
	return error;
}

int store_replace(const char *path, const void *bytes, size_t size, mode_t mode)
{
	return replace(path, bytes, size, mode, false);
}

int store_overwrite(const char *path, const void *bytes, size_t size)
{
	int fd = open_retrying(path, O_WRONLY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	int error = write_whole(fd, bytes, size, 0);
	if (error == 0 && ftruncate(fd, (off_t)size) != 0)
		error = -errno;
	return close_after(fd, error);
}

/* Replaces the file by its newer half, from a line's start, and `text`. */
static int append_dropping_older(
        int fd, const char *path, off_t file_size, const char *text, size_t text_size, size_t cap)
{
	size_t keep = cap / 2 < cap - text_size ? cap / 2 : cap - text_size;

	if ((off_t)keep > file_size)
		keep = (size_t)file_size;
	/* One byte more in front tells whether the kept part starts with a line. */
	size_t lead = (off_t)keep < file_size ? 1 : 0;
	char *bytes = malloc(lead + keep + text_size);
	if (!bytes)
		return -ENOMEM;
	long length = read_up_to(fd, bytes, lead + keep, file_size - (off_t)(lead + keep));
	int error = length < 0 ? (int)length : 0;
	if (error == 0) {
		size_t have = (size_t)length;
		const char *start = bytes;
		if (lead) {
			const char *newline = memchr(bytes, '\n', have);
			start = newline ? newline + 1 : bytes + have;
		}
		size_t kept = (size_t)(bytes + have - start);
		memcpy(bytes + have, text, text_size);
		error = replace(path, start, kept + text_size, 0640, true);
	}
	free(bytes);
	return error;
}

/* Appends at the end, in one write so that a reader sees the lines at once, and syncs. */
static int append_here(int fd, const char *path, off_t file_size, const char *text, size_t text_size)
{
	int error = write_whole(fd, text, text_size, -1);

	if (error == 0)
		error = sync_data(fd);
	/* Taken back, so that writing it again makes no second one. Where even that fails, the next append ends it. */
	if (error != 0 && ftruncate(fd, file_size) != 0)
		return error;
	if (error == 0 && file_size == 0)
		error = sync_directory_of(path);
	return error;
}

int store_append_line(const char *path, const char *line, size_t cap)
{
	size_t length = strlen(line);

	if (length + 2 > cap)
		return -EFBIG;
	int fd = open_retrying(path, O_RDWR | O_CREAT | O_APPEND, 0640);
	if (fd < 0)
		return fd;
	struct stat file;
	char last = '\n';
	int error = fstat(fd, &file) == 0 ? 0 : -errno;
	if (error == 0 && file.st_size > 0) {
		long n = read_up_to(fd, &last, 1, file.st_size - 1);
		error = n < 0 ? (int)n : 0;
	}
	char *text = error == 0 ? malloc(length + 3) : NULL;
	if (error == 0 && !text)
		error = -ENOMEM;
	if (text) {
		/* The newline in front ends a line which a power cut left without one. */
		size_t size = (size_t)snprintf(text, length + 3, "%s%s\n", last == '\n' ? "" : "\n", line);
		if (file.st_size + (off_t)size > (off_t)cap)
			error = append_dropping_older(fd, path, file.st_size, text, size, cap);
		else
			error = append_here(fd, path, file.st_size, text, size);
	}
	free(text);
	return close_after(fd, error);
}

static pid_t holder_of(int fd)
{
	char text[16] = "";
	long length = read_up_to(fd, text, sizeof text - 1, 0);
	long pid = length > 0 ? strtol(text, NULL, 10) : 0;

	return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

int store_lock(const char *path, pid_t *holder)
{
	char text[16];
	int fd = open_retrying(path, O_RDWR | O_CREAT, 0600);
	int error = 0;

	*holder = 0;
	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) /* which never waits, so is never interrupted */
		error = -errno;
	if (error == -EWOULDBLOCK)
		*holder = holder_of(fd);
	if (error != 0) {
		close(fd);
		return error;
	}
	/* The lock counts; the pid is for people, and may find no room. */
	int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
	if (ftruncate(fd, 0) == 0)
		(void)!write_whole(fd, text, (size_t)length, 0);
	return fd;
}

int store_lock_folder(const char *path)
{
	int fd = open_retrying(path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	int error = -errno;
	close(fd);
	return error;
}
