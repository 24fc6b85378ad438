/* SPDX-License-Identifier: MIT
 *
 * Follows all states of a program at once: a situation is a set of states, which one byte leads to the next. Situations are
 * made when they are first needed and kept, so that a byte costs one look into a table; where they become too many, all are
 * forgotten, so that a byte costs at most one visit to each state.
 *
 * Bytes that no part of the pattern tells apart are one class. The end of the text is a class of its own.
 */
#include "pattern_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* What making a situation costs beside its visits, as if it were so many. */
	MAKING_WORK = 16,
	LITERAL_MIN = 2, /* a shorter one is not worth a search of its own */
};

/* How a text may end: marks, not situations. */
static struct situation found, never;

static size_t offset_of_states(const struct pattern *pattern)
{
	size_t offset = sizeof(struct situation) + (pattern->class_count + 1u) * sizeof(struct situation *);

	return (offset + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
}

static uint64_t *states_of(const struct pattern *pattern, struct situation *situation)
{
	return (uint64_t *)(void *)((char *)situation + offset_of_states(pattern));
}

static bool has(const uint64_t *set, unsigned state)
{
	return set[state / 64] >> state % 64 & 1;
}

/* Adds a state, and those that it leads to without a byte; a condition on a place is added and not passed. */
static void add_reachable(struct pattern *pattern, uint64_t *set, uint16_t first)
{
	size_t depth = 0;

	pattern->stack[depth++] = first;
	while (depth > 0) {
		uint16_t at = pattern->stack[--depth];
		const struct state *state = &pattern->states[at];

		if (has(set, at))
			continue;
		set[at / 64] |= UINT64_C(1) << at % 64;
		pattern->work--;
		if (state->kind != STATE_SPLIT)
			continue;
		pattern->stack[depth++] = state->next;
		pattern->stack[depth++] = state->other;
	}
}

static bool fits(enum place place, enum side before, enum side after)
{
	bool word_before = before == SIDE_WORD;
	bool word_after = after == SIDE_WORD;

	switch (place) {
	case PLACE_LINE_START:
		return before == SIDE_EDGE || before == SIDE_NEWLINE;
	case PLACE_LINE_END:
		return after == SIDE_EDGE || after == SIDE_NEWLINE;
	case PLACE_TEXT_START:
		return before == SIDE_EDGE;
	case PLACE_TEXT_END:
		return after == SIDE_EDGE;
	case PLACE_WORD_START:
		return !word_before && word_after;
	case PLACE_WORD_END:
		return word_before && !word_after;
	case PLACE_WORD_EDGE:
		return word_before != word_after;
	case PLACE_NO_WORD_EDGE:
		break;
	}
	return word_before == word_after;
}

/* Passes the conditions in `from` that hold between these two sides. */
static void pass_places(struct pattern *pattern, enum side before, enum side after)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t word = 0; word < pattern->word_count; word++) {
			for (uint64_t left = pattern->from[word]; left; left &= left - 1) {
				size_t at = word * 64 + (size_t)__builtin_ctzll(left);
				const struct state *state = &pattern->states[at];

				if (state->kind != STATE_PLACE || has(pattern->from, state->next) ||
				        !fits((enum place)state->value, before, after))
					continue;
				add_reachable(pattern, pattern->from, state->next);
				more = true;
			}
		}
	}
}

/* Makes `to` out of `from` by one byte of a class. */
static void take_byte(struct pattern *pattern, unsigned char byte)
{
	memcpy(pattern->to, pattern->start, pattern->word_count * sizeof(*pattern->to));
	for (size_t word = 0; word < pattern->word_count; word++) {
		for (uint64_t left = pattern->from[word]; left; left &= left - 1) {
			const struct state *state = &pattern->states[word * 64 + (size_t)__builtin_ctzll(left)];

			pattern->work--;
			if (state->kind == STATE_SET && set_has(&pattern->sets[state->value], byte))
				add_reachable(pattern, pattern->to, state->next);
		}
	}
}

void pattern_forget(struct pattern *pattern)
{
	for (size_t i = 0; i < SITUATION_BUCKETS; i++) {
		struct situation *next;

		for (struct situation *at = pattern->buckets[i]; at; at = next) {
			next = at->in_bucket;
			free(at);
		}
		pattern->buckets[i] = NULL;
	}
	pattern->cache_size = 0;
}

