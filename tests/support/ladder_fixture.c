/* SPDX-License-Identifier: MIT
 *
 * What the parts of these tests share.
 */
#include "ladder_fixture.h"

struct verdict well_until(int64_t lease_ms)
{
	return (struct verdict){
	        .well = true, .sound = true, .up = true, .lease_ms = lease_ms, .service = NO_INDEX, .check = NO_INDEX};
}

struct verdict doubt_until(int64_t lease_ms)
{
	return (struct verdict){.up = true, .lease_ms = lease_ms, .service = 1, .check = 2, .cause = CAUSE_TIMEOUT};
}

struct verdict unknown_until(int64_t lease_ms)
{
	return (struct verdict){.lease_ms = lease_ms, .service = 3, .check = 4, .cause = CAUSE_LATE};
}

struct verdict down_until(int64_t lease_ms)
{
	return (struct verdict){.down = true, .lease_ms = lease_ms, .service = 5, .check = 6, .cause = CAUSE_REFUSED};
}

struct walk walk_begin(uint16_t unsettled)
{
	struct walk walk = {.rule = usual};

	ladder_begin(&walk.rule, &walk.ladder, unsettled, T0);
	return walk;
}

enum ladder_move step(struct walk *walk, struct verdict verdict, int64_t at_ms)
{
	return ladder_step(&walk->rule, &walk->ladder, &verdict, T0 + at_ms);
}

int steps(struct walk *walk, struct verdict verdict, int64_t at_ms)
{
	int moves = 0;

	while (step(walk, verdict, at_ms) != LADDER_STAY)
		assert_true(++moves < 6);
	return moves;
}

struct walk walk_well(uint16_t unsettled)
{
	struct walk walk = walk_begin(unsettled);

	assert_int_equal(step(&walk, well_until(T0 + DETECTION), 0), LADDER_STATE);
	return walk;
}

void assert_on(const struct walk *walk, enum board_state state, int64_t feed_until)
{
	assert_string_equal(board_state_name((enum board_state)walk->ladder.state), board_state_name(state));
	assert_int_equal(walk->ladder.feed_until_ms - T0, feed_until);
}

int64_t stay_well(struct walk *walk, int64_t at, int64_t for_ms)
{
	int64_t end = at + for_ms;

	for (; at < end; at += 1000)
		steps(walk, well_until(T0 + at + DETECTION), at);
	steps(walk, well_until(T0 + end + DETECTION), end);
	return end;
}

struct walk walk_recovering(uint16_t unsettled)
{
	struct walk walk = walk_well(unsettled);

	step(&walk, down_until(T0 + DETECTION), 0);
	return walk;
}
