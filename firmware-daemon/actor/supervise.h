/* SPDX-License-Identifier: MIT
 *
 * The programs that feeddog runs itself (`run:`), one for each service that has one. Thin: when to start and restart comes
 * as orders, with the core's backoff. Here is only what follows from an order and from an end.
 *
 * A program that ended with exit code 0 where `respawn: on-failure` is set has done its work: its pid file says "done 0",
 * and a restart for the sake of that end is refused.
 */
#ifndef FEEDDOG_ACTOR_SUPERVISE_H
#define FEEDDOG_ACTOR_SUPERVISE_H

#include "orders.h"

/* Takes over what an earlier actor left running. */
void supervise_begin(struct orders *orders, uint16_t service);

/* Notes an order; supervise_step() carries it out. False where it is refused at once: `report` says why. */
bool supervise_order(const struct orders *orders, struct order_slot *slot, const struct event *order, int64_t now_ms,
        struct order_report *report);

/* True for each thing to report; call again until false. */
bool supervise_step(struct orders *orders, struct order_slot *slot, int64_t now_ms, struct order_report *report);

/* Everything is to be stopped: those that nobody needs any more are asked to end. Call it again as others have ended. */
void supervise_stop(struct orders *orders, int64_t now_ms);

/* True where nothing is left that could still be stopped. */
bool supervise_is_over(const struct orders *orders, int64_t now_ms);

#endif
