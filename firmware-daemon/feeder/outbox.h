/* SPDX-License-Identifier: MIT
 *
 * What the actor's channel does not take at once: hundreds of services may fail in one step, and the actor may be away. Orders
 * and what the ledger needs wait here until it takes them; what is only told waits while there is room. Its memory is
 * taken before arming (promise P15).
 */
#ifndef FEEDDOG_FEEDER_OUTBOX_H
#define FEEDDOG_FEEDER_OUTBOX_H

#include "core/event.h"

#include <stdbool.h>

struct outbox {
	struct event *events; /* a ring */
	uint32_t room, reserve, first, count;
};

/* Takes the memory. 0 or -errno. */
__attribute__((warn_unused_result)) int outbox_open(struct outbox *outbox, uint16_t service_count);

/*
 * Adds an event behind the others; where room is short, a newer order for a service replaces the one that waits, and a
 * newer state the one before. False where it is lost.
 */
bool outbox_put(struct outbox *outbox, const struct event *event);

/* The oldest, NULL where there is none; and away with it. */
const struct event *outbox_first(const struct outbox *outbox);
void outbox_pop(struct outbox *outbox);

#endif
