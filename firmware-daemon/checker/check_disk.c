/* SPDX-License-Identifier: MIT
 *
 * disk: how full the file system of a path is, in percent as df counts it (what is kept for root counts as used up for
 * everybody else), of bytes or of files. A file system that takes no writing any more or answers with an error, as after a
 * fault of its disk, is bad as well. A path that is absent, and a mount point (`mounted: true`, or one that this checker has
 * seen mounted) that is none now, is blind: the file system below it must not be measured in its place.
 */
#include "slow_gauge.h"

#include <errno.h>

struct disk_gauge {
	struct slow_gauge slow;
	bool was_mounted; /* at an earlier probe */
};

static void disk_read(void *block)
{
	struct reading *reading = block;

	reading->error = -file_system_read(reading->path, &reading->file_system);
}

/* In thousandths of a percent; the counts of the largest file systems times 100000 do not fit into 64 bits. */
static int64_t used_of(uint64_t used, uint64_t free)
{
	return (int64_t)((double)used * 100000.0 / ((double)used + (double)free));
}

/* The file system is there, and fails. */
static bool is_fault_of_disk(int error)
{
	switch (error) {
	case EIO:
	case EROFS:
	case EUCLEAN:
	case ENOTCONN:
	case ESHUTDOWN:
	case ESTALE:
		return true;
	default:
		return false;
	}
}

static struct verdict disk_fault(int error)
{
	return (struct verdict){
	        .outcome = OUTCOME_BAD, .cause = error == EROFS ? CAUSE_ABSENT : CAUSE_UNREACHABLE, .detail = error};
}

static struct verdict disk_judge(struct probe *probe, const struct reading *reading)
{
	const struct file_system *disk = &reading->file_system;
	struct disk_gauge *gauge = probe->own;
	uint64_t used = probe->spec->inodes ? disk->files_used : disk->blocks_used;
	uint64_t free = probe->spec->inodes ? disk->files_free : disk->blocks_free;

	if (reading->error)
		return is_fault_of_disk(reading->error) ? disk_fault(reading->error)
		                                        : gauge_unread(probe, reading->error);
	if (!disk->mounted && (probe->spec->mounted || gauge->was_mounted))
		return gauge_unread(probe, ENOMEDIUM);
	gauge->was_mounted = disk->mounted;
	if (disk->read_only)
		return disk_fault(EROFS);
	/* It does not count them, as btrfs and FAT do not count files. */
	if (used + free == 0)
		return gauge_unread(probe, ENODATA);
	int64_t percent = used_of(used, free);
	return gauge_judge(probe, percent, gauge_rounded(percent, 1000));
}

static const struct slow_kind disk = {.read = disk_read, .judge = disk_judge};

static const char *path_of(const struct probe *probe)
{
	return flat_text(probe->flat, probe->spec->path);
}

static int disk_init(struct probe *probe)
{
	return gauge_new(probe, sizeof(struct disk_gauge));
}

static void disk_start(struct probe *probe)
{
	slow_start(probe, &disk, path_of(probe));
}

static void disk_event(struct probe *probe, int fd)
{
	slow_event(probe, &disk, path_of(probe), fd);
}

const struct probe_kind check_disk = {
        .init = disk_init,
        .start = disk_start,
        .timeout = slow_timeout,
        .event = disk_event,
        .cleanup = slow_cleanup,
};
