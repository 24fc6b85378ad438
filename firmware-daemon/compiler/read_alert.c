/* SPDX-License-Identifier: MIT
 *
 * Readers of alerts.
 */
#include "read.h"

#include "suggest.h"

#include <string.h>

#define TOPIC(topic) (1U << (topic))

enum {
	TOPICS_ALL = TOPIC(ALERT_TOPIC_COUNT) - 1,
	/* What is done by hand, and restarts that help, need nobody. */
	TOPICS_DEFAULT = TOPICS_ALL & ~(TOPIC(ALERT_RESTART) | TOPIC(ALERT_MAINTENANCE)),
	EVERY_MS = 60000,
};

static void read_alert(struct draft *draft, const struct node *map)
{
	struct alert_spec alert = {.on = TOPICS_DEFAULT};

	schema_read(draft, SECTION_ALERT, map, &alert);
	if (alert.heartbeat) {
		alert.on = 0;
		alert.every_ms = alert.every_ms ? alert.every_ms : EVERY_MS;
	}
	memcpy(list_add(draft->arena, &draft->alerts, 1), &alert, sizeof(alert));
}

void read_alerts(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	(void)target;
	if (!node_is(draft, key, value, NODE_LIST, "a list of alerts"))
		return;
	for (const struct node *item = value->first; item; item = item->next) {
		if (draft->alerts.count == MAX_ALERTS) {
			problem_error(draft->problems, item->place, "more than %d alerts (leave some out)", MAX_ALERTS);
			return;
		}
		if (node_is(draft, key, item, NODE_MAP, "an alert"))
			read_alert(draft, item);
	}
}

static void report_topic(struct draft *draft, const struct node *item)
{
	for (enum alert_topic topic = 0; topic < ALERT_TOPIC_COUNT; topic++) {
		if (!word_is_near(item->text, alert_topic_name(topic)))
			continue;
		problem_error(draft->problems, item->place, "on: '%.60s' is nothing to be told of (did you mean %s?)",
		        item->text, alert_topic_name(topic));
		return;
	}
	problem_error(draft->problems, item->place,
	        "on: '%.60s' is nothing to be told of (write down, restart, reboot, letgo, hold, recovered, boot, warning "
	        "or maintenance)",
	        item->text);
}

void read_topics(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct alert_spec *alert = target;

	if (!node_is(draft, key, value, NODE_LIST, "a list"))
		return;
	alert->on = 0;
	if (!value->first)
		problem_error(draft->problems, value->place, "on: it would never be sent (write %s)", key->example);
	for (const struct node *item = value->first; item; item = item->next) {
		enum alert_topic topic = 0;
		if (!node_is(draft, key, item, NODE_TEXT, "a word"))
			continue;
		while (topic < ALERT_TOPIC_COUNT && strcmp(item->text, alert_topic_name(topic)) != 0)
			topic++;
		if (topic == ALERT_TOPIC_COUNT)
			report_topic(draft, item);
		else if (alert->on & TOPIC(topic))
			problem_error(
			        draft->problems, item->place, "on: %s is given twice (keep one of them)", item->text);
		else
			alert->on |= TOPIC(topic);
	}
}
