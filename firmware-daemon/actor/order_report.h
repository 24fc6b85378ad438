/* SPDX-License-Identifier: MIT
 *
 * What became of an order, and of a supervised program: for the log and for the history. Pure but for the log.
 */
#ifndef FEEDDOG_ACTOR_ORDER_REPORT_H
#define FEEDDOG_ACTOR_ORDER_REPORT_H

#include "command/child.h"
#include "command/job.h"

#include "core/event.h"

struct order_report {
	struct event event;    /* EVENT_RESTART_DONE or _FAILED, EVENT_REBOOT_DONE or _FAILED, EVENT_EXITED */
	enum event_kind order; /* EVENT_START, EVENT_RESTART or EVENT_REBOOT; of EVENT_EXITED: itself */
	const char *reason;    /* why it was not carried out at all, NULL: it was; cause and detail say how */
};

/* The order's command was carried out, and this is how it ended. */
struct order_report order_report_end(const struct event *order, int64_t now_ms, const struct job_end *end);

/* It was not, for a reason (text that lives as long as the report). */
struct order_report order_report_refusal(const struct event *order, int64_t now_ms, const char *reason);

/* A supervised program has ended. */
struct order_report order_report_exit(uint16_t service, int64_t now_ms, const struct child_end *end);

/* "start", whose end is called a restart's; NULL where the event's name says enough. */
const char *order_report_command(const struct order_report *report);

/* event=restart-done service=web took_ms=1234, event=restart-failed service=web cause=exit-code detail=3 took_ms=60 */
void order_report_log(const struct order_report *report, const char *service);

#endif
