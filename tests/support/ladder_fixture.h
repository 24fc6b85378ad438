/* SPDX-License-Identifier: MIT
 *
 * A ladder that is stepped by hand: rules, verdicts, and a walk along its rungs. Times are milliseconds.
 */
#ifndef FEEDDOG_TESTS_LADDER_FIXTURE_H
#define FEEDDOG_TESTS_LADDER_FIXTURE_H

#include "core/ladder.h"

#include "core/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	T0 = 1000000,
	START = 60000,
	DETECTION = 22000,
	RESTART_FOR = 300000,
	WITHIN = 90000,
	SETTLE = 120000,
	REBOOT_SETTLE = 1800000,
};

static const struct ladder_rule usual = {
        .restart_for_ms = RESTART_FOR,
        .reboot_within_ms = WITHIN,
        .settle_ms = SETTLE,
        .reboot_settle_ms = REBOOT_SETTLE,
        .start_period_ms = START,
        .detection_ms = DETECTION,
        .reboot_limit = 3,
};

struct walk {
	struct ladder_rule rule;
	struct ladder ladder;
};

/* All is well, by news that is that old. */
struct verdict well_until(int64_t lease_ms);
struct verdict doubt_until(int64_t lease_ms);
/* Not up, but not beyond doubt either. */
struct verdict unknown_until(int64_t lease_ms);
struct verdict down_until(int64_t lease_ms);
struct walk walk_begin(uint16_t unsettled);
enum ladder_move step(struct walk *walk, struct verdict verdict, int64_t at_ms);
/* Steps until it stays, as the board does; returns how many moves that took. */
int steps(struct walk *walk, struct verdict verdict, int64_t at_ms);
struct walk walk_well(uint16_t unsettled);
void assert_on(const struct walk *walk, enum board_state state, int64_t feed_until);
/* Well for some time, with news each second. Returns when. */
int64_t stay_well(struct walk *walk, int64_t at, int64_t for_ms);
struct walk walk_recovering(uint16_t unsettled);

#endif
