/* SPDX-License-Identifier: MIT
 *
 * feeddog explain: what a configuration means in seconds. For each service the worst time from a fault to its restart, to
 * the reboot, to the reset by the hardware; BOUND (promise P2); and what the LED will show.
 */
#include "explain.h"

#include "command.h"

#include "words/span_text.h"
#include "compiler/compile.h"
#include "core/led_pattern.h"

#include <stdlib.h>

enum { NOT_AT_ALL = -1 };

struct worst {
	int64_t restart_ms; /* from the fault to the restart command, NOT_AT_ALL */
	int64_t reboot_ms;
	int64_t reset_ms;
	bool at_once; /* a process that dies is noticed when it dies */
};

static struct worst worst_of(const struct flat *flat, uint16_t index)
{
	struct rules rules = flat_rules(flat);
	const struct service_rule *service = &rules.services[index];
	struct worst worst = {NOT_AT_ALL, NOT_AT_ALL, NOT_AT_ALL, false};
	int64_t climb_ms = NOT_AT_ALL;

	for (uint16_t i = service->first_check; i < service->first_check + service->check_count; i++) {
		const struct check_rule *rule = &rules.checks[i];

		if (rule->level >= LEVEL_RESTART && service->can_restart &&
		        (int64_t)check_failing_ms(rule) > worst.restart_ms)
			worst.restart_ms = (int64_t)check_failing_ms(rule);
		if (rule->level >= LEVEL_RESTART && flat_checks(flat)[i].kind == KIND_PROCESS)
			worst.at_once = true;
		if (rule->level == LEVEL_REBOOT && check_detection_ms(rule) > climb_ms)
			climb_ms = check_detection_ms(rule);
	}
	/* No rung without a budget is taken. */
	if (rules.ladder->restart_for_ms == 0)
		worst.restart_ms = NOT_AT_ALL;
	if (climb_ms == NOT_AT_ALL)
		return worst;
	worst.reboot_ms = rules.ladder->reboot_within_ms > 0 ? climb_ms + rules.ladder->restart_for_ms : NOT_AT_ALL;
	worst.reset_ms =
	        climb_ms + rules.ladder->restart_for_ms + rules.ladder->reboot_within_ms + flat->watchdog.timeout_ms;
	return worst;
}

static void print_span(int64_t ms)
{
	char text[SPAN_TEXT_SIZE];

	(void)printf("  %12s", ms == NOT_AT_ALL ? "never" : span_text(text, ms));
}

/* The board, and the LED, which may be the board's own choice. */
static void print_board(const struct flat *flat)
{
	const struct led_spec *led = &flat->led;

	(void)printf("Board: %s, LED: ", flat_text(flat, flat->board));
	switch ((enum led_kind)led->kind) {
	case LED_NONE:
		(void)puts("none\n");
		break;
	case LED_CLASS:
		(void)printf("class %s\n\n", flat_text(flat, led->name));
		break;
	case LED_GPIO_NAME:
		(void)printf("line %s\n\n", flat_text(flat, led->name));
		break;
	case LED_GPIO_LINE:
		(void)printf("line %u of %s\n\n", (unsigned)led->line, flat_text(flat, led->chip));
		break;
	}
}

static void print_services(const struct flat *flat)
{
	bool at_once = false;

	print_board(flat);
	(void)printf(
	        "Worst time from a fault until\n\n%-20s  %12s  %12s  %12s\n", "SERVICE", "restart", "reboot", "reset");
	for (uint16_t i = 0; i < flat->service_count; i++) {
		struct worst worst = worst_of(flat, i);

		(void)printf("%-20s", flat_service_name(flat, i));
		if (flat_services(flat)[i].hidden) {
			(void)puts("  a remote dependency: whoever needs it waits, and no reboot follows");
			continue;
		}
		print_span(worst.restart_ms);
		print_span(worst.reboot_ms);
		print_span(worst.reset_ms);
		(void)puts(worst.at_once ? "  *" : "");
		at_once = at_once || worst.at_once;
	}
	if (at_once)
		(void)puts("\n* a watched process that dies is restarted at once.");
}

static void print_bound(const struct flat *flat)
{
	const struct ladder_rule *ladder = &flat->ladder;
	char detection[SPAN_TEXT_SIZE], start[SPAN_TEXT_SIZE], restart[SPAN_TEXT_SIZE], reboot[SPAN_TEXT_SIZE];
	char bound[SPAN_TEXT_SIZE], start_bound[SPAN_TEXT_SIZE], timeout[SPAN_TEXT_SIZE], settle[SPAN_TEXT_SIZE];

	(void)span_text(detection, ladder->detection_ms);
	(void)span_text(start, ladder->start_period_ms);
	(void)span_text(restart, ladder->restart_for_ms);
	(void)span_text(reboot, ladder->reboot_within_ms);
	(void)printf("\nBOUND: after the last good verdict the dog is fed for %s at most\n"
	             "       (detection %s + restart_for %s + reboot_within %s);\n"
	             "       before the first one for %s (start period %s instead of detection);\n"
	             "       the hardware then resets the board within %s.\n",
	        span_text(bound, rules_bound_ms(ladder)), detection, restart, reboot,
	        span_text(start_bound, rules_start_bound_ms(ladder)), start,
	        span_text(timeout, flat->watchdog.timeout_ms));
	if (ladder->then_reboot)
		(void)puts("\nReboots are not limited: a server that no reboot mends reboots the board for ever.");
	else
		(void)printf(
		        "\nAfter %u reboots that did not help, feeddog holds: it feeds on, tries slowly, and says so.\n"
		        "A reboot has helped when all has been well for %s.\n",
		        (unsigned)ladder->reboot_limit, span_text(settle, ladder->reboot_settle_ms));
}

/* One turn of a pattern, with service number 2 where it counts: '#' lit, '.' dark, 125 ms each. */
static void print_legend(void)
{
	(void)printf("\nThe LED, 125 ms a sign, counting as for the second service:\n\n");
	for (int i = 0; i < LED_OFF; i++) {
		enum led_pattern pattern = (enum led_pattern)i;

		(void)printf("%-12s ", led_pattern_name(pattern));
		for (uint32_t slot = 0; slot < led_pattern_slots(pattern, 2); slot++)
			(void)putchar(led_pattern_lit(pattern, 2, slot) ? '#' : '.');
		(void)printf("  %s\n", led_pattern_looks(pattern));
	}
	(void)printf("%-12s no power, or the board is dead\n", "off, steady");
}

int command_explain(const struct invocation *invocation)
{
	struct flat *flat = compile_file(invocation->config, stderr);

	if (!flat)
		return EX_CONFIG;
	print_services(flat);
	explain_checks(flat);
	print_bound(flat);
	explain_timeline(flat);
	explain_warnings(flat, invocation->state_dir);
	print_legend();
	free(flat);
	return fflush(stdout) == EOF ? EX_OSERR : EX_OK;
}
