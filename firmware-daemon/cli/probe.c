/* SPDX-License-Identifier: MIT
 *
 * `feeddog probe [SERVICE]`: every check once, now. It plays the feeder to a checker of its own and shows the first result
 * of each check; feeddogd, if it runs, does not notice.
 */
#include "command.h"
#include "helper.h"
#include "near_miss.h"
#include "style.h"

#include "words/cause_text.h"
#include "words/span_text.h"
#include "compiler/compile.h"
#include "core/record.h"
#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/spin_guard.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { SLACK_MS = 3000, TOOK_WIDTH = 8 };

/* The checks that were asked for: count of them from first on, and the first result of each. */
struct probes {
	const struct flat *flat;
	uint16_t first, count;
	uint16_t answered;
	struct result *results; /* of all checks; generation 0: none yet */
};

/* All checks, or those of one service. False: the sentence was said. */
static bool choose(struct probes *probes, const char *service)
{
	const struct rules rules = flat_rules(probes->flat);
	const char *names[MAX_SERVICES];

	probes->count = rules.check_count;
	for (uint16_t i = 0; service && i < rules.service_count; i++) {
		names[i] = flat_service_name(probes->flat, i);
		if (strcmp(service, names[i]) == 0) {
			probes->first = rules.services[i].first_check;
			probes->count = rules.services[i].check_count;
			return true;
		}
	}
	if (!service)
		return true;
	const char *near = near_miss(service, names, rules.service_count, sizeof(names[0]));
	(void)fprintf(stderr, "feeddog: there is no service %s", service);
	if (near)
		(void)fprintf(stderr, " (did you mean %s?)", near);
	(void)fputs("; the services are:", stderr);
	for (uint16_t i = 0; i < rules.service_count; i++)
		(void)fprintf(stderr, " %s", names[i]);
	(void)fputc('\n', stderr);
	return false;
}

static bool is_chosen(const struct probes *probes, uint16_t check)
{
	return check >= probes->first && check - probes->first < probes->count;
}

static int64_t longest_timeout_ms(const struct probes *probes)
{
	const struct rules rules = flat_rules(probes->flat);
	int64_t longest_ms = 0;

	for (uint16_t i = 0; i < probes->count; i++) {
		uint32_t timeout_ms = rules.checks[probes->first + i].timeout_ms;
		longest_ms = timeout_ms > longest_ms ? timeout_ms : longest_ms;
	}
	return longest_ms;
}

/* Takes what waits in the channel. False at its end: the checker is gone. */
static bool take_results(struct probes *probes, int channel, struct channel_state *sender)
{
	const struct rules rules = flat_rules(probes->flat);
	char record[sizeof(struct result) + 1];
	struct result result;
	long size;

	while ((size = channel_receive(channel, record, sizeof(record))) > 0) {
		if (!record_take_result(sender, record, (size_t)size, rules.check_count, clock_now_ms(), &result))
			continue;
		if (probes->results[result.check].generation != 0)
			continue;
		probes->results[result.check] = result;
		probes->answered += is_chosen(probes, result.check);
	}
	return size == -EAGAIN;
}

static void collect(struct probes *probes, int channel)
{
	struct channel_state sender = {.generation = HELPER_GENERATION};
	int64_t until_ms = clock_now_ms() + longest_timeout_ms(probes) + SLACK_MS;
	struct spin_guard spin = spin_guard_of_helper;

	while (probes->answered < probes->count) {
		struct pollfd news = {.fd = channel, .events = POLLIN};
		int64_t now_ms = clock_now_ms();
		if (now_ms >= until_ms)
			return;
		(void)poll(&news, 1, (int)(until_ms - now_ms));
		spin_guard_rest(&spin, now_ms);
		if (!take_results(probes, channel, &sender))
			return;
	}
}

