/* SPDX-License-Identifier: MIT
 *
 * What follows from the rules: detection times and start periods, of any rules. The other proofs take each detection time for
 * any number that is not above the board's, which is proved here.
 */
#include "core/rules.h"

#include "prove.h"

enum { SERVICES = 3, CHECKS = 2, NEEDS = 2 };

static struct ladder_rule ladder_rule;
static struct service_rule service_rules[SERVICES];
static struct check_rule check_rules[CHECKS];
static uint16_t needs[SERVICES * NEEDS];
static uint16_t order[SERVICES];
static const struct rules rules = {
        .ladder = &ladder_rule,
        .services = service_rules,
        .checks = check_rules,
        .needs = needs,
        .order = order,
        .service_count = SERVICES,
        .check_count = CHECKS,
};

/*
 * Each service needs only services that come before it. One try a check spares the solver a product, and leaves its detection
 * time any number.
 */
static void any_rules(void)
{
	ANY(ladder_rule);
	ANY(service_rules);
	ANY(check_rules);
	for (uint16_t i = 0; i < CHECKS; i++)
		check_rules[i].retries = 1;
	for (uint16_t i = 0; i < SERVICES; i++) {
		order[i] = i;
		service_rules[i].first_need = i * NEEDS;
		ASSUME(service_rules[i].need_count <= (i < NEEDS ? i : NEEDS));
		for (uint16_t n = 0; n < NEEDS; n++)
			needs[i * NEEDS + n] = n;
	}
}

void prove_detection(void)
{
	struct check_rule rule;
	uint32_t detection_ms = check_detection_ms(&rule);
	uint64_t silent_ms = (uint64_t)rule.interval_ms + rule.timeout_ms + LATE_ALLOWANCE_MS + RESPAWN_ALLOWANCE_MS;

	PROVE(check_retry_ms(&rule) <= rule.interval_ms, "P2: a failing check is asked no later than a good one");
	PROVE(rule.interval_ms == 0 || check_retry_ms(&rule) > 0, "P2: nor without a pause");
	PROVE(detection_ms == UINT32_MAX || detection_ms >= silent_ms + rule.timeout_ms,
	        "P4: a silent checker is replaced and heard within the detection time");
	PROVE(rule.retries > 1 || rule.interval_ms > UINT16_MAX || rule.timeout_ms > UINT16_MAX ||
	                detection_ms == silent_ms + rule.timeout_ms,
	        "P2: with one try it is no longer than that");
	REACHED();
}

static bool is_longest(uint32_t ms)
{
	for (uint16_t i = 0; i < CHECKS; i++)
		if (check_detection_ms(&check_rules[i]) == ms)
			return true;
	return false;
}

static bool is_within_all(const uint32_t chain_ms[])
{
	for (uint16_t i = 0; i < SERVICES; i++) {
		if (chain_ms[i] < service_rules[i].start_period_ms || chain_ms[i] > ladder_rule.start_period_ms)
			return false;
		for (uint16_t n = 0; n < service_rules[i].need_count; n++)
			if (chain_ms[i] != UINT32_MAX &&
			        chain_ms[i] < (uint64_t)chain_ms[n] + service_rules[i].start_period_ms)
				return false;
	}
	return true;
}

void prove_derive(void)
{
	uint32_t chain_ms[SERVICES];

	any_rules();
	rules_derive(&rules, &ladder_rule, chain_ms);
	PROVE(check_detection_ms(&check_rules[0]) <= ladder_rule.detection_ms &&
	                check_detection_ms(&check_rules[1]) <= ladder_rule.detection_ms,
	        "P2: no check's detection time is above the board's");
	PROVE(is_longest(ladder_rule.detection_ms), "P2: and the board's is one of them");
	PROVE(ladder_rule.detection_ms <= ladder_rule.start_period_ms,
	        "P2: the start period is long enough for a verdict");
	PROVE(is_within_all(chain_ms), "P2: the start period is long enough for each chain of needs");
	PROVE(rules_bound_ms(&ladder_rule) <= rules_start_bound_ms(&ladder_rule) &&
	                rules_bound_ms(&ladder_rule) >= ladder_rule.restart_for_ms,
	        "P2: BOUND is a number, and longer before the first good news");
	REACHED();
}
