/* SPDX-License-Identifier: MIT
 *
 * What comes in to the feeder, on each of its descriptors, and what it means to the board. Nothing here waits.
 */
#ifndef FEEDDOG_FEEDER_INTAKE_H
#define FEEDDOG_FEEDER_INTAKE_H

#include "feeder.h"

/* The checker's results, up to one that has to be stepped for first: that is held. */
void intake_results(struct feeder *feeder);

/* What the actor says of the ledger, and of a reboot that it refused. */
void intake_storage_news(struct feeder *feeder);

/* A person's word, or init's that the system shuts down. */
void intake_control(struct feeder *feeder, int64_t now_ms);

/* That we are to stop, and which helpers have ended. */
void intake_signals(struct feeder *feeder, int64_t now_ms);

#endif
