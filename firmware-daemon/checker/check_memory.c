/* SPDX-License-Identifier: MIT
 *
 * memory: how much of the board's memory is used up (what is not available, in percent), or what a process and all that
 * descend from it have resident, in bytes or in percent of the board's memory. Pages that they share count for each.
 */
#include "gauge.h"

#include "os/hardware/board_usage.h"
#include "checker/process/watched_tree.h"

struct memory_gauge {
	struct gauge gauge;
	struct watched_tree tree;
};

static int resident_of(const struct probe *probe, uint64_t *bytes)
{
	struct memory_gauge *memory = probe->own;
	struct watched_tree *tree = &memory->tree;
	struct watched_tree last = *tree;
	int error = watched_tree_read(probe, tree);

	*bytes = 0;
	/* What its predecessor took for how long is not its fault. */
	if (!watched_tree_same(&last, tree))
		memory->gauge.outside_since_ms = NEVER_MS;
	for (size_t i = 0; error == 0 && i < tree->list.count; i++)
		*bytes += tree->list.processes[i].resident_bytes;
	return error;
}

static int used_of(const struct probe *probe, const struct memory_bytes *board, uint64_t *bytes)
{
	*bytes = board->total - board->available;
	return probe->spec->pidfile || probe->spec->process_name ? resident_of(probe, bytes) : 0;
}

static void memory_start(struct probe *probe)
{
	struct memory_bytes board;
	uint64_t bytes = 0;
	int error = memory_bytes_read(&board);

	if (error == 0)
		error = used_of(probe, &board, &bytes);
	if (error < 0) {
		probe_end(probe, gauge_unread(probe, -error));
	} else if (probe->spec->limit_is_bytes) {
		probe_end(probe, gauge_judge(probe, (int64_t)bytes, gauge_rounded((int64_t)bytes, BYTES_PER_MIB)));
	} else {
		int64_t percent = (int64_t)(bytes * 100000 / board.total);

		probe_end(probe, gauge_judge(probe, percent, gauge_rounded(percent, 1000)));
	}
}

static int memory_init(struct probe *probe)
{
	return gauge_new(probe, sizeof(struct memory_gauge));
}

static void memory_cleanup(struct probe *probe)
{
	watched_tree_free(&((struct memory_gauge *)probe->own)->tree);
	gauge_cleanup(probe);
}

const struct probe_kind check_memory = {
        .init = memory_init,
        .start = memory_start,
        .timeout = gauge_timeout,
        .cleanup = memory_cleanup,
};
