/* SPDX-License-Identifier: MIT
 *
 * What happened goes to the log, where repetitions are folded, and to the actor, which hears of everything.
 */
#ifndef FEEDDOG_FEEDER_REPORT_H
#define FEEDDOG_FEEDER_REPORT_H

#include "feeder.h"

/* Logs an event and sends it to the actor. */
void feeder_tell(struct feeder *feeder, const struct event *event);

void feeder_tell_all(struct feeder *feeder, const struct events *events);

/* The same of what happened to a helper, in the state that the board is in. */
void feeder_tell_helper(struct feeder *feeder, struct event event);

/* Logs the folded lines that are due, and how many lines the log has lost. */
void report_folded(struct feeder *feeder, int64_t now_ms);

/* Logs all folded lines that are left, before the feeder ends. */
void report_flush(struct feeder *feeder, int64_t now_ms);

/* Logs how many records were lost or refused, at most every ten seconds. */
void report_dropped(struct feeder *feeder, int64_t now_ms);

#endif
