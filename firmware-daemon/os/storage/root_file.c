/* SPDX-License-Identifier: MIT
 *
 * Small files below a root.
 */
#include "root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *root_path(const char *root, const char *path, char whole[ROOT_PATH_SIZE])
{
	snprintf(whole, ROOT_PATH_SIZE, "%s%s", root, path);
	return whole;
}

static long read_whole(const char *root, const char *path, char bytes[], size_t size)
{
	char whole[ROOT_PATH_SIZE];
	size_t length = 0;
	ssize_t got = 0;
	int fd = open(root_path(root, path, whole), O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	/* Those of /proc and /sys come in pieces. */
	while (length < size && ((got = read(fd, bytes + length, size - length)) > 0 || (got < 0 && errno == EINTR)))
		length += got > 0 ? (size_t)got : 0;
	close(fd);
	return got < 0 ? -1 : (long)length;
}

bool root_read(const char *root, const char *path, char text[], size_t size)
{
	long length = read_whole(root, path, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return length >= 0;
}

size_t root_read_bytes(const char *root, const char *path, char bytes[], size_t size)
{
	long length = read_whole(root, path, bytes, size);

	return length > 0 ? (size_t)length : 0;
}

bool root_read_number(const char *root, const char *path, int64_t *number)
{
	char text[32];
	char *end;

	if (!root_read(root, path, text, sizeof(text)))
		return false;
	*number = strtoll(text, &end, 10);
	return end > text && *end == '\0';
}

bool root_exists(const char *root, const char *path)
{
	char whole[ROOT_PATH_SIZE];

	return access(root_path(root, path, whole), F_OK) == 0;
}
