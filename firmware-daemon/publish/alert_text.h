/* SPDX-License-Identifier: MIT
 *
 * What an alert is about and what it says. Pure but for the JSON's memory.
 */
#ifndef FEEDDOG_ACTOR_ALERT_TEXT_H
#define FEEDDOG_ACTOR_ALERT_TEXT_H

#include "json_writer.h"

#include "config/flat.h"
#include "core/event.h"
#include "core/ledger.h"

enum { ALERT_TEXT_SIZE = 400 };

/* One alert as it waits to be sent. Without pointers, for it is kept in RUN over the death of the actor. */
struct alert_message {
	struct event event;
	int64_t wall_s;
	uint32_t missed; /* that many before it were left out: too many at once, or too long in vain */
	bool always;     /* it is sent however fast they come, and the last to be left out */
	char text[ALERT_TEXT_SIZE];
};

/* Who is told of an event; ALERT_TOPIC_COUNT: nobody. */
enum alert_topic alert_topic_of(const struct event *event);

/* Words for what happened: "web is down: http status 503 (was up for 3d 4h)". `reason` may be NULL. */
void alert_text(const struct flat *flat, const struct ledger *ledger, const struct event *event, const char *reason,
        const char *output, char text[ALERT_TEXT_SIZE]);

/* What is sent, in json->text: the words after the host's name, or an object, as `format` says. */
void alert_body(struct json_writer *json, const struct flat *flat, const struct alert_message *message,
        const char *host, const char *boot_id, enum alert_format format);

#endif
