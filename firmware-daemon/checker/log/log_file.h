/* SPDX-License-Identifier: MIT
 *
 * Following a log file as it grows, is moved away and is made anew, or is emptied in place. Thin.
 *
 * The path may be a pattern of names (log_path.h); then the file that was created last is followed.
 *
 * What is there when it is first looked at is not read; a file that was not there then is read from its start, or, where it
 * is larger than APPEARED_MAX, as an old log on a disk that was mounted late, from so far before its end. A file that
 * took another's place is read from its start, after the last of the other, which is left one series of reads later: its
 * writers are told of the change when it has happened, and have more to say until then. A file that was emptied is read from its start:
 * it is shorter than what was read, or what stands before our place is not what stood there.
 */
#ifndef FEEDDOG_CHECKER_LOG_FILE_H
#define FEEDDOG_CHECKER_LOG_FILE_H

#include "lines.h"

#include <stdint.h>

enum { LOG_TAIL_SIZE = 64, APPEARED_MAX = 1024 * 1024 };

/* Where the next line begins, so that it can be found again. Fixed layout: it is kept in a file by the checker. */
struct log_place {
	uint64_t device, inode;
	uint64_t offset;                   /* during a series of reads: of the next byte */
	uint32_t skipping;                 /* the beginning of the line at offset was handed out already */
	uint32_t tail_length;              /* of these: */
	unsigned char tail[LOG_TAIL_SIZE]; /* the last bytes before offset */
};

struct log_file {
	const char *path;       /* as configured */
	int fd;                 /* -1: none is open yet */
	bool from_start;        /* the next one that is opened is read from its start */
	bool appeared;          /* it was not there when it was looked for last */
	bool replaced;          /* another has taken its place: the end of what is open is the last */
	struct log_place place; /* inode 0: none yet */
};

/* `place`: where to go on, if this is still the file; NULL: at its end. The path must stay valid. */
void log_file_begin(struct log_file *file, const char *path, const struct log_place *place);

/* Before each series of reads: finds where the next line begins. `lines` is emptied. 0, -ENOENT or another -errno. */
__attribute__((warn_unused_result)) int log_file_resume(struct log_file *file, struct lines *lines);

/*
 * Puts more into `lines`, all lines of which were taken. How many bytes; 0: there is no more for now; -ENOENT where the file
 * is gone and was read to its end; another -errno.
 */
__attribute__((warn_unused_result)) long log_file_read(struct log_file *file, struct lines *lines);

/* After a series of reads: remembers where the next line begins. */
void log_file_pause(struct log_file *file, const struct lines *lines);

/* The bytes behind the place where reading has paused. */
uint64_t log_file_behind(const struct log_file *file);

void log_file_close(struct log_file *file);

#endif
