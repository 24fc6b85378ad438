/* SPDX-License-Identifier: MIT
 *
 * Reading pid files. Some hold more lines after the pid (PostgreSQL's): those are not looked at.
 */
#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID_LAST = 1 << 22 }; /* the kernel's own limit */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A number from 1 to PID_LAST with white space around it, or -EINVAL. */
static int parse_pid(const char *text, const char *end)
{
	int pid = 0;

	while (text < end && is_space(*text))
		text++;
	for (; text < end && *text >= '0' && *text <= '9'; text++) {
		pid = pid * 10 + (*text - '0');
		if (pid > PID_LAST)
			return -EINVAL;
	}
	return pid > 0 && (text == end || is_space(*text)) ? pid : -EINVAL;
}

enum { TEXT_SIZE = 64 };

static int read_open(int fd, char text[TEXT_SIZE], struct stat *stat)
{
	if (fstat(fd, stat) < 0)
		return -errno;
	/* A FIFO or a device in its place would make us wait. */
	if (!S_ISREG(stat->st_mode))
		return -EINVAL;
	ssize_t length = read(fd, text, TEXT_SIZE);
	return length < 0 ? -errno : (int)length;
}

/* The file's beginning: its length, or -errno. */
static int read_text(const char *path, char text[TEXT_SIZE], struct stat *stat)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	int length = read_open(fd, text, stat);
	close(fd);
	return length;
}

int pidfile_read(const char *path, struct pidfile *out)
{
	char text[TEXT_SIZE] = "";
	struct stat stat = {0};
	int length = read_text(path, text, &stat);

	if (length < 0)
		return length;
	*out = (struct pidfile){
	        .pid = parse_pid(text, text + length),
	        .device = stat.st_dev,
	        .inode = stat.st_ino,
	        .written_ns = (int64_t)stat.st_mtim.tv_sec * 1000000000 + stat.st_mtim.tv_nsec,
	};
	return out->pid < 0 ? -EINVAL : 0;
}

bool pidfile_says_done(const char *path)
{
	static const char done[] = "done 0\n";
	char text[TEXT_SIZE] = "";
	struct stat stat = {0};

	return read_text(path, text, &stat) == (int)strlen(done) && memcmp(text, done, strlen(done)) == 0;
}

bool pidfile_same(const struct pidfile *one, const struct pidfile *other)
{
	return one->pid == other->pid && one->device == other->device && one->inode == other->inode &&
	        one->written_ns == other->written_ns;
}
