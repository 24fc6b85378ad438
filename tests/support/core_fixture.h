/* SPDX-License-Identifier: MIT
 *
 * A board in virtual time for the tests of core/: rules put together in a few lines, checks that play good or bad, and
 * a list of all that the policy said. Times are milliseconds since the scene began; the clock behind them is not 0
 * then, so that a time that was never set does not look right by accident.
 *
 * Every step of every scene is watched: the lease grows only for the reasons that promise P1 names, nothing is ordered
 * where nothing may be, what is ordered has all that it needs, the next deadline lies ahead, and the invariant of core/
 * holds.
 */
#ifndef FEEDDOG_TESTS_CORE_FIXTURE_H
#define FEEDDOG_TESTS_CORE_FIXTURE_H

#include "core/invariant.h"

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum {
	SCENE_SERVICES = 256,
	SCENE_CHECKS = 512,
	SCENE_NEEDS = 4, /* of one service */
	SCENE_EVENTS = 16384,
	SCENE_BEGIN_MS = 1000000,
	/* What a scene's rules are where a test does not change them. */
	SCENE_INTERVAL_MS = 1000,
	SCENE_TIMEOUT_MS = 500,
	SCENE_RETRIES = 3,
	SCENE_DETECTION_MS = 7000, /* 3 * 1 s + 2 * 0.5 s + 3 s */
	SCENE_START_PERIOD_MS = 10000,
	SCENE_RESTART_FOR_MS = 60000,
	SCENE_REBOOT_WITHIN_MS = 20000,
	SCENE_SETTLE_MS = 30000,
	SCENE_REBOOT_SETTLE_MS = 120000,
	SCENE_REBOOT_LIMIT = 3,
};

/* What a check's probes find from now on. */
enum play { PLAY_GOOD, PLAY_WARNING, PLAY_BAD, PLAY_CONCLUSIVE, PLAY_GONE, PLAY_UNKNOWN, PLAY_BLIND, PLAY_SILENT };

struct probe_play {
	enum play play;
	int64_t next_ms; /* the next probe starts */
	uint32_t took_ms;
	bool revived_by_restart; /* its service's restart command mends it */
	bool running;            /* a probe is under way */
	int64_t ends_ms;
	enum play found; /* by the probe under way */
};

struct scene {
	uint64_t seed; /* said where what is watched goes wrong */
	struct ladder_rule ladder_rule;
	struct service_rule service_rules[SCENE_SERVICES];
	struct check_rule check_rules[SCENE_CHECKS];
	uint16_t needs[SCENE_SERVICES * SCENE_NEEDS];
	uint16_t order[SCENE_SERVICES];
	struct rules rules;

	struct ladder ladder;
	struct service_state services[SCENE_SERVICES];
	struct check_state checks[SCENE_CHECKS];
	struct board board;

	struct probe_play plays[SCENE_CHECKS];
	int64_t now_ms;    /* of the policy's clock */
	int64_t fed_ms;    /* the dog may have been fed up to here, exclusive */
	bool every_ms;     /* step each millisecond, not only at deadlines and with results */
	bool keep_checker; /* nobody replaces a late checker */
	uint32_t late;     /* steps that asked for another checker */
	uint32_t steps;
	bool good_news;       /* a result was taken since the last step */
	struct ladder before; /* the last step */

	size_t event_count;
	struct event events[SCENE_EVENTS]; /* at_ms as the policy said it */
};

/* For cmocka: *state is a struct scene with the rules above and no services. */
int scene_setup(void **state);
int scene_teardown(void **state);
#define scene_test(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

/* Adds a service that can be restarted without limit, and returns its index. */
uint16_t scene_service(struct scene *scene);

/* Adds a check to the last service. */
uint16_t scene_check(struct scene *scene, enum check_level level);

/* Adds a service with one check that may climb; both have the same index where no other kind was added. */
uint16_t scene_simple(struct scene *scene);

void scene_need(struct scene *scene, uint16_t service, uint16_t need);

/* Works out the order and what follows from the rules. Once they are complete. */
void scene_derive(struct scene *scene);

/* Derives and begins, with that many reboots in the ledger. */
void scene_begin(struct scene *scene, uint16_t unsettled);

/* Plays until that time, inclusive: all that is due at `until_ms` has happened. */
void scene_run(struct scene *scene, int64_t until_ms);

/* Begins, plays until every check has been good once, and drops what was said. Returns the time, which is whole seconds. */
int64_t scene_begin_well(struct scene *scene);

/* From the present on; a probe of it starts at once. */
void scene_play(struct scene *scene, uint16_t check, enum play play);
void scene_play_all(struct scene *scene, enum play play);

/* One result now, beside those that are played, and the step after it. */
void scene_result(struct scene *scene, uint16_t check, enum play play);

/* A person's words. */
bool scene_hold(struct scene *scene, uint32_t duration_ms);
bool scene_resume(struct scene *scene);
bool scene_go_down(struct scene *scene);

/* Steps now, also where nothing is due. */
void scene_step(struct scene *scene);

int64_t scene_now(const struct scene *scene);

/* What was said. */
enum { ANY_SERVICE = NO_INDEX - 1 };
void scene_forget(struct scene *scene);
size_t scene_count(const struct scene *scene, enum event_kind kind, uint16_t service);
/* The n-th such event, from 0; fails the test where there is none. */
const struct event *scene_event(const struct scene *scene, enum event_kind kind, uint16_t service, size_t n);
int64_t scene_time_of(const struct scene *scene, enum event_kind kind, uint16_t service, size_t n);
/* When the board came into a state for the n-th time, -1: it did not. */
int64_t scene_entered(const struct scene *scene, enum board_state state, size_t n);

#define assert_state(scene, expected)                                                                                  \
	assert_string_equal(board_state_name((enum board_state)(scene)->ladder.state), board_state_name(expected))
#define assert_health(scene, index, expected)                                                                          \
	assert_string_equal(health_name((enum health)(scene)->services[index].health), health_name(expected))
#define assert_said(scene, kind, service, count) assert_int_equal(scene_count(scene, kind, service), count)

/* A dependable generator of numbers, the same on every machine: the seed says it all. */
struct dice {
	uint64_t state;
};
uint32_t dice_below(struct dice *dice, uint32_t bound);

/* A board with one service is well at 2 s; its last probe was then, the next is in a second. */
uint16_t one_service(struct scene *scene, int64_t *t);
void assert_kinds(const struct scene *scene, const enum event_kind kinds[], size_t count);

/* A scene of one service whose failures count at once: every probe that fails makes it down. */
uint16_t eager(struct scene *scene);
void set_check(struct scene *scene, uint16_t check, enum health health);
void judge_all(struct scene *scene);

#endif
