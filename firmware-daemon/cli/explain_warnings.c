/* SPDX-License-Identifier: MIT
 *
 * Where a setting makes a promise weak. None of these is an error; each is said with what to do about it.
 */
#include "explain.h"

#include "cli/json/json_view.h"
#include "words/span_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_SIZE = 64 };

struct warnings {
	int count;
};

__attribute__((format(printf, 2, 3))) static void warn(struct warnings *warnings, const char *format, ...)
{
	va_list arguments;

	if (warnings->count++ == 0)
		(void)puts("\nWhat makes a promise weak:\n");
	(void)printf("- ");
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)putchar('\n');
}

/* A fault is noticed later than the hardware would notice a hang of the whole board. */
static void judge_detection(struct warnings *warnings, const struct flat *flat)
{
	struct rules rules = flat_rules(flat);

	for (uint16_t i = 0; i < rules.check_count; i++) {
		int64_t ms = (int64_t)check_failing_ms(&rules.checks[i]);
		char span[SPAN_TEXT_SIZE], timeout[SPAN_TEXT_SIZE];

		if (rules.checks[i].level < LEVEL_RESTART || ms <= flat->watchdog.timeout_ms)
			continue;
		warn(warnings,
		        "%s, %s: a server that hangs may be noticed only after %s, later than a board that hangs, which the "
		        "hardware resets after %s (fewer retries, or a shorter interval)",
		        flat_service_name(flat, rules.checks[i].service), flat_check_name(flat, i), span_text(span, ms),
		        span_text(timeout, flat->watchdog.timeout_ms));
	}
}

static void judge_restarts(struct warnings *warnings, const struct flat *flat)
{
	struct rules rules = flat_rules(flat);

	for (uint16_t i = 0; i < flat->service_count; i++) {
		const struct service_spec *spec = &flat_services(flat)[i];
		char span[SPAN_TEXT_SIZE];

		if (rules.services[i].can_restart && rules.ladder->restart_for_ms > 0 &&
		        spec->restart_timeout_ms >= rules.ladder->restart_for_ms)
			warn(warnings,
			        "%s: one restart that hangs takes restart_timeout, %s, which is the whole of restart_for (a shorter "
			        "one, or a longer restart_for)",
			        flat_service_name(flat, i), span_text(span, spec->restart_timeout_ms));
	}
}

static void judge_ladder(struct warnings *warnings, const struct flat *flat)
{
	struct rules rules = flat_rules(flat);
	bool climbs = false;

	for (uint16_t i = 0; i < rules.check_count; i++)
		climbs = climbs || rules.checks[i].level == LEVEL_REBOOT;
	if (!climbs)
		warn(warnings,
		        "no check may reboot the board (on_failure, scope): it is reset only when feeddog itself is lost");
	if (flat->watchdog.simulated)
		warn(warnings, "the dog is simulated: nothing resets this board");
	if (!flat->watchdog.disarm_on_stop && !flat->watchdog.simulated)
		warn(warnings, "disarm_on_stop is false: a stop of feeddogd, as in an upgrade, ends in a reset");
}

/* How long each service took at most from its restart until it was up; it has to be heard of at all. */
static void measure_line(const struct flat *flat, const char *line, int64_t begun_ms[], int64_t longest_ms[])
{
	char event[WORD_SIZE], service[NAME_SIZE];
	struct fy_document *document = json_open(line, strlen(line));
	struct fy_node *root;

	if (!document)
		return;
	root = json_root(document);
	(void)json_text_of(root, "event", event, sizeof(event));
	(void)json_text_of(root, "service", service, sizeof(service));
	for (uint16_t i = 0; i < flat->service_count; i++) {
		int64_t at_ms = json_ms_of(root, "at_s", -1);

		if (strcmp(event, "boot") == 0)
			begun_ms[i] = -1;
		if (strcmp(service, flat_service_name(flat, i)) != 0 || at_ms < 0)
			continue;
		if (strcmp(event, "restart") == 0 || strcmp(event, "start") == 0)
			begun_ms[i] = at_ms;
		if (strcmp(event, "service-up") == 0 && begun_ms[i] >= 0 && at_ms - begun_ms[i] > longest_ms[i])
			longest_ms[i] = at_ms - begun_ms[i];
	}
	json_close(document);
}

static void judge_start_periods(struct warnings *warnings, const struct flat *flat, const char *state_dir)
{
	struct rules rules = flat_rules(flat);
	int64_t begun_ms[MAX_SERVICES], longest_ms[MAX_SERVICES];
	char path[1024];
	char *line = NULL;
	size_t size = 0;
	FILE *history;

	(void)snprintf(path, sizeof(path), "%s/history.jsonl", state_dir);
	history = fopen(path, "re");
	if (!history)
		return;
	for (uint16_t i = 0; i < flat->service_count; i++) {
		begun_ms[i] = -1;
		longest_ms[i] = 0;
	}
	while (getline(&line, &size, history) > 0)
		measure_line(flat, line, begun_ms, longest_ms);
	free(line);
	(void)fclose(history);
	for (uint16_t i = 0; i < flat->service_count; i++) {
		char measured[SPAN_TEXT_SIZE], period[SPAN_TEXT_SIZE];

		if (longest_ms[i] > rules.services[i].start_period_ms)
			warn(warnings,
			        "%s: its start_period is %s, and it once took %s from a restart until it was up, as the history "
			        "tells (a longer one)",
			        flat_service_name(flat, i), span_text(period, rules.services[i].start_period_ms),
			        span_text(measured, longest_ms[i]));
	}
}

void explain_warnings(const struct flat *flat, const char *state_dir)
{
	struct warnings warnings = {0};

	judge_detection(&warnings, flat);
	judge_restarts(&warnings, flat);
	judge_start_periods(&warnings, flat, state_dir);
	judge_ladder(&warnings, flat);
}
