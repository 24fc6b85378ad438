/* SPDX-License-Identifier: MIT
 *
 * Tells others: webhooks, commands, and the heartbeat to an off-board dead man's switch. Each alert of the configuration has a
 * queue of its own, in memory and, against the death of the actor, in RUN/alerts/; messages go out in order, one at a time,
 * each by a process of its own that has no power: feeddog-alert for a URL, or the command itself. What fails is tried
 * again for ever, ever more seldom, but for a message that its receiver refuses for good; what does not fit or comes too fast is counted, and the count is told. A message may be
 * sent twice where the actor died in between. Nothing waits for any of it.
 *
 * Thin. The clock is CLOCK_MONOTONIC in milliseconds, and is passed in.
 */
#ifndef FEEDDOG_ACTOR_ALERTS_H
#define FEEDDOG_ACTOR_ALERTS_H

#include "alert_queue.h"
#include "command/job.h"
#include "command/job_output.h"

#include "core/snapshot.h"
#include "os/process/guard.h"

#include "os/channel/output_page.h"

#include <poll.h>

enum {
	ALERT_RETRY_FIRST_MS = 5000,
	ALERT_RETRY_LAST_MS = 300000,
	ALERT_URL_TIMEOUT_MS = 15000, /* feeddog-alert gives up by itself before */
	ALERT_COMMAND_TIMEOUT_MS = 30000,
	ALERT_GUARD_AFTER_MS = 10000, /* the guard kills what we did not */
	ALERT_FRESH_MS = 3000,        /* the board is not called well by an older snapshot */
};

struct alert {
	const struct alert_spec *spec;
	uint32_t index;
	struct alert_queue queue;
	bool changed; /* since it was kept in RUN */
	struct job job;
	pid_t guarded; /* the job, as long as the guard watches it; 0 */
	struct job_output output;
	char name[24];
	int64_t send_at_ms; /* not before; of a heartbeat: the next */
	uint32_t retry_ms;
	uint32_t failures; /* in a row */
};

struct alerts {
	int program_fd; /* feeddog-alert; 0: the one beside the actor is run */
	const struct flat *flat;
	const struct output_page *output; /* what the commands of checks have printed; NULL: not known */
	struct alert *alerts;
	uint32_t count;
	const char *run_dir, *boot_id;
	struct guard guard; /* kills what is being sent when this process dies */
	struct json_writer body;
	bool *told_down; /* by check: it may only alert, and was told of as down */
};

/* Allocates; takes over what an earlier actor had not sent. `boot_id` must stay valid. 0 or -errno. */
__attribute__((warn_unused_result)) int alerts_begin(
        struct alerts *alerts, const struct flat *flat, const char *run_dir, const char *boot_id, int64_t now_ms);

/* What the last actor had told, as far as the feeder's state shows it. `snapshot` may be NULL. */
void alerts_take_over(struct alerts *alerts, struct snapshot *snapshot);

/* Queues what there is to tell of an event. `reason` may be NULL. */
void alerts_note(struct alerts *alerts, const struct ledger *ledger, const struct event *event, const char *reason,
        int64_t now_ms);

/* Sends what is due, and looks what became of what was sent. `snapshot`: of the feeder, NULL: it is not there. */
void alerts_step(struct alerts *alerts, const struct snapshot *snapshot, int64_t now_ms);

int64_t alerts_deadline_ms(const struct alerts *alerts);

/* For poll(): fills `fds` with the outputs that are open, at most `count`; returns their number. */
nfds_t alerts_poll(const struct alerts *alerts, struct pollfd fds[]);

/* Reads the outputs which are ready. */
void alerts_drain(struct alerts *alerts, int64_t now_ms);

void alerts_end(struct alerts *alerts);

#endif
