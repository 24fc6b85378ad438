/* SPDX-License-Identifier: MIT
 *
 * The feeder's turn: what has come in, what follows from it, whom to tell, and whether to feed. After arming it allocates
 * nothing, opens nothing but a helper's process, a checker's channel and a watchdog that was lost, and blocks on nothing but its
 * own alarm (promise P15).
 */
#ifndef FEEDDOG_FEEDER_FEEDER_H
#define FEEDDOG_FEEDER_FEEDER_H

#include "dog.h"
#include "fold.h"
#include "helpers.h"
#include "log_relay.h"

#include "os/spin_guard.h"

struct feeder {
	const struct flat *flat;
	struct rules rules;
	struct snapshot *snapshot;
	struct board board; /* its arrays are the snapshot's */
	struct dog dog;
	struct helpers helpers;
	struct log_relay log_relay;
	struct fold fold;
	char run_dir[PATH_MAX], state_dir[PATH_MAX];
	int control_fd; /* datagrams from `feeddog hold` and `resume` */
	int signal_fd;
	int notify_fd;      /* -1: nobody wants to hear */
	struct result held; /* has_held: it waits for a step */
	bool has_held;
	int64_t storage_due_ms; /* the ledger must know of this boot by then; FOREVER_MS: the actor has spoken */
	int64_t actor_heard_ms; /* or when it was started */
	int64_t next_feed_ms;
	bool unfed;               /* the last feed failed */
	unsigned failed_in_a_row; /* feeds */
	int64_t lost_ms;          /* since when the watchdog takes no feed */
	int64_t retake_ms;        /* when it is tried again */
	int64_t next_led_ms;
	int64_t next_dropped_ms; /* losses are said no sooner */
	uint64_t dropped_said;
	struct spin_guard spin;
	bool stop; /* SIGTERM came */
};

/* One turn: waits until something comes in or is due, and does what follows. */
void feeder_turn(struct feeder *feeder);

/* In order, after `stop`: tells the actor and the LED, goes on feeding until they are done, and gives the dog up. */
void feeder_end(struct feeder *feeder);

#endif
