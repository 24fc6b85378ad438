/* SPDX-License-Identifier: MIT
 *
 * file: it is there, was changed lately, and has the size that it should have. One that is not there is bad, for that is
 * what is asked.
 *
 * The age is counted on our own clock from the moment at which a change was seen. Only for a file as we first find it the
 * wall clock is believed: on a board without a clock of its own that one jumps at boot, by months, and would make every file
 * old in the middle of the day.
 */
#include "slow_gauge.h"

#include <errno.h>

struct file_watch {
	struct slow_gauge slow;
	int64_t changed_ns; /* the file's own time of the last change */
	int64_t fresh_ms;   /* when that was, on our clock; NEVER_MS: none was seen yet */
	int64_t looked_ms;
};

static void file_read(void *block)
{
	struct reading *reading = block;

	reading->error = -file_state_read(reading->path, &reading->file);
}

/* Where it was changed between two looks, it is no older than the last one. */
static void note_change(struct file_watch *watch, const struct file_state *file, int64_t now_ms)
{
	int64_t age_ms = file->age_ms > 0 ? file->age_ms : 0;

	if (watch->fresh_ms == NEVER_MS) {
		watch->fresh_ms = now_ms - age_ms;
	} else if (file->changed_ns != watch->changed_ns) {
		int64_t since_ms = now_ms - watch->looked_ms;

		watch->fresh_ms = now_ms - (age_ms < since_ms ? age_ms : since_ms);
	}
	watch->changed_ns = file->changed_ns;
}

static struct verdict missing(struct probe *probe, int error)
{
	struct verdict verdict = gauge_unread(probe, error);

	if (error == ENOENT || error == ENOTDIR)
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_ABSENT, .detail = error};
	return verdict;
}

static struct verdict file_judge(struct probe *probe, const struct reading *reading)
{
	struct file_watch *watch = probe->own;
	int64_t now_ms = probe->started_ms;

	if (reading->error == 0)
		note_change(watch, &reading->file, now_ms);
	watch->looked_ms = now_ms;
	if (reading->error)
		return missing(probe, reading->error);
	int64_t age_ms = now_ms - watch->fresh_ms;
	if (probe->spec->within_ms && age_ms > probe->spec->within_ms)
		return (struct verdict){
		        .outcome = OUTCOME_BAD, .cause = CAUSE_OLD, .detail = gauge_rounded(age_ms, 1000)};
	return gauge_judge(probe, reading->file.size, gauge_rounded(reading->file.size, 1));
}

static const struct slow_kind file = {.read = file_read, .judge = file_judge};

static int file_init(struct probe *probe)
{
	int error = gauge_new(probe, sizeof(struct file_watch));

	if (error == 0)
		((struct file_watch *)probe->own)->fresh_ms = NEVER_MS;
	return error;
}

static const char *path_of(const struct probe *probe)
{
	return flat_text(probe->flat, probe->spec->path);
}

static void file_start(struct probe *probe)
{
	slow_start(probe, &file, path_of(probe));
}

static void file_event(struct probe *probe, int fd)
{
	slow_event(probe, &file, path_of(probe), fd);
}

const struct probe_kind check_file = {
        .init = file_init,
        .start = file_start,
        .timeout = slow_timeout,
        .event = file_event,
        .cleanup = slow_cleanup,
};
