/* SPDX-License-Identifier: MIT
 *
 * A world as bytes, and back. Left out is what the policy only writes (spans, counters and what was told already); times
 * are cut off where core/ treats all older or later ones alike. Where a service waits for a later restart than
 * PAUSE_LAST_MS, as in hold, the wait is shortened to that: a state that waiting would have led to.
 */
#include "model.h"

#include <string.h>

enum {
	PAUSE_LAST_MS = 4 * UNIT_MS,
	IGNORED_LAST_MS = 2 * UNIT_MS, /* no probe takes longer */
	BYTE_NEVER = 0,
	BYTE_FOREVER = 255,
	PACKED_BOARD = 16,
	PACKED_SERVICE = 6,
	PACKED_CHECK = 7,
};

_Static_assert(PACKED_BOARD + MODEL_SERVICES * PACKED_SERVICE + MODEL_CHECKS * PACKED_CHECK <= PACKED_SIZE,
        "the largest world has room");

size_t packed_size(const struct model *model)
{
	return (size_t)(PACKED_BOARD + model->rules.service_count * PACKED_SERVICE +
	        model->rules.check_count * PACKED_CHECK);
}

static uint8_t units(int64_t ms, int64_t last_ms)
{
	if (ms > last_ms)
		ms = last_ms;
	return (uint8_t)(ms < 0 ? 0 : ms / UNIT_MS);
}

static uint8_t age(const struct world *world, int64_t at_ms, int64_t last_ms)
{
	return at_ms == NEVER_MS ? units(last_ms, last_ms) : units(world->now_ms - at_ms, last_ms);
}

static uint8_t left(const struct world *world, int64_t at_ms, int64_t last_ms)
{
	return at_ms == NEVER_MS ? 0 : units(at_ms - world->now_ms, last_ms);
}

static int64_t ago(uint8_t units_ago)
{
	return NOW_MS - (int64_t)units_ago * UNIT_MS;
}

static int64_t ahead(uint8_t units_ahead)
{
	return NOW_MS + (int64_t)units_ahead * UNIT_MS;
}

static uint8_t *pack_board(const struct model *model, const struct world *world, uint8_t *p)
{
	const struct ladder *ladder = &world->ladder;
	const struct witness *witness = &world->witness;
	int64_t settle_ms = model->ladder.settle_ms;
	int64_t well_last_ms = settle_ms;

	if ((ladder->unsettled > 0 || ladder->unexplained > 0) && model->ladder.reboot_settle_ms > settle_ms)
		well_last_ms = model->ladder.reboot_settle_ms;
	*p++ = ladder->state;
	*p++ = ladder->state == BOARD_LETGO ? 0 : left(world, ladder->feed_until_ms, HOLD_LEASE_MS);
	*p++ = ladder->state == BOARD_RECOVERING ? age(world, ladder->since_ms, HOLD_LEASE_MS) : 0;
	*p++ = units(ladder->outage_used_ms, model->ladder.restart_for_ms);
	*p++ = units(ladder->well_ms, well_last_ms);
	*p++ = (uint8_t)ladder->unsettled;
	*p++ = (uint8_t)ladder->unexplained;
	*p++ = (uint8_t)(ladder->uncountable | ladder->pardoned << 1 | ladder->planned << 2);
	*p++ = ladder->state == BOARD_LETGO ? 0 : left(world, witness->allowed_ms, HOLD_LEASE_MS);
	*p++ = units(witness->well_ms, well_last_ms);
	*p++ = units(witness->outage_ms, model->ladder.restart_for_ms);
	*p++ = (uint8_t)witness->reboots;
	*p++ = (uint8_t)witness->stored;
	*p++ = (uint8_t)(witness->hung | witness->resets << 1);
	*p++ = witness->started;
	*p++ = ladder->state == BOARD_LETGO ? 0 : witness->starting;
	return p;
}

static const uint8_t *unpack_board(const uint8_t *p, struct world *world)
{
	struct ladder *ladder = &world->ladder;
	struct witness *witness = &world->witness;

	*ladder = (struct ladder){.stepped_ms = NOW_MS, .service = NO_INDEX, .check = NO_INDEX};
	ladder->state = *p++;
	/* No check is blind here. */
	ladder->sound = ladder->state == BOARD_WELL;
	/* Each set of services was well once. Why the board holds is only said. */
	ladder->proven = true;
	ladder->hold_why = ladder->state == BOARD_HOLD ? HOLD_SPENT : HOLD_NOT;
	ladder->feed_until_ms = ahead(*p++);
	ladder->since_ms = ago(*p++);
	ladder->outage_used_ms = (int64_t)*p++ * UNIT_MS;
	ladder->well_ms = (int64_t)*p++ * UNIT_MS;
	ladder->unsettled = *p++;
	ladder->unexplained = *p++;
	ladder->uncountable = *p & 1;
	ladder->pardoned = *p >> 1 & 1;
	ladder->planned = *p++ >> 2;
	witness->allowed_ms = ahead(*p++);
	witness->well_ms = (int64_t)*p++ * UNIT_MS;
	witness->outage_ms = (int64_t)*p++ * UNIT_MS;
	witness->reboots = *p++;
	witness->stored = *p++;
	witness->hung = *p & 1;
	ladder->silent = witness->hung;
	witness->resets = *p++ >> 1;
	witness->started = *p++;
	witness->starting = *p++;
	return p;
}

