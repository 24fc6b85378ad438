/* SPDX-License-Identifier: MIT
 *
 * A log file's place, and its changes. Bytes are read again from the beginning of an unfinished line each time, so there is
 * nothing to remember but a place.
 */
#include "log_file.h"

#include "log_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void log_file_begin(struct log_file *file, const char *path, const struct log_place *place)
{
	*file = (struct log_file){.path = path, .fd = -1};
	if (place)
		file->place = *place;
}

static bool is_at(const struct log_place *place, const struct stat *stat)
{
	return place->device == stat->st_dev && place->inode == stat->st_ino;
}

static void remember_tail(struct log_file *file)
{
	struct log_place *place = &file->place;
	uint64_t length = place->offset < LOG_TAIL_SIZE ? place->offset : LOG_TAIL_SIZE;
	ssize_t got = pread(file->fd, place->tail, (size_t)length, (off_t)(place->offset - length));

	place->tail_length = got == (ssize_t)length ? (uint32_t)length : 0;
}

/*
 * Reading a FIFO takes the lines away from whom they are meant for, and opening a device may change it: so only a regular
 * file is opened. Its descriptor, or -errno.
 */
static int open_regular(const struct log_file *file, struct stat *now)
{
	char path[PATH_MAX];
	int error = log_path_find(file->path, path);

	if (error == 0 && stat(path, now) < 0)
		error = -errno;
	if (error)
		return error;
	if (!S_ISREG(now->st_mode))
		return -EINVAL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	error = fstat(fd, now) < 0 ? -errno : 0;
	if (error == 0 && S_ISREG(now->st_mode))
		return fd;
	close(fd);
	return error < 0 ? error : -EINVAL;
}

/* Where a file begins that was not followed before. */
static uint64_t first_offset(const struct log_file *file, bool whole, uint64_t size)
{
	if (!whole)
		return size;
	return file->appeared && size > APPEARED_MAX ? size - APPEARED_MAX : 0;
}

/* Opens what the path names now, which is to be read from its end unless something else is known. 0 or -errno. */
static int open_file(struct log_file *file)
{
	struct stat stat = {0};
	int fd = open_regular(file, &stat);

	if (fd < 0)
		return fd;
	log_file_close(file);
	file->fd = fd;
	bool known = file->place.inode != 0;
	if (known && !file->from_start && is_at(&file->place, &stat))
		return 0;
	bool whole = known || file->from_start;
	file->place = (struct log_place){.device = stat.st_dev,
	        .inode = stat.st_ino,
	        .offset = first_offset(file, whole, (uint64_t)stat.st_size)};
	file->place.skipping = whole && file->place.offset > 0;
	file->from_start = false;
	file->appeared = false;
	file->replaced = false;
	remember_tail(file);
	return 0;
}

/* True where what was read is no longer there. */
static bool was_emptied(const struct log_file *file)
{
	const struct log_place *place = &file->place;
	unsigned char tail[LOG_TAIL_SIZE];
	struct stat stat;

	if (fstat(file->fd, &stat) == 0 && (uint64_t)stat.st_size < place->offset)
		return true;
	ssize_t got = pread(file->fd, tail, place->tail_length, (off_t)(place->offset - place->tail_length));
	return got >= 0 && (got != (ssize_t)place->tail_length || memcmp(tail, place->tail, place->tail_length) != 0);
}

int log_file_resume(struct log_file *file, struct lines *lines)
{
	int error = file->fd < 0 ? open_file(file) : 0;

	if (error == -ENOENT) {
		file->from_start = true;
		file->appeared = true;
	}
	if (error < 0)
		return error;
	if (was_emptied(file)) {
		/* A writer that was not told goes on at its old place and leaves a hole before it. */
		off_t data = lseek(file->fd, 0, SEEK_DATA);

		file->place.offset = data > 0 ? (uint64_t)data : 0;
		file->place.skipping = 0;
		remember_tail(file);
	}
	lines->start = 0;
	lines->end = 0;
	lines->skipping = file->place.skipping;
	return 0;
}

/* The end of what is open: perhaps another file has taken its place. As log_file_read(). */
static long read_next_file(struct log_file *file, struct lines *lines)
{
	struct stat stat_now;
	char path[PATH_MAX];
	int error = log_path_find(file->path, path);

	if (error == 0 && stat(path, &stat_now) < 0)
		error = -errno;
	if (error)
		return error;
	bool last_time = file->replaced;
	file->replaced = !is_at(&file->place, &stat_now);
	if (!file->replaced || !last_time)
		return 0;
	bool last = lines_held(lines) > 0;
	lines_end(lines);
	if (last)
		return 1;
	file->from_start = true;
	error = open_file(file);
	return error < 0 ? error : log_file_read(file, lines);
}

long log_file_read(struct log_file *file, struct lines *lines)
{
	size_t size;
	char *room = lines_room(lines, &size);
	ssize_t length = pread(file->fd, room, size, (off_t)file->place.offset);

	if (length < 0)
		return -errno;
	if (length == 0)
		return read_next_file(file, lines);
	file->place.offset += (uint64_t)length;
	lines_add(lines, (size_t)length);
	return length;
}

void log_file_pause(struct log_file *file, const struct lines *lines)
{
	file->place.offset -= lines_held(lines);
	file->place.skipping = lines->skipping;
	remember_tail(file);
}

uint64_t log_file_behind(const struct log_file *file)
{
	struct stat now;

	if (fstat(file->fd, &now) < 0 || (uint64_t)now.st_size < file->place.offset)
		return 0;
	return (uint64_t)now.st_size - file->place.offset;
}

void log_file_close(struct log_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
