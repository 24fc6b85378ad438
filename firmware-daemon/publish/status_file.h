/* SPDX-License-Identifier: MIT
 *
 * RUN/status.json: the feeder's snapshot, replaced at once and once a second. Thin:
 * nothing is decided here. A snapshot that cannot be read whole leaves the last one standing; the ages go on.
 */
#ifndef FEEDDOG_ACTOR_STATUS_FILE_H
#define FEEDDOG_ACTOR_STATUS_FILE_H

#include "json_writer.h"
#include "actor/orders.h"

#include "config/flat.h"
#include "core/snapshot.h"
#include "os/channel/output_page.h"
#include "os/storage/storage_kind.h"

#include <limits.h>

enum {
	STATUS_EVERY_MS = 1000,
	STATUS_RETRY_MS = 50, /* while the feeder has not made its first */
	STATUS_VERSION = 1,
	REASON_SIZE = 256, /* of `feeddog hold --reason`, with its NUL */
};

struct status_file {
	const struct flat *flat;
	const struct order_slot *slots; /* of the services, for the programs that are supervised */
	const struct snapshot *live;    /* the feeder's page */
	struct snapshot *copy, *fresh;  /* the newest whole one, and room for the next */
	size_t size;
	bool have_copy;                   /* a whole snapshot was read at least once */
	int error;                        /* errno of the last write, said once */
	int64_t write_at_ms;              /* the next */
	const struct output_page *output; /* what the commands of checks have printed; NULL: not known */
	struct json_writer json;
	char boot_id[64];
	char reason[REASON_SIZE];            /* of the maintenance, "": none was given */
	char why_unstable[STORAGE_WHY_SIZE]; /* why reboots cannot be counted, "": they can */
	char path[PATH_MAX];
};

/* Maps the feeder's page from `snapshot_fd`. 0 or -errno: -EINVAL where it is too small for this configuration. */
__attribute__((warn_unused_result)) int status_file_begin(struct status_file *status, const struct orders *orders,
        const char *run_dir, const char *boot_id, int snapshot_fd);

/* Builds the text in status->json; false where there is no whole snapshot yet. `running`: the feeder is there. */
bool status_file_build(struct status_file *status, bool running, int64_t now_ms, int64_t wall_s);

/* The newest whole one, NULL where there is none. */
const struct snapshot *status_file_snapshot(const struct status_file *status);

/* Writes it if it is due. */
void status_file_step(struct status_file *status, bool running, int64_t now_ms);

/* Writes it for the last time. */
void status_file_end(struct status_file *status, bool running, int64_t now_ms);

#endif
