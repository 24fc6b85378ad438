/* SPDX-License-Identifier: MIT
 *
 * Reading a configuration file that may be anything.
 */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *explain(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such file (name the configuration with -c FILE)";
	case EACCES:
		return "it may not be read by this user (run as root, or allow it with chmod)";
	case EISDIR:
		return "this is a directory (name the file in it)";
	case ENOMEM:
		return "there is not enough memory to read it (free some)";
	default:
		return "it cannot be read (name a regular file with -c FILE)";
	}
}

static const char *read_all(int fd, char *text, size_t size, size_t *length)
{
	while (*length < size) {
		ssize_t got = read(fd, text + *length, size - *length);
		if (got == 0)
			return NULL;
		if (got > 0)
			*length += (size_t)got;
		else if (errno != EINTR)
			return explain(errno);
	}
	return "it is larger than 1 MiB (is this the configuration?)";
}

static const char *read_open(int fd, char **text, size_t *length)
{
	struct stat status;
	const char *error;

	if (fstat(fd, &status) != 0)
		return explain(errno);
	if (S_ISDIR(status.st_mode))
		return explain(EISDIR);
	if (!S_ISREG(status.st_mode))
		return "this is not a regular file (name one with -c FILE)";
	*text = malloc(INPUT_SIZE_LAST + 1);
	if (!*text)
		return explain(ENOMEM);
	error = read_all(fd, *text, INPUT_SIZE_LAST + 1, length);
	if (error) {
		free(*text);
		*text = NULL;
	}
	return error;
}

const char *input_read(const char *path, char **text, size_t *length)
{
	/* Without O_NONBLOCK the opening of a FIFO would wait for a writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *error;

	*text = NULL;
	*length = 0;
	if (fd < 0)
		return explain(errno);
	error = read_open(fd, text, length);
	(void)close(fd);
	return error;
}
