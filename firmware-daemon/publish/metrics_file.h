/* SPDX-License-Identifier: MIT
 *
 * The board's state for Prometheus: a text file for the textfile collector of node_exporter, replaced at once. Thin: nothing
 * is decided here but when to write, for the file may lie on flash.
 *
 * What changed in kind (a state, a health, a count of restarts) is written at once, ten times in a row and then once in 15 s.
 * Where only numbers ran on that always do (feeds, durations, the lease) it is written every 15 s to memory, and every 5
 * minutes to anything else.
 */
#ifndef FEEDDOG_ACTOR_METRICS_FILE_H
#define FEEDDOG_ACTOR_METRICS_FILE_H

#include "core/bucket.h"
#include "json_writer.h"

#include "config/flat.h"
#include "core/snapshot.h"

#include <limits.h>
#include <sys/types.h>

enum {
	METRICS_LOOK_MS = 1000,
	METRICS_BURST = 10,
	METRICS_CHANGE_MS = 15000,
	METRICS_MEMORY_MS = 15000,
	METRICS_DISK_MS = 300000,
	METRICS_WITHIN_MS = 5000, /* a write that takes longer is killed; one that cannot be killed holds up the next */
	METRICS_END_MS = 500,     /* how long the end waits for the last write */
};

struct metrics_file {
	const struct flat *flat;
	const char *path; /* NULL: nobody wants any */
	struct json_writer text;
	struct bucket changes;
	uint32_t said; /* a sum of what the last writing said, but for the numbers that run on */
	bool written;
	int error; /* errno of the last write, said once */
	int64_t look_at_ms, written_ms;
	pid_t writer; /* the process that writes, 0: none */
	bool is_killed, in_memory;
};

void metrics_file_begin(struct metrics_file *metrics, const struct flat *flat, int64_t now_ms);

/* Builds the text in metrics->text; returns the length of what does not run on by itself. `running`: the feeder is there. */
size_t metrics_file_build(struct metrics_file *metrics, const struct snapshot *snapshot, bool running, int64_t now_ms);

/* Writes it if that is due. `snapshot` may be NULL: there is none yet. */
void metrics_file_step(struct metrics_file *metrics, const struct snapshot *snapshot, bool running, int64_t now_ms);

/* The last writing says that feeddog is not up. */
void metrics_file_end(struct metrics_file *metrics, const struct snapshot *snapshot, int64_t now_ms);

#endif
