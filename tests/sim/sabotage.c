/* SPDX-License-Identifier: MIT
 *
 * That the watch is awake: the same core with one rule that is not the configured one.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *what;
	const char *broken; /* the promises of which one must be said */
} sabotages[SABOTAGE_COUNT] = {
        [SABOTAGE_NEEDS] = {"does not know what a service needs", "P13"},
        [SABOTAGE_RETRIES] = {"restarts after the first failure", "P4"},
        [SABOTAGE_RESTART_FOR] = {"restarts for a minute longer", "P2 P5"},
        [SABOTAGE_REBOOT_WITHIN] = {"waits for a reboot for a minute longer", "P2 P5"},
        [SABOTAGE_LIMIT] = {"reboots once more than it may", "P6"},
        [SABOTAGE_SETTLE] = {"forgets its reboots too early", "P6"},
        [SABOTAGE_REMOTE] = {"reboots for a remote server", "P3 P12"},
        [SABOTAGE_ALERT] = {"acts on what it may only tell", "P3 P4"},
};

static void spoil_check(struct check_rule *rule, enum sabotage sabotage)
{
	if (sabotage == SABOTAGE_RETRIES)
		rule->retries = 1;
	if (sabotage == SABOTAGE_REMOTE && rule->level == LEVEL_RESTART)
		rule->level = LEVEL_REBOOT;
	if (sabotage == SABOTAGE_ALERT && rule->level == LEVEL_ALERT)
		rule->level = LEVEL_REBOOT;
}

struct rules sabotage_rules(struct sim *sim, enum sabotage sabotage)
{
	struct sabotaged *spoiled = &sim->sabotaged;
	struct rules rules = sim->rules;

	if (sabotage == SABOTAGE_NONE)
		return rules;
	spoiled->ladder = *rules.ladder;
	memcpy(spoiled->services, rules.services, rules.service_count * sizeof(struct service_rule));
	memcpy(spoiled->checks, rules.checks, rules.check_count * sizeof(struct check_rule));
	for (uint16_t i = 0; i < rules.check_count; i++)
		spoil_check(&spoiled->checks[i], sabotage);
	for (uint16_t i = 0; i < rules.service_count && sabotage == SABOTAGE_NEEDS; i++)
		spoiled->services[i].need_count = 0;
	if (sabotage == SABOTAGE_RESTART_FOR)
		spoiled->ladder.restart_for_ms += MINUTE_MS;
	if (sabotage == SABOTAGE_REBOOT_WITHIN)
		spoiled->ladder.reboot_within_ms += MINUTE_MS;
	if (sabotage == SABOTAGE_LIMIT)
		spoiled->ladder.reboot_limit++;
	if (sabotage == SABOTAGE_SETTLE)
		spoiled->ladder.reboot_settle_ms /= 2;
	rules.ladder = &spoiled->ladder;
	rules.services = spoiled->services;
	rules.checks = spoiled->checks;
	return rules;
}

enum { BOARDS_LAST = 40, WEEK_DAYS = 7 };

/* Which board breaks one of the expected promises, and no other one before it; 0: none. */
static unsigned find(enum sabotage sabotage, char *promise)
{
	static struct scenario scenario;

	for (unsigned i = 1; i <= BOARDS_LAST; i++) {
		struct flat *flat = generate(i, (int64_t)WEEK_DAYS * DAY_MS, &scenario);
		char number[8];
		bool kept;

		if (!flat)
			return 0;
		scenario.sabotage = sabotage;
		kept = scenario_play(&scenario, flat, NULL, NULL, promise);
		free(flat);
		(void)snprintf(number, sizeof(number), "%.*s", (int)strcspn(promise, ":"), promise);
		if (!kept)
			return strstr(sabotages[sabotage].broken, number) ? i : 0;
	}
	return 0;
}

unsigned sabotage_all(unsigned *count)
{
	unsigned passed = 0;

	for (int i = SABOTAGE_NONE + 1; i < SABOTAGE_COUNT; i++) {
		char promise[256] = "";
		unsigned board = find((enum sabotage)i, promise);

		if (board == 0)
			printf("# said: %s\n", promise);
		printf("%s %u - a core that %s is found out (%s) in %u board-weeks\n", board > 0 ? "ok" : "not ok",
		        ++*count, sabotages[i].what, sabotages[i].broken, board);
		passed += board > 0;
	}
	return passed;
}
