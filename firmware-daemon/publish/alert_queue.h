/* SPDX-License-Identifier: MIT
 *
 * What waits to be sent for one alert of the configuration. Bounded in number and in rate, for all services and for each of
 * them, so that one that flaps leaves room for the others; what is left out is counted in the message that follows, and the
 * last word of each is always told. Pure, but for keeping it in RUN.
 */
#ifndef FEEDDOG_ACTOR_ALERT_QUEUE_H
#define FEEDDOG_ACTOR_ALERT_QUEUE_H

#include "alert_text.h"
#include "core/bucket.h"

enum {
	ALERT_QUEUE_LAST = 64,  /* then the oldest is left out */
	ALERT_BURST = 18,       /* at once, and */
	ALERT_EACH_MS = 300000, /* one more in each of these: 20 in any 10 minutes */
	/* Of one service, two thirds of it at once. */
	ALERT_SHARE = 12,
	ALERT_SHARE_EACH_MS = 2 * ALERT_EACH_MS,
	ALERT_SOURCES = 8, /* so many services are told apart; if more have much to say at once, the rest is one */
};

/* What one service has to say, or the board itself. */
struct alert_source {
	bool used;
	uint16_t service; /* or NO_INDEX */
	struct bucket bucket;
	uint32_t held;             /* left out for coming too fast; the last of them is `late` */
	struct alert_message late; /* added when its turn comes */
};

struct alert_queue {
	struct bucket bucket;
	uint32_t count;
	struct alert_source sources[ALERT_SOURCES];
	struct alert_message messages[ALERT_QUEUE_LAST];
};

void alert_queue_begin(struct alert_queue *queue, int64_t now_ms);

/* Adds a message. `first_is_sent`: the first is being sent just now, and stays where it is. */
void alert_queue_add(
        struct alert_queue *queue, const struct alert_message *message, bool first_is_sent, int64_t now_ms);

/* Adds one that came too fast, if its turn has come; true where it was: call again until false. */
bool alert_queue_release(struct alert_queue *queue, bool first_is_sent, int64_t now_ms);

/* When that may be so; FOREVER_MS. */
int64_t alert_queue_release_ms(const struct alert_queue *queue);

/* The first was sent. */
void alert_queue_sent(struct alert_queue *queue);

/* The first will never be taken; the next one says that it is missing. */
void alert_queue_refused(struct alert_queue *queue);

/* Keeps it in a file; `whose` tells it from that of another alert. 0 or -errno. */
__attribute__((warn_unused_result)) int alert_queue_keep(
        const char *path, uint32_t whose, const struct alert_queue *queue);

/* Takes what an earlier actor has kept, if that is whole and the same alert's. */
bool alert_queue_take(const char *path, uint32_t whose, struct alert_queue *queue);

#endif
