/* SPDX-License-Identifier: MIT
 *
 * A gauge whose value a worker (worker.h) reads, because the system may take its time: the kinds disk, file and
 * temperature. It is the first member of what such a kind keeps in probe->own.
 */
#ifndef FEEDDOG_CHECKER_SLOW_GAUGE_H
#define FEEDDOG_CHECKER_SLOW_GAUGE_H

#include "os/storage/file_state.h"
#include "worker.h"
#include "gauge.h"

struct slow_gauge {
	struct gauge gauge;
	struct worker worker;
};

/* The question and its answer. */
struct reading {
	const char *path;
	int error; /* 0 or an errno */
	union {
		struct file_system file_system;
		struct file_state file;
		int64_t thousandths; /* of a degree */
	};
};

struct slow_kind {
	/* In a thread of its own: fills in a reading. */
	void (*read)(void *reading);
	struct verdict (*judge)(struct probe *probe, const struct reading *reading);
};

/* Begins a run about a path, and goes on with it when event() comes. */
void slow_start(struct probe *probe, const struct slow_kind *kind, const char *path);
void slow_event(struct probe *probe, const struct slow_kind *kind, const char *path, int fd);

/* For the tables of kinds. */
int slow_init(struct probe *probe);
void slow_timeout(struct probe *probe);
void slow_cleanup(struct probe *probe);

#endif