static const char *outcome_word(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_GOOD:
		return "good";
	case OUTCOME_WARNING:
		return "warning";
	case OUTCOME_BAD:
		return "bad";
	case OUTCOME_BLIND:
		return "blind";
	case OUTCOME_UNKNOWN:
	case OUTCOME_COUNT:
		break;
	}
	return "unknown";
}

/* The width of each column, and whether to colour. */
struct columns {
	int service, check, kind;
	bool colours;
};

static void widen(int *width, const char *text)
{
	if ((int)strlen(text) > *width)
		*width = (int)strlen(text);
}

static struct columns measure(const struct probes *probes)
{
	struct columns columns = {.colours = style_wanted()};

	widen(&columns.service, "SERVICE");
	widen(&columns.check, "CHECK");
	widen(&columns.kind, "KIND");
	for (uint16_t i = 0; i < probes->count; i++) {
		uint16_t check = (uint16_t)(probes->first + i);
		widen(&columns.service,
		        flat_service_name(probes->flat, flat_rules(probes->flat).checks[check].service));
		widen(&columns.check, flat_check_name(probes->flat, check));
		widen(&columns.kind, check_kind_name((enum check_kind)flat_checks(probes->flat)[check].kind));
	}
	return columns;
}

static void put_result(const struct probes *probes, const struct columns *columns, uint16_t check)
{
	const struct result *result = &probes->results[check];
	enum check_kind kind = (enum check_kind)flat_checks(probes->flat)[check].kind;
	enum outcome outcome = (enum outcome)result->outcome;
	bool answered = result->generation != 0;
	char text[CAUSE_TEXT_SIZE], span[SPAN_TEXT_SIZE];

	(void)printf("%-*s  %-*s  %-*s  ", columns->service,
	        flat_service_name(probes->flat, flat_rules(probes->flat).checks[check].service), columns->check,
	        flat_check_name(probes->flat, check), columns->kind, check_kind_name(kind));
	style_put(stdout, columns->colours, style_of_outcome(outcome), outcome_word(outcome), 9);
	(void)printf("%*s  %s\n", TOOK_WIDTH, answered ? span_text_fine(span, result->took_ms) : "-",
	        answered ? cause_text((enum cause)result->cause, kind, result->detail, text)
	                 : "no answer from the checker");
}

/* The table; the exit code. */
static int show(const struct probes *probes)
{
	struct columns columns = measure(probes);
	int code = EX_OK;

	(void)printf("%-*s  %-*s  %-*s  %-9s%*s  %s\n", columns.service, "SERVICE", columns.check, "CHECK",
	        columns.kind, "KIND", "OUTCOME", TOOK_WIDTH, "TOOK", "RESULT");
	for (uint16_t i = 0; i < probes->count; i++) {
		uint16_t check = (uint16_t)(probes->first + i);
		enum outcome outcome = (enum outcome)probes->results[check].outcome;
		put_result(probes, &columns, check);
		if (outcome != OUTCOME_GOOD && outcome != OUTCOME_WARNING)
			code = EX_NOT_WELL;
	}
	return code;
}

static int probe(struct probes *probes, const struct invocation *invocation)
{
	struct helper_process checker;

	probes->results = calloc(MAX_CHECKS, sizeof(probes->results[0]));
	if (!probes->results) {
		complain("probe: there is not enough memory for the results (free some)");
		return EX_OSERR;
	}
	if (!helper_start(&checker, "feeddog-checker", NULL, probes->flat, invocation))
		return EX_OSERR;
	collect(probes, checker.channel);
	(void)helper_stop(&checker);
	return show(probes);
}

int command_probe(const struct invocation *invocation)
{
	struct flat *flat = compile_file(invocation->config, stderr);
	struct probes probes = {.flat = flat};
	int code = EX_USAGE;

	if (!flat)
		return EX_CONFIG;
	if (choose(&probes, invocation->argument_count ? invocation->arguments[0] : NULL))
		code = probe(&probes, invocation);
	free(probes.results);
	free(flat);
	return code;
}
