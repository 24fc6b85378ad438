/* SPDX-License-Identifier: MIT
 *
 * The actor as a whole, and one turn of it. Thin: what it is made of decides.
 */
#ifndef FEEDDOG_ACTOR_ACTOR_H
#define FEEDDOG_ACTOR_ACTOR_H

#include "publish/alerts.h"
#include "publish/keeper.h"
#include "publish/metrics_file.h"
#include "orders.h"
#include "publish/status_file.h"

#include "core/record.h"
#include "os/spin_guard.h"

#include <poll.h>

enum { ACTOR_FIXED_FDS = 2 }; /* of `fds`: the channel and the signals */

struct actor {
	const struct flat *flat;
	const char *run_dir, *state_dir;
	int signals;
	struct channel_state feeder;
	uint64_t dropped_said;
	uint8_t state;       /* enum board_state, as the newest event said */
	bool feeder_ended;   /* end of file on the channel, or it said that it stops */
	bool gone;           /* end of file */
	int64_t leave_at_ms; /* after SIGTERM; FOREVER_MS */
	struct spin_guard spin;
	uint32_t news_sequence;
	bool news_stable, news_refused; /* what the feeder was told last, if news_sequence is not 0 */
	int64_t news_at_ms;             /* when to tell it again */
	bool is_unstable;               /* it was reported that reboots cannot be counted */
	bool refused;                   /* the reboot that was ordered is not done, since it cannot be counted */
	struct output_page output;      /* what the commands of checks have printed */
	struct pollfd *fds;
	struct orders orders;
	struct keeper keeper;
	struct status_file status;
	struct alerts alerts;
	struct metrics_file metrics;
	char boot_id[BOOT_ID_SIZE + 1];
};

/* Waits for what comes next, and does it. False where it was the last turn. */
bool actor_turn(struct actor *actor);

#endif
