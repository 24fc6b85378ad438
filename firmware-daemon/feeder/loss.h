/* SPDX-License-Identifier: MIT
 *
 * A watchdog that takes no feed any more, as when its driver is unloaded or its bus is reset. The board is then unguarded: this is
 * logged, kept in the history and reported, and the device is taken again when it returns.
 */
#ifndef FEEDDOG_FEEDER_LOSS_H
#define FEEDDOG_FEEDER_LOSS_H

#include "feeder.h"

/* After every feed: `error` is 0 or its -errno. */
void loss_note_feed(struct feeder *feeder, int error, int64_t now_ms);

/*
 * Once a second while the device is gone: tries to take it again. Also when feeding has stopped: taking it starts its count, and
 * the reset that the ladder waits for comes.
 */
void loss_retake(struct feeder *feeder, int64_t now_ms);

#endif
