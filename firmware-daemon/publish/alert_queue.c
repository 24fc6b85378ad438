/* SPDX-License-Identifier: MIT
 *
 * An array that is moved: it is short.
 */
#include "alert_queue.h"

#include "core/crc32.h"
#include "os/storage/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAGIC = 0x46444132 /* "FDA2" */ };

struct kept_head {
	uint32_t magic, whose, size, crc;
};

void alert_queue_begin(struct alert_queue *queue, int64_t now_ms)
{
	memset(queue, 0, sizeof(*queue));
	bucket_fill(&queue->bucket, ALERT_BURST, now_ms);
}

static void remove_at(struct alert_queue *queue, uint32_t at)
{
	queue->count--;
	memmove(&queue->messages[at], &queue->messages[at + 1], (queue->count - at) * sizeof(queue->messages[0]));
}

/* The oldest, but one that is always sent only where there is no other. */
static uint32_t first_to_go(const struct alert_queue *queue, bool first_is_sent)
{
	uint32_t oldest = first_is_sent ? 1 : 0;

	for (uint32_t i = oldest; i < queue->count; i++)
		if (!queue->messages[i].always)
			return i;
	return oldest;
}

static void append(struct alert_queue *queue, const struct alert_message *message, uint32_t missed, bool first_is_sent)
{
	struct alert_message added = *message;

	added.missed += missed;
	if (queue->count == ALERT_QUEUE_LAST) {
		uint32_t gone = first_to_go(queue, first_is_sent);
		struct alert_message *next = gone + 1 < queue->count ? &queue->messages[gone + 1] : &added;
		next->missed += queue->messages[gone].missed + 1;
		remove_at(queue, gone);
	}
	queue->messages[queue->count++] = added;
}

static bool is_quiet(struct alert_source *source, int64_t now_ms)
{
	bucket_refill(&source->bucket, ALERT_SHARE, ALERT_SHARE_EACH_MS, now_ms);
	return source->held == 0 && source->bucket.tokens == ALERT_SHARE;
}

static struct alert_source *source_of(struct alert_queue *queue, uint16_t service, int64_t now_ms)
{
	struct alert_source *free = NULL;

	for (uint32_t i = 0; i < ALERT_SOURCES; i++) {
		struct alert_source *source = &queue->sources[i];
		if (source->used && source->service == service)
			return source;
		if (!free && (!source->used || is_quiet(source, now_ms)))
			free = source;
	}
	if (!free)
		return &queue->sources[ALERT_SOURCES - 1];
	*free = (struct alert_source){.used = true, .service = service};
	bucket_fill(&free->bucket, ALERT_SHARE, now_ms);
	return free;
}

/* Its own share must have room, and all together. */
static bool take_turn(struct alert_queue *queue, struct alert_source *source, int64_t now_ms)
{
	if (!bucket_has(&source->bucket, ALERT_SHARE, ALERT_SHARE_EACH_MS, now_ms) ||
	        !bucket_take(&queue->bucket, ALERT_BURST, ALERT_EACH_MS, now_ms))
		return false;
	source->bucket.tokens--;
	return true;
}

/* What was held back of all, which is old news now. */
static uint32_t forget_held(struct alert_queue *queue)
{
	uint32_t held = 0;

	for (uint32_t i = 0; i < ALERT_SOURCES; i++) {
		held += queue->sources[i].held;
		queue->sources[i].held = 0;
	}
	return held;
}

void alert_queue_add(struct alert_queue *queue, const struct alert_message *message, bool first_is_sent, int64_t now_ms)
{
	if (message->always) {
		append(queue, message, forget_held(queue), first_is_sent);
		return;
	}
	struct alert_source *source = source_of(queue, message->event.service, now_ms);
	if (take_turn(queue, source, now_ms)) {
		append(queue, message, source->held, first_is_sent);
		source->held = 0;
		return;
	}
	source->late = *message;
	source->held++;
}

bool alert_queue_release(struct alert_queue *queue, bool first_is_sent, int64_t now_ms)
{
	for (uint32_t i = 0; i < ALERT_SOURCES; i++) {
		struct alert_source *source = &queue->sources[i];
		if (source->held == 0 || !take_turn(queue, source, now_ms))
			continue;
		/* It is one of those that were held back. */
		append(queue, &source->late, source->held - 1, first_is_sent);
		source->held = 0;
		return true;
	}
	return false;
}

int64_t alert_queue_release_ms(const struct alert_queue *queue)
{
	int64_t all_ms = bucket_next_ms(&queue->bucket, ALERT_EACH_MS);
	int64_t first_ms = FOREVER_MS;

	for (uint32_t i = 0; i < ALERT_SOURCES; i++) {
		int64_t own_ms = bucket_next_ms(&queue->sources[i].bucket, ALERT_SHARE_EACH_MS);
		int64_t next_ms = own_ms > all_ms ? own_ms : all_ms;
		if (queue->sources[i].held > 0 && next_ms < first_ms)
			first_ms = next_ms;
	}
	return first_ms;
}

void alert_queue_sent(struct alert_queue *queue)
{
	if (queue->count > 0)
		remove_at(queue, 0);
}

void alert_queue_refused(struct alert_queue *queue)
{
	if (queue->count > 1)
		queue->messages[1].missed += queue->messages[0].missed + 1;
	alert_queue_sent(queue);
}

/* What counts of a queue: all before the messages that there are not. */
static size_t used_size(const struct alert_queue *queue)
{
	return offsetof(struct alert_queue, messages) + queue->count * sizeof(queue->messages[0]);
}

int alert_queue_keep(const char *path, uint32_t whose, const struct alert_queue *queue)
{
	struct kept_head head = {.magic = KEPT_MAGIC, .whose = whose, .size = (uint32_t)used_size(queue)};
	char *bytes = malloc(sizeof(head) + head.size);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes + sizeof(head), queue, head.size);
	head.crc = crc32_of((const uint8_t *)bytes + sizeof(head), head.size);
	memcpy(bytes, &head, sizeof(head));
	int error = store_replace(path, bytes, sizeof(head) + head.size, 0600);
	free(bytes);
	return error;
}

static bool is_whole(const struct kept_head *head, const uint8_t *bytes, size_t size, uint32_t whose)
{
	uint32_t count;

	if (head->magic != KEPT_MAGIC || head->whose != whose || head->size != size ||
	        size < offsetof(struct alert_queue, messages) || head->crc != crc32_of(bytes, size))
		return false;
	memcpy(&count, bytes + offsetof(struct alert_queue, count), sizeof(count));
	return count <= ALERT_QUEUE_LAST &&
	        size == offsetof(struct alert_queue, messages) + count * sizeof(struct alert_message);
}

bool alert_queue_take(const char *path, uint32_t whose, struct alert_queue *queue)
{
	size_t room = sizeof(struct kept_head) + sizeof(*queue);
	struct kept_head head;
	char *bytes = malloc(room);
	long length = bytes ? store_read(path, bytes, room) : 0;
	bool whole = false;

	if (length > (long)sizeof(head)) {
		size_t size = (size_t)length - sizeof(head);
		memcpy(&head, bytes, sizeof(head));
		whole = is_whole(&head, (const uint8_t *)bytes + sizeof(head), size, whose);
		if (whole)
			memcpy(queue, bytes + sizeof(head), size);
	}
	free(bytes);
	return whole;
}
