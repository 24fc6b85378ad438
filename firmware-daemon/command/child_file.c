/* SPDX-License-Identifier: MIT
 *
 * Text, which people may look at.
 */
#include "child_file.h"

#include "os/storage/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 160 };

static const char done[] = "done 0\n";

static int replace(const char *path, const char *text)
{
	int error = store_replace(path, text, strlen(text), 0644);

	/* Where RUN is full there is still the room of what is there; a program must not be taken for the one before it. */
	return error == -ENOSPC ? store_overwrite(path, text, strlen(text)) : error;
}

int child_file_write(const char *path, const struct child *child)
{
	char text[TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%d\n%" PRIu64 "\n", (int)child->leader.pid, child->leader.ticks);
	return replace(path, text);
}

int child_file_write_stopping(const char *path, const struct child *child)
{
	char text[TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "stopping %d %" PRIu64 "\n", (int)child->leader.pid, child->leader.ticks);
	return replace(path, text);
}

int child_file_write_done(const char *path)
{
	return replace(path, done);
}

int child_file_write_exit(const char *path, const struct last_exit *last)
{
	char text[TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%d %d %d %" PRId64 " %" PRId64 " %d %" PRIu64 "\n", (int)last->end.cause,
	        (int)last->end.detail, (int)last->end.ordered, last->end.ran_ms, last->at_ms, (int)last->pid,
	        last->ticks);
	return replace(path, text);
}

void child_file_remove(const char *path)
{
	(void)unlink(path);
}

/* Its text with a NUL; false where there is none. */
static bool read_text(const char *path, char text[TEXT_SIZE])
{
	long length = store_read_own(path, text, TEXT_SIZE - 1);

	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

enum child_file_reading child_file_read(const char *path, pid_t *pid, uint64_t *ticks)
{
	char text[TEXT_SIZE];

	if (!read_text(path, text))
		return CHILD_FILE_ABSENT;
	if (strcmp(text, done) == 0)
		return CHILD_FILE_DONE;
	if (sscanf(text, "stopping %d %" SCNu64, pid, ticks) == 2 && *pid > 1)
		return CHILD_FILE_STOPPING;
	return sscanf(text, "%d %" SCNu64, pid, ticks) == 2 && *pid > 1 ? CHILD_FILE_PROCESS : CHILD_FILE_ABSENT;
}

void child_file_read_exit(const char *path, struct last_exit *last)
{
	char text[TEXT_SIZE];
	int cause, ordered;

	*last = (struct last_exit){0};
	if (!read_text(path, text) ||
	        sscanf(text, "%d %d %d %" SCNd64 " %" SCNd64 " %d %" SCNu64, &cause, &last->end.detail, &ordered,
	                &last->end.ran_ms, &last->at_ms, &last->pid, &last->ticks) != 7 ||
	        cause < 0 || cause >= CAUSE_COUNT)
		return;
	last->end.cause = (enum cause)cause;
	last->end.ordered = ordered != 0;
	last->known = true;
}