static size_t bucket_of(const struct pattern *pattern, enum side before)
{
	uint64_t hash = before;

	for (size_t i = 0; i < pattern->word_count; i++)
		hash = (hash ^ pattern->to[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return hash >> 56;
}

/* The situation of the states in `to`. *forgotten: all others are gone. NULL: no memory, or no work left. */
static struct situation *situation_of_to(struct pattern *pattern, enum side before, bool *forgotten)
{
	size_t set_size = pattern->word_count * sizeof(uint64_t);
	size_t size = offset_of_states(pattern) + set_size;
	struct situation **bucket = &pattern->buckets[bucket_of(pattern, before)];

	*forgotten = false;
	pattern->work -= MAKING_WORK;
	if (has(pattern->to, 0))
		return &found;
	for (struct situation *at = *bucket; at; at = at->in_bucket)
		if (at->before == before && memcmp(states_of(pattern, at), pattern->to, set_size) == 0)
			return at;
	if (pattern->work < 0)
		return NULL;
	if (pattern->cache_size + size > PATTERN_CACHE_SIZE) {
		pattern_forget(pattern);
		*forgotten = true;
	}
	struct situation *made = calloc(1, size);
	if (!made)
		return NULL;
	pattern->cache_size += size;
	made->before = (uint8_t)before;
	memcpy(states_of(pattern, made), pattern->to, set_size);
	made->in_bucket = *bucket;
	*bucket = made;
	return made;
}

/* Where a class leads from a situation. NULL as above. */
static struct situation *make_next(struct pattern *pattern, struct situation *now, unsigned class)
{
	bool is_end = class == pattern->class_count;
	unsigned char byte = pattern->byte_of[class & 255];
	bool forgotten = false;
	struct situation *next = &never;

	memcpy(pattern->from, states_of(pattern, now), pattern->word_count * sizeof(*pattern->from));
	if (pattern->has_places)
		pass_places(pattern, (enum side)now->before, is_end ? SIDE_EDGE : side_of(byte));
	/* State 0 is the only STATE_FOUND. */
	if (has(pattern->from, 0)) {
		next = &found;
	} else if (!is_end) {
		take_byte(pattern, byte);
		next = situation_of_to(pattern, pattern->has_places ? side_of(byte) : SIDE_EDGE, &forgotten);
	}
	if (!forgotten)
		now->then[class] = next;
	return next;
}

void pattern_find_start(struct pattern *pattern)
{
	add_reachable(pattern, pattern->start, pattern->first);
}

void pattern_begin(struct pattern *pattern, int64_t work)
{
	bool forgotten;

	pattern->work = work;
	memcpy(pattern->to, pattern->start, pattern->word_count * sizeof(*pattern->to));
	pattern->now = situation_of_to(pattern, SIDE_EDGE, &forgotten);
}

static enum pattern_answer answer_of(const struct pattern *pattern)
{
	if (!pattern->now)
		return PATTERN_GIVEN_UP;
	return pattern->now == &found ? PATTERN_YES : PATTERN_NO;
}

enum pattern_answer pattern_add(struct pattern *pattern, const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes;
	const unsigned char *end = at + length;
	struct situation *now = pattern->now;

	if (answer_of(pattern) != PATTERN_NO)
		return answer_of(pattern);
	for (; at < end && now && now != &found; at++) {
		unsigned class = pattern->class_of[*at];
		struct situation *next = now->then[class];

		now = next ? next : make_next(pattern, now, class);
	}
	pattern->now = now;
	return answer_of(pattern);
}

enum pattern_answer pattern_end(struct pattern *pattern)
{
	struct situation *now = pattern->now;

	if (answer_of(pattern) == PATTERN_NO) {
		struct situation *next = now->then[pattern->class_count];

		pattern->now = next ? next : make_next(pattern, now, pattern->class_count);
	}
	return answer_of(pattern);
}

enum pattern_answer pattern_matches(struct pattern *pattern, const char *bytes, size_t length, int64_t work)
{
	if (pattern->literal_length >= LITERAL_MIN && !memmem(bytes, length, pattern->literal, pattern->literal_length))
		return PATTERN_NO;
	pattern_begin(pattern, work);
	enum pattern_answer answer = pattern_add(pattern, bytes, length);
	return answer == PATTERN_NO ? pattern_end(pattern) : answer;
}
