/* SPDX-License-Identifier: MIT
 *
 * Carries out orders: start, restart, reboot. One command per service at a time; or, for a service with `run:`, one program
 * (see supervise.h). Thin: which order comes when is decided by the core.
 */
#ifndef FEEDDOG_ACTOR_ORDERS_H
#define FEEDDOG_ACTOR_ORDERS_H

#include "command/child_file.h"
#include "command/job.h"
#include "command/job_output.h"
#include "order_report.h"

#include "config/flat.h"

#include <poll.h>

/* How long to wait where this board has too few processes, descriptors or memory. */
enum { RETRY_SHORTAGE_MS = 500 };

/* One for each service, and the last one for the reboot. */
struct order_slot {
	struct event order; /* the order that is or was carried out */
	struct job job;
	struct job_output output;
	char note[PATH_MAX]; /* job_record of the job */
	int64_t retry_ms;    /* when to try `order` again; 0: it is not tried again */
	bool reboot_failed;  /* a failure of this reboot was reported */
	/* Of a service with `run:`. */
	struct child child;
	bool wanted; /* `order` is still to be carried out */
	bool done;   /* it has ended well and is not to be started again for that */
	bool is_needed;
	int64_t wanted_ms;
	struct last_exit last_exit, unseen_exit; /* while there was no actor; to be told */
};

struct orders {
	const struct flat *flat;
	struct order_slot *slots;
	uint32_t slot_count; /* services and one */
	const char *run_dir;
	bool stopping;
};

/* Allocates; takes over the commands that an earlier actor left running, and their output. 0 or -errno. */
__attribute__((warn_unused_result)) int orders_begin(
        struct orders *orders, const struct flat *flat, const char *run_dir, int64_t now_ms);

/* True for an order that is too old to be carried out. */
bool orders_is_old(const struct flat *flat, const struct event *order, int64_t now_ms);

/*
 * Starts the command of an order. False where that failed: `report` says why. Where this board had too few processes,
 * descriptors or memory, orders_step() tries it again until the order is old.
 */
bool orders_carry_out(struct orders *orders, const struct event *order, int64_t now_ms, struct order_report *report);

/*
 * Enforces deadlines, takes what has ended, and carries out what waits for that: true for each thing to report, call again
 * until false.
 */
bool orders_step(struct orders *orders, int64_t now_ms, struct order_report *report);

/* The board is not being rebooted any more: a reboot that was refused is not ordered again. */
void orders_cancel_reboot(struct orders *orders);

/* A service is started anew: what it patted until now proves nothing any more, and it has its time for the first pat. */
void orders_forget_pats(const struct orders *orders, uint16_t service);

int64_t orders_deadline_ms(const struct orders *orders);

/* For poll(): fills `fds` with outputs that are open and processes that are not our children, at most two for each slot. */
nfds_t orders_poll(const struct orders *orders, struct pollfd fds[]);

/* Reads the outputs which poll() found ready. */
void orders_drain(struct orders *orders, const struct pollfd fds[], nfds_t count, int64_t now_ms);

void orders_end(struct orders *orders);

#endif
