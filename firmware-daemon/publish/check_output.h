/* SPDX-License-Identifier: MIT
 *
 * What the command of a check has printed, beside an event that its result has caused.
 */
#ifndef FEEDDOG_ACTOR_CHECK_OUTPUT_H
#define FEEDDOG_ACTOR_CHECK_OUTPUT_H

#include "config/flat.h"
#include "core/event.h"
#include "os/channel/output_page.h"

/* The first line, "" where the event has nothing to do with a command. `page` may be NULL. */
const char *check_output(const struct output_page *page, const struct flat *flat, const struct event *event,
        char text[OUTPUT_TEXT_SIZE]);

#endif
