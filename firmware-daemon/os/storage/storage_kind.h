/* SPDX-License-Identifier: MIT
 *
 * Thin: whether a folder's file system survives a reset of the board.
 */
#ifndef FEEDDOG_OS_STORAGE_KIND_H
#define FEEDDOG_OS_STORAGE_KIND_H

#include <stdint.h>

enum { STORAGE_WHY_SIZE = 512 /* a sentence with a path */ };

enum storage_kind {
	STORAGE_LASTING,
	STORAGE_MEMORY,            /* tmpfs, ramfs, or the initramfs itself */
	STORAGE_MEMORY_DISK,       /* a file system on /dev/ram* or /dev/zram* */
	STORAGE_OVERLAY_ON_MEMORY, /* an overlay whose upper folder lies on one of these */
	STORAGE_KIND_COUNT
};

/*
 * The kind of the file system that `folder` (absolute, without links) lies on, by /proc/mounts below `root` ("" for this
 * machine). An overlay may hide its upper folder, as one that was mounted by the initramfs does: then the kernel's command
 * line tells. What neither tells is taken for lasting, since the layers of a container look like that.
 */
enum storage_kind storage_kind_of(const char *root, const char *folder);

/* The folder that a path leads to now. It changes when something is mounted over the folder or removed from above it. */
struct storage_place {
	uint64_t device, inode;
};

/* 0 or -errno. */
__attribute__((warn_unused_result)) int storage_place_of(const char *folder, struct storage_place *place);

/* In words, as in "/var/lib/feeddog is on WORDS". */
const char *storage_kind_text(enum storage_kind kind);

#endif
