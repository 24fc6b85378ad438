/* SPDX-License-Identifier: MIT
 *
 * What follows from the rules: detection times, the longest chain of start periods, and BOUND.
 */
#include "rules.h"

static uint32_t capped_ms(uint64_t ms)
{
	return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

uint32_t check_retry_ms(const struct check_rule *rule)
{
	bool is_shorter = rule->retry_interval_ms > 0 && rule->retry_interval_ms < rule->interval_ms;

	return is_shorter ? rule->retry_interval_ms : rule->interval_ms;
}

uint64_t check_failing_ms(const struct check_rule *rule)
{
	uint64_t retry_ms = check_retry_ms(rule);
	uint64_t again_ms = retry_ms > rule->timeout_ms ? retry_ms : rule->timeout_ms;
	uint64_t more = rule->retries > 1 ? rule->retries - 1U : 0;

	return (uint64_t)rule->interval_ms + more * again_ms + rule->timeout_ms;
}

uint32_t check_detection_ms(const struct check_rule *rule)
{
	uint64_t failing = check_failing_ms(rule);
	/* Or the next result does not come, and the checker is late after this long. */
	uint64_t silent = (uint64_t)rule->interval_ms + rule->timeout_ms;
	uint64_t longer = failing > silent ? failing : silent;

	return capped_ms(longer + LATE_ALLOWANCE_MS + RESPAWN_ALLOWANCE_MS + rule->timeout_ms);
}

int64_t rules_bound_ms(const struct ladder_rule *rule)
{
	return (int64_t)rule->detection_ms + rule->restart_for_ms + rule->reboot_within_ms;
}

int64_t rules_start_bound_ms(const struct ladder_rule *rule)
{
	return (int64_t)rule->start_period_ms + rule->restart_for_ms + rule->reboot_within_ms;
}

void rules_derive(const struct rules *rules, struct ladder_rule *ladder, uint32_t chain_ms[])
{
	uint32_t detection_ms = 0;
	uint32_t start_period_ms = 0;

	for (uint16_t i = 0; i < rules->check_count; i++) {
		uint32_t ms = check_detection_ms(&rules->checks[i]);
		detection_ms = ms > detection_ms ? ms : detection_ms;
	}
	for (uint16_t i = 0; i < rules->service_count; i++) {
		uint16_t index = rules->order[i];
		const struct service_rule *service = &rules->services[index];
		uint32_t longest = 0;

		for (uint16_t n = 0; n < service->need_count; n++) {
			uint32_t ms = chain_ms[rules->needs[service->first_need + n]];
			longest = ms > longest ? ms : longest;
		}
		chain_ms[index] = capped_ms((uint64_t)longest + service->start_period_ms);
		start_period_ms = chain_ms[index] > start_period_ms ? chain_ms[index] : start_period_ms;
	}
	ladder->detection_ms = detection_ms;
	/* No verdict can be had sooner than one takes, so a shorter start period would be a budget for nothing. */
	ladder->start_period_ms = start_period_ms > detection_ms ? start_period_ms : detection_ms;
}
