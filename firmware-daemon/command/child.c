/* SPDX-License-Identifier: MIT
 *
 * A group keeps its number as long as it has a member, also when its leader is gone.
 */
#include "child.h"

#include "core/rules.h"
#include "os/process/process_group.h"

#include <unistd.h>

int child_start(struct child *child, const struct spawn *spawn, int64_t now_ms)
{
	struct leader leader;
	int error = leader_start(&leader, spawn);

	if (error)
		return error;
	*child = (struct child){.phase = CHILD_RUNS, .leader = leader, .started_ms = now_ms};
	return 0;
}

bool child_adopt(struct child *child, pid_t pid, uint64_t ticks)
{
	long hertz = sysconf(_SC_CLK_TCK);
	struct leader leader;

	if (!leader_adopt(&leader, pid, ticks))
		return false;
	*child = (struct child){
	        .phase = CHILD_RUNS,
	        .leader = leader,
	        .started_ms = (int64_t)(ticks * 1000 / (uint64_t)(hertz > 0 ? hertz : 100)),
	};
	return true;
}

void child_stop(struct child *child, uint32_t timeout_ms, int64_t now_ms)
{
	if (child->phase != CHILD_RUNS)
		return;
	leader_ask_group(&child->leader);
	child->phase = CHILD_ASKED;
	child->deadline_ms = now_ms + timeout_ms;
	child->look_at_ms = FOREVER_MS;
}

static bool has_ended(struct child *child, struct child_end *end)
{
	struct leader_end how;

	if (!leader_has_ended(&child->leader, &how))
		return false;
	bool well = how.cause == CAUSE_EXIT_CODE && how.detail == 0;
	if (child->phase == CHILD_RUNS && !(well && child->keep_group))
		leader_end_group(&child->leader);
	leader_reap(&child->leader);
	*end = (struct child_end){.cause = how.cause, .detail = how.detail};
	return true;
}

static void step_stop(struct child *child, int64_t now_ms)
{
	if (child->ended &&
	        (!process_group_is_alive(child->leader.pid) ||
	                (child->phase == CHILD_KILLED && now_ms >= child->deadline_ms))) {
		child->phase = CHILD_NONE;
		return;
	}
	if (child->phase == CHILD_ASKED && now_ms >= child->deadline_ms) {
		leader_end_group(&child->leader);
		child->phase = CHILD_KILLED;
		child->deadline_ms = now_ms + CHILD_GIVE_UP_MS;
	}
	child->look_at_ms = child->ended ? now_ms + CHILD_LOOK_MS : FOREVER_MS;
}

bool child_step(struct child *child, int64_t now_ms, struct child_end *end)
{
	bool news = false;

	if (child->phase == CHILD_NONE)
		return false;
	if (!child->ended && has_ended(child, end)) {
		news = child->ended = true;
		end->ran_ms = now_ms > child->started_ms ? now_ms - child->started_ms : 0;
		end->ordered = child->phase != CHILD_RUNS;
	}
	if (child->phase == CHILD_RUNS && child->ended)
		child->phase = CHILD_NONE;
	if (child->phase != CHILD_RUNS && child->phase != CHILD_NONE)
		step_stop(child, now_ms);
	return news;
}

bool child_hangs(const struct child *child, int64_t now_ms)
{
	return child->phase == CHILD_KILLED && now_ms >= child->deadline_ms;
}

int64_t child_deadline_ms(const struct child *child)
{
	if (child->phase != CHILD_ASKED && child->phase != CHILD_KILLED)
		return FOREVER_MS;
	/* One that hangs in the kernel wakes us when it goes. */
	int64_t deadline_ms = child->phase == CHILD_KILLED && !child->ended ? FOREVER_MS : child->deadline_ms;
	return child->look_at_ms < deadline_ms ? child->look_at_ms : deadline_ms;
}

void child_release(struct child *child)
{
	if (child->phase != CHILD_NONE)
		leader_release(&child->leader);
	child->phase = CHILD_NONE;
}
