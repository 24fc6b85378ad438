/* SPDX-License-Identifier: MIT
 *
 * The process of a cpu or memory check and all that descend from it. Thin, but for the counting.
 */
#ifndef FEEDDOG_CHECKER_WATCHED_TREE_H
#define FEEDDOG_CHECKER_WATCHED_TREE_H

#include "os/process/procfs_list.h"
#include "checker/probe.h"

struct watched_tree {
	struct procfs_list list; /* only of the tree */
	pid_t root;
	uint64_t root_started_ticks;
	uint64_t newest_ticks; /* the start of the youngest process of the board */
	int64_t read_ms;
};

/* Reads it anew. 0, -ESRCH or -ENOENT where the process is not there, or another -errno. */
__attribute__((warn_unused_result)) int watched_tree_read(const struct probe *probe, struct watched_tree *tree);

/* True where both readings are about the same process, not about one that was started anew. */
bool watched_tree_same(const struct watched_tree *one, const struct watched_tree *other);

void watched_tree_free(struct watched_tree *tree);

/* Ticks of CPU that the tree used between two readings of it, also by children that came, or came and went, meanwhile. */
uint64_t watched_tree_ticks(const struct watched_tree *before, const struct watched_tree *now);

#endif
