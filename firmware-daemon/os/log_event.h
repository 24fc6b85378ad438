/* SPDX-License-Identifier: MIT
 *
 * Thin: how an event reads in the log: `event=NAME service=... check=... cause=... key=value ...`. Event names and keys are
 * relied on from outside.
 */
#ifndef FEEDDOG_OS_LOG_EVENT_H
#define FEEDDOG_OS_LOG_EVENT_H

#include "core/event.h"
#include "log.h"

/*
 * Writes the event as one line of logfmt to line[size]; `service` and `check` are the names behind its indices, "" for
 * none. Returns its length.
 */
size_t log_event_text(const struct event *event, const char *service, const char *check, char line[], size_t size);

/* How loud it is. */
enum log_priority log_event_priority(const struct event *event);

/* Logs it. `more` is appended as it is: " key=value ...", or "". */
void log_event(const struct event *event, const char *service, const char *check, const char *more);

#endif