static uint8_t *pack_service(const struct model *model, const struct world *world, uint16_t index, uint8_t *p)
{
	const struct service_state *state = &world->services[index];
	uint16_t attempts = model->rules.services[index].attempts;

	*p++ = (uint8_t)(state->health | state->ready << 2 | state->begun << 3 | state->start_pending << 4 |
	        state->follows << 5 | state->came_back << 6 | state->climbing << 7);
	*p++ = (uint8_t)(state->excused | state->needs_up << 1);
	*p++ = state->health == HEALTH_UP ? age(world, state->since_ms, model->ladder.settle_ms) : 0;
	*p++ = left(world, state->restart_at_ms, PAUSE_LAST_MS);
	*p++ = units(state->backoff_ms, PAUSE_LAST_MS);
	*p++ = (uint8_t)(state->attempts < attempts ? state->attempts : attempts);
	return p;
}

static const uint8_t *unpack_service(const uint8_t *p, struct service_state *state)
{
	uint8_t flags = *p++;

	*state = (struct service_state){
	        .up_ms = NEVER_MS,
	        /* No plan has a limit of starts at once. */
	        .ordered_ms = NEVER_MS,
	        .slot_ms = NEVER_MS,
	        .culprit = NO_INDEX,
	        .health = flags & 3,
	        .ready = flags >> 2 & 1,
	        .begun = flags >> 3 & 1,
	        .start_pending = flags >> 4 & 1,
	        .follows = flags >> 5 & 1,
	        .came_back = flags >> 6 & 1,
	        .climbing = flags >> 7 & 1,
	};
	flags = *p++;
	state->excused = flags & 1;
	state->needs_up = flags >> 1 & 1;
	state->since_ms = ago(*p++);
	state->up_ms = state->since_ms;
	state->restart_at_ms = ahead(*p++);
	state->backoff_ms = (uint32_t)*p++ * UNIT_MS;
	state->attempts = *p++;
	return p;
}

static uint8_t pack_grace(const struct world *world, int64_t grace_until_ms)
{
	if (grace_until_ms == NEVER_MS)
		return BYTE_NEVER;
	if (grace_until_ms == FOREVER_MS)
		return BYTE_FOREVER;
	return (uint8_t)(1 + left(world, grace_until_ms, HOLD_LEASE_MS));
}

static int64_t unpack_grace(uint8_t byte)
{
	if (byte == BYTE_NEVER)
		return NEVER_MS;
	return byte == BYTE_FOREVER ? FOREVER_MS : ahead((uint8_t)(byte - 1));
}

static uint8_t *pack_check(const struct model *model, const struct world *world, uint16_t index, uint8_t *p)
{
	const struct check_state *state = &world->checks[index];
	uint16_t retries = model->rules.checks[index].retries;
	bool late = state->cause == CAUSE_LATE;
	bool bad = state->outcome == OUTCOME_BAD;

	*p++ = age(world, state->heard_ms, model->detection_ms[index]);
	*p++ = age(world, state->expect_ms, model->late_ms[index]);
	*p++ = age(world, state->good_ms, model->detection_ms[index]);
	*p++ = age(world, state->ignore_until_ms, IGNORED_LAST_MS);
	*p++ = pack_grace(world, state->grace_until_ms);
	*p++ = (uint8_t)(state->streak < retries ? state->streak : retries);
	*p++ = (uint8_t)(state->health | late << 2 | bad << 3 | world->witness.newest[index] << 4 |
	        world->witness.bad[index] << 5);
	return p;
}

static const uint8_t *unpack_check(const uint8_t *p, struct check_state *state, uint8_t *newest, uint8_t *bad)
{
	*state = (struct check_state){.since_ms = NOW_MS, .failing_since_ms = NEVER_MS};
	state->heard_ms = ago(*p++);
	state->expect_ms = ago(*p++);
	state->good_ms = ago(*p++);
	/* Longer ago than any probe takes: no news can be from before. */
	state->ignore_until_ms = *p == IGNORED_LAST_MS / UNIT_MS ? NEVER_MS : ago(*p);
	p++;
	state->grace_until_ms = unpack_grace(*p++);
	state->streak = *p++;
	state->failing_since_ms = state->streak > 0 ? state->heard_ms : NEVER_MS;
	state->health = *p & 3;
	state->failed = state->health == HEALTH_DOWN;
	state->cause = *p >> 2 & 1 ? CAUSE_LATE : CAUSE_NONE;
	state->outcome = *p >> 3 & 1 ? OUTCOME_BAD : OUTCOME_UNKNOWN;
	*newest = *p >> 4 & 1;
	*bad = *p++ >> 5;
	return p;
}

void pack(const struct model *model, const struct world *world, uint8_t bytes[PACKED_SIZE])
{
	uint8_t *p = pack_board(model, world, bytes);

	for (uint16_t i = 0; i < model->rules.service_count; i++)
		p = pack_service(model, world, i, p);
	for (uint16_t i = 0; i < model->rules.check_count; i++)
		p = pack_check(model, world, i, p);
}

void unpack(const struct model *model, const uint8_t bytes[PACKED_SIZE], struct world *world)
{
	const uint8_t *p = unpack_board(bytes, world);

	world->now_ms = NOW_MS;
	if (world->ladder.state == BOARD_STARTING)
		world->ladder.since_ms = world->ladder.feed_until_ms - model->ladder.start_period_ms;
	for (uint16_t i = 0; i < model->rules.service_count; i++)
		p = unpack_service(p, &world->services[i]);
	for (uint16_t i = 0; i < model->rules.check_count; i++)
		p = unpack_check(p, &world->checks[i], &world->witness.newest[i], &world->witness.bad[i]);
}
