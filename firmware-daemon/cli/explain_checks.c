/* SPDX-License-Identifier: MIT
 *
 * What each check may bring about when it fails.
 */
#include "explain.h"

#include <stdio.h>

static const char *consequence(const struct flat *flat, uint16_t index)
{
	struct rules rules = flat_rules(flat);
	bool can_restart = rules.services[rules.checks[index].service].can_restart && rules.ladder->restart_for_ms > 0;

	switch ((enum check_level)rules.checks[index].level) {
	case LEVEL_ALERT:
		return "alert";
	case LEVEL_RESTART:
		return can_restart ? "alert, restart the service" : "alert, hold back what needs the service";
	case LEVEL_REBOOT:
		return can_restart ? "alert, restart the service, reboot the board" : "alert, reboot the board";
	case LEVEL_COUNT:
		break;
	}
	return "nothing";
}

void explain_checks(const struct flat *flat)
{
	struct rules rules = flat_rules(flat);

	(void)printf("\nWhat a failing check may do\n\n%-20s  %-20s  %s\n", "SERVICE", "CHECK", "MAY");
	for (uint16_t i = 0; i < rules.check_count; i++) {
		if (flat_services(flat)[rules.checks[i].service].hidden)
			continue;
		(void)printf("%-20s  %-20s  %s%s\n", flat_service_name(flat, rules.checks[i].service),
		        flat_check_name(flat, i), consequence(flat, i), flat_checks(flat)[i].remote ? " (remote)" : "");
	}
	(void)puts("\nA check that finds nothing to measure is blind: it only alerts.");
}
