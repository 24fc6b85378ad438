/* SPDX-License-Identifier: MIT
 *
 * One check: results in, a verdict out. Counts failures in a row, ages results, and turns silence into *unknown* (promise
 * P4). Pure: time is an argument.
 */
#ifndef FEEDDOG_CORE_CHECK_H
#define FEEDDOG_CORE_CHECK_H

#include "result.h"
#include "rules.h"
#include "state.h"

enum warning_told { WARNING_NONE, WARNING_GOOD, WARNING_DOWN, WARNING_BLIND };

struct check_state {
	int64_t heard_ms;         /* start of the newest probe that was reported, or when the check began */
	int64_t expect_ms;        /* the next result is due by this: heard_ms, or when the checker was replaced since */
	int64_t good_ms;          /* start of the newest good probe, NEVER_MS */
	int64_t since_ms;         /* since when `health` is as it is */
	int64_t failing_since_ms; /* start of the first bad probe of the current row, NEVER_MS */
	int64_t ignore_until_ms;  /* results of probes that started before do not count: a restart was ordered then */
	int64_t grace_until_ms;   /* failures before do not count: start period; NEVER_MS when over */
	int64_t told_ms;          /* when `check-failed` was said */
	uint32_t took_ms;         /* of the newest result */
	int32_t detail;           /* of the newest result */
	uint16_t streak;          /* failures in a row that count */
	uint8_t health;           /* enum health: UNKNOWN, UP, DOWN */
	uint8_t cause;            /* enum cause of the newest result, or why there is none */
	uint8_t outcome;          /* enum outcome of the newest result */
	uint8_t told;             /* a `check-failed` was said and no `check-passed` since */
	uint8_t warned;           /* the newest good result was a warning */
	uint8_t warning_told;     /* enum warning_told: what was said last, and is still so */
	uint8_t flap_count;       /* of flapped_ms */
	uint8_t unjudged;         /* its health changed by a result, and no step has followed */
	uint8_t failed;           /* it was down, and has not been good since */
	uint8_t reserved[5];
	int64_t flapped_ms
	        [FLAP_LAST]; /* the latest failures that count, oldest first; only where there is a flap rule */
};

/* Starts a check at now_ms, unknown, with no grace. */
void check_begin(struct check_state *state, int64_t now_ms);

/*
 * Takes one result. False, and nothing changed but the time it was heard at, where it is older than the last one or its
 * probe started before a restart. The end of a process that was there before the restart is the restart's own doing, so it
 * is excused for the start period, also where the process was found well once more in between.
 */
bool check_apply(const struct service_rule *service, const struct check_rule *rule, struct check_state *state,
        const struct result *result, int64_t now_ms);

/* When its checker will be late. */
int64_t check_late_ms(const struct check_rule *rule, const struct check_state *state);

/*
 * Notes a result that was taken for the service's flap rule: so many failures within so long make it down, in a row or not.
 */
void check_flap(
        const struct service_rule *rule, struct check_state *state, const struct result *result, int64_t now_ms);

/* When silence will make the check unknown: then, or after its detection time however often the checker was replaced. */
int64_t check_deadline_ms(const struct check_rule *rule, const struct check_state *state);

/* Makes it unknown when that time has come; true where its checker is late. */
bool check_age(const struct check_rule *rule, struct check_state *state, int64_t now_ms);

/* The checker was replaced at now_ms: the new one gets the time of a probe to answer. */
void check_expect(struct check_state *state, int64_t now_ms);

/* Its service is (re)started now: only news from later probes counts, and failures not before start_period_ms is over. */
void check_restart(struct check_state *state, int64_t now_ms, uint32_t start_period_ms);

/* Its service's needs came up: failures do not count before the grace is over; what is known stays. */
void check_excuse(struct check_state *state, int64_t now_ms, uint32_t start_period_ms);

/* True where the newest result says that there is nothing to measure (promise P4). */
bool check_is_blind(const struct check_state *state);

/* True where the newest news is good and nothing hints at a failure. */
bool check_is_clean(const struct check_state *state);

#endif
