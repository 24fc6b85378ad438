/* SPDX-License-Identifier: MIT
 *
 * A token bucket: so many at once, then one in each so many milliseconds. Pure. Bounds what repeats: lines of output,
 * lines of history, writes to flash.
 */
#ifndef FEEDDOG_CORE_BUCKET_H
#define FEEDDOG_CORE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	uint32_t tokens;
	int64_t refilled_ms;
};

static inline void bucket_fill(struct bucket *bucket, uint32_t capacity, int64_t now_ms)
{
	*bucket = (struct bucket){.tokens = capacity, .refilled_ms = now_ms};
}

static inline void bucket_refill(struct bucket *bucket, uint32_t capacity, int64_t each_ms, int64_t now_ms)
{
	int64_t more = (now_ms - bucket->refilled_ms) / each_ms;

	if (more > 0) {
		bucket->tokens = more < capacity - bucket->tokens ? bucket->tokens + (uint32_t)more : capacity;
		bucket->refilled_ms += more * each_ms;
	}
}

/* Whether there is a token. */
static inline bool bucket_has(struct bucket *bucket, uint32_t capacity, int64_t each_ms, int64_t now_ms)
{
	bucket_refill(bucket, capacity, each_ms, now_ms);
	return bucket->tokens > 0;
}

/* Takes a token if there is one. */
static inline bool bucket_take(struct bucket *bucket, uint32_t capacity, int64_t each_ms, int64_t now_ms)
{
	if (!bucket_has(bucket, capacity, each_ms, now_ms))
		return false;
	bucket->tokens--;
	return true;
}

/* When there will be a token; a time that has come where there is one. */
static inline int64_t bucket_next_ms(const struct bucket *bucket, int64_t each_ms)
{
	return bucket->tokens > 0 ? bucket->refilled_ms : bucket->refilled_ms + each_ms;
}

#endif
