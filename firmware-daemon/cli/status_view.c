/* SPDX-License-Identifier: MIT
 *
 * RUN/status.json as it lies there.
 */
#include "status_view.h"

#include "command.h"

#include "cli/json/json_view.h"
#include "os/clock.h"
#include "os/storage/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_SIZE = 64 * 1024 };

/* The whole file, which may grow between two reads; -EFBIG where it is too large to be ours. */
static long read_whole(const char *path, char **text)
{
	for (size_t size = FIRST_SIZE; size <= STATUS_SIZE_LAST; size *= 4) {
		char *bigger = realloc(*text, size);
		if (!bigger)
			return -ENOMEM;
		*text = bigger;
		long length = store_read(path, *text, size);
		if (length < (long)size)
			return length;
	}
	return -EFBIG;
}

/*
 * The actor writes down when it wrote it, on the clock that nobody can set. A file from another boot, or without that,
 * has only the wall clock's word.
 */
static int64_t age_of(struct fy_node *root, const char *path)
{
	int64_t at_ms = json_number_of(root, "at_ms", -1);
	int64_t now_ms = clock_now_ms();
	struct stat status;

	if (at_ms >= 0 && at_ms <= now_ms)
		return now_ms - at_ms;
	if (stat(path, &status) != 0 || status.st_mtime > clock_wall_s())
		return 0;
	return (clock_wall_s() - status.st_mtime) * 1000;
}

static enum status_reading parse(struct status_view *view, const char *path)
{
	view->document = json_open(view->text, view->length);
	if (!view->document)
		return STATUS_GARBLED;
	view->root = json_root(view->document);
	(void)json_text_of(view->root, "state", view->state, sizeof(view->state));
	if (json_number_of(view->root, "version", 0) != 1 || !view->state[0])
		return STATUS_GARBLED;
	view->age_ms = age_of(view->root, path);
	return STATUS_READ;
}

void status_view_open(struct status_view *view, const char *run_dir)
{
	char path[512];

	*view = (struct status_view){.reading = STATUS_NO_ACCESS, .running = feeddogd_running(run_dir)};
	int path_length = snprintf(path, sizeof(path), "%s/status.json", run_dir);
	long length = path_length < (int)sizeof(path) ? read_whole(path, &view->text) : -ENAMETOOLONG;
	if (length < 0) {
		view->error = (int)-length;
	} else if (length == 0) {
		struct stat status;
		view->reading = stat(path, &status) == 0 ? STATUS_GARBLED : STATUS_NONE;
	} else {
		view->length = (size_t)length;
		view->reading = parse(view, path);
	}
	/* Who may not ask has to believe the file. */
	if (view->running == RUNNING_UNKNOWN && view->reading == STATUS_READ)
		view->running =
		        json_is_true(view->root, "running") && view->age_ms < STATUS_OLD_MS ? RUNNING_YES : RUNNING_NO;
}

void status_view_close(struct status_view *view)
{
	if (view->document)
		json_close(view->document);
	free(view->text);
	view->document = NULL;
	view->text = NULL;
}

char *status_view_why(const struct status_view *view, const char *run_dir, char text[STATUS_WHY_SIZE])
{
	const char *format = "";

	switch (view->reading) {
	case STATUS_READ:
		break;
	case STATUS_NONE:
		format = view->running == RUNNING_YES
		        ? "feeddogd runs, but there is no %.500s/status.json yet: try again in a second"
		        : "feeddogd is not running, and left no status in %.500s (start it: systemctl start feeddog)";
		break;
	case STATUS_NO_ACCESS:
		(void)snprintf(text, STATUS_WHY_SIZE, "%.500s/status.json cannot be read: %s%s", run_dir,
		        strerror(view->error), view->error == EACCES ? " (run as root)" : "");
		return text;
	case STATUS_GARBLED:
		format =
		        "%.500s/status.json is not what feeddog-actor writes; while feeddogd runs it is replaced each second";
		break;
	}
	(void)snprintf(text, STATUS_WHY_SIZE, format, run_dir);
	return text;
}
