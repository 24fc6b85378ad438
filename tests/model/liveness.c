/* SPDX-License-Identifier: MIT
 *
 * The same news for ever, from every state. What follows a state is then one state, so whether and when all of them
 * arrive is found by following each until it arrives or meets one that is known already.
 */
#include "model.h"

#include <stdlib.h>

enum course { COURSE_GOOD, COURSE_SILENCE, COURSE_BAD, COURSE_REMOTE, COURSE_COUNT };

enum { TIME_UNKNOWN = 0xFFFF, TIME_ON_PATH = 0xFFFE };

static const char *const broken_by[COURSE_COUNT] = {
        [COURSE_GOOD] = "constant good news leads to well, or a reboot is under way",
        [COURSE_SILENCE] = "P2 P4: constant silence leads to letting go within BOUND, or to hold",
        [COURSE_BAD] = "P2 P5: constant bad news leads to letting go within BOUND, or to hold",
        [COURSE_REMOTE] = "P12: what fails for the sake of a remote service never makes the board climb",
};

static enum news news_of(const struct model *model, enum course course, uint16_t check)
{
	const struct check_rule *rule = &model->rules.checks[check];
	bool climbs = rule->level == LEVEL_REBOOT;
	bool waits = model->rules.services[rule->service].need_count > 0;

	if (course == COURSE_BAD)
		return climbs ? NEWS_BAD : NEWS_GOOD;
	if (course == COURSE_REMOTE)
		return climbs && !waits ? NEWS_GOOD : NEWS_BAD;
	return NEWS_GOOD;
}

/* A unit of time, then news of all checks; silence: then another checker where the policy wants one. */
static const char *follow(const struct model *model, enum course course, struct world *world)
{
	bool late, unused;
	const char *broken = happening_play(model, world, HAPPEN_TICK, &late);

	if (course == COURSE_SILENCE)
		return broken || !late || !happening_can(model, world, HAPPEN_REPLACED)
		        ? broken
		        : happening_play(model, world, HAPPEN_REPLACED, &unused);
	for (uint16_t i = 0; i < model->rules.check_count && !broken; i++) {
		unsigned happening = (unsigned)i * NEWS_COUNT + news_of(model, course, i);

		if (happening_can(model, world, happening))
			broken = happening_play(model, world, happening, &unused);
	}
	return broken;
}

static bool has_arrived(enum course course, const struct world *world)
{
	enum board_state state = (enum board_state)world->ladder.state;

	if (course == COURSE_GOOD)
		return state == BOARD_WELL || state == BOARD_REBOOTING || state == BOARD_LETGO;
	return state == BOARD_LETGO || state == BOARD_HOLD;
}

/* The longest that it may take from this state, in units. */
static int64_t longest(const struct model *model, enum course course, const struct world *world)
{
	int64_t ms = world->witness.allowed_ms - world->now_ms;

	if (world->ladder.state == BOARD_MAINTENANCE)
		ms = world->ladder.feed_until_ms - world->now_ms + model->bound_ms;
	if (course == COURSE_GOOD)
		ms += UNIT_MS;
	/* Where the silent one may not climb, what waits for it is excused first, and then as silent. */
	for (uint16_t i = 0; i < model->rules.check_count; i++)
		if (model->rules.checks[i].level == LEVEL_RESTART)
			return (ms + model->ladder.detection_ms) / UNIT_MS;
	return ms / UNIT_MS;
}

/* The time from `first` until it arrives; those on the way get theirs too. Returns the state that does not, or NO_STATE. */
static uint32_t time_path(const struct model *model, const struct states *states, enum course course, uint32_t first,
        uint16_t times[], uint32_t path[])
{
	uint32_t length = 0, at = first;
	uint16_t time = 0;
	uint8_t bytes[PACKED_SIZE];
	struct world world;

	while (at != NO_STATE && times[at] == TIME_UNKNOWN) {
		unpack(model, states_at(states, at), &world);
		if (has_arrived(course, &world)) {
			times[at] = 0;
			break;
		}
		times[at] = TIME_ON_PATH;
		path[length++] = at;
		if (follow(model, course, &world))
			return at;
		pack(model, &world, bytes);
		at = states_find(states, bytes);
	}
	/* Round in a circle, or out of what the walk has seen, which it must not. */
	if (at == NO_STATE || times[at] == TIME_ON_PATH)
		return first;
	for (time = times[at]; length > 0; length--) {
		times[path[length - 1]] = ++time;
		unpack(model, states_at(states, path[length - 1]), &world);
		if (time > longest(model, course, &world))
			return path[length - 1];
	}
	return NO_STATE;
}

static uint32_t check_course(
        const struct model *model, const struct states *states, enum course course, uint16_t times[], uint32_t path[])
{
	uint32_t culprit = NO_STATE;

	for (uint32_t i = 0; i < states->count; i++)
		times[i] = TIME_UNKNOWN;
	for (uint32_t i = 0; i < states->count && culprit == NO_STATE; i++)
		if (times[i] == TIME_UNKNOWN)
			culprit = time_path(model, states, course, i, times, path);
	return culprit;
}

/* P12: from where a service is excused and the board does not climb yet. */
static uint32_t check_remote(const struct model *model, const struct states *states)
{
	struct world world;

	for (uint32_t i = 0; i < states->count; i++) {
		bool excused = false;

		unpack(model, states_at(states, i), &world);
		for (uint16_t s = 0; s < model->rules.service_count; s++)
			excused = excused || world.services[s].excused;
		if (!excused || (world.ladder.state != BOARD_WELL && world.ladder.state != BOARD_DOUBT))
			continue;
		if (follow(model, COURSE_REMOTE, &world) || world.ladder.state == BOARD_RECOVERING)
			return i;
	}
	return NO_STATE;
}

const char *liveness_check(const struct model *model, const struct states *states, uint32_t *culprit)
{
	uint16_t *times = malloc(states->count * sizeof(*times));
	uint32_t *path = malloc(states->count * sizeof(*path));
	const char *broken = times && path ? NULL : "out of memory";

	*culprit = 0;
	for (unsigned course = 0; course < COURSE_REMOTE && !broken; course++) {
		*culprit = check_course(model, states, (enum course)course, times, path);
		if (*culprit != NO_STATE)
			broken = broken_by[course];
	}
	free(times);
	free(path);
	if (broken)
		return broken;
	*culprit = check_remote(model, states);
	return *culprit == NO_STATE ? NULL : broken_by[COURSE_REMOTE];
}
