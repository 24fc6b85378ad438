/* SPDX-License-Identifier: MIT
 *
 * An array that is moved: it is short.
 */
#include "alert_queue.h"

#include "../core/crc32.h"
#include "../os/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAGIC = 0x46444131 /* "FDA1" */ };

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

static void append(struct alert_queue *queue, const struct alert_message *message, bool first_is_sent)
{
	if (queue->count == ALERT_QUEUE_LAST) {
		uint32_t oldest = first_is_sent ? 1 : 0;
		uint32_t missed = queue->messages[oldest].missed + 1;
		remove_at(queue, oldest);
		queue->messages[oldest].missed += missed;
	}
	queue->messages[queue->count] = *message;
	queue->messages[queue->count].missed += queue->held;
	queue->held = 0;
	queue->count++;
}

void alert_queue_add(
        struct alert_queue *queue, const struct alert_message *message, bool always, bool first_is_sent, int64_t now_ms)
{
	if (always || bucket_take(&queue->bucket, ALERT_BURST, ALERT_EACH_MS, now_ms)) {
		append(queue, message, first_is_sent);
		return;
	}
	queue->late = *message;
	queue->held++;
}

bool alert_queue_release(struct alert_queue *queue, bool first_is_sent, int64_t now_ms)
{
	if (queue->held == 0 || !bucket_take(&queue->bucket, ALERT_BURST, ALERT_EACH_MS, now_ms))
		return false;
	/* It is one of those that were held back. */
	queue->held--;
	append(queue, &queue->late, first_is_sent);
	return true;
}

int64_t alert_queue_release_ms(const struct alert_queue *queue)
{
	return queue->held > 0 ? bucket_next_ms(&queue->bucket, ALERT_EACH_MS) : FOREVER_MS;
}

void alert_queue_sent(struct alert_queue *queue)
{
	if (queue->count > 0)
		remove_at(queue, 0);
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
