/* SPDX-License-Identifier: MIT
 *
 * Boards and bad months by chance. The configuration is text, as a person writes it, and what `feeddog compile` does not let
 * through is drawn again; so every board is one that feeddog would start on.
 */
#include "sim.h"

#include "compiler/compile.h"
#include "compiler/duration.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct dice {
	uint64_t state;
	int64_t end_ms;
	char *text;
	size_t length;
};

static uint64_t roll(struct dice *dice, uint64_t below)
{
	uint64_t x = dice->state += 0x9E3779B97F4A7C15U;

	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
	x = (x ^ x >> 27) * 0x94D049BB133111EBU;
	return (x ^ x >> 31) % below;
}

static bool percent(struct dice *dice, unsigned chance_of)
{
	return roll(dice, 100) < chance_of;
}

static uint32_t pick(struct dice *dice, const uint32_t list[], size_t count)
{
	return list[roll(dice, count)];
}
#define PICK(dice, ...)                                                                                                \
	pick(dice, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

__attribute__((format(printf, 2, 3))) static void add(struct dice *dice, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(dice->text + dice->length, TEXT_SIZE - dice->length, format, arguments);
	va_end(arguments);
	if (length > 0 && dice->length + (size_t)length < TEXT_SIZE)
		dice->length += (size_t)length;
}

static void add_check(struct dice *dice, unsigned number, bool remote)
{
	uint32_t interval_ms = PICK(dice, 1000, 2000, 5000, 5000, 10000, 30000, 60000);
	uint32_t timeout_ms = PICK(dice, 200, 500, 1000, 2000, 5000, 10000);
	static const char *const kinds[] = {
	        "tcp: '127.0.0.1:1'", "http: 'http://127.0.0.1/'", "process: {name: it}", "command: check"};

	if (timeout_ms > interval_ms)
		timeout_ms = interval_ms;
	add(dice, "      - {%s, name: c%u, interval: %ums, timeout: %ums, retries: %u",
	        kinds[roll(dice, remote ? 2 : 4)], number, interval_ms, timeout_ms, (unsigned)roll(dice, 4) + 1);
	if (remote)
		add(dice, ", scope: remote");
	else if (number > 0 && percent(dice, 30))
		add(dice, ", on_failure: %s", percent(dice, 50) ? "restart" : "alert");
	add(dice, "}\n");
}

static void add_needs(struct dice *dice, unsigned number)
{
	const char *comma = "";

	if (number == 0 || percent(dice, 40))
		return;
	add(dice, "    needs: [");
	for (unsigned i = 0; i < number; i++) {
		if (!percent(dice, 50))
			continue;
		add(dice, "%ss%u", comma, i);
		comma = ", ";
	}
	add(dice, "]\n");
	if (percent(dice, 20))
		add(dice, "    propagate: true\n");
}

static void add_service(struct dice *dice, unsigned number)
{
	bool remote = percent(dice, 15);
	unsigned checks = percent(dice, 30) ? 2 : 1;

	add(dice, "  s%u:\n    start_period: %us\n", number, (unsigned)PICK(dice, 0, 5, 10, 30, 60, 60, 120));
	add_needs(dice, number);
	add(dice, "    checks:\n");
	for (unsigned i = 0; i < checks; i++)
		add_check(dice, i, remote);
	if (percent(dice, 85)) {
		add(dice, "    restart: mend\n    attempts: %u\n", (unsigned)roll(dice, 6));
		if (percent(dice, 10))
			add(dice, "    start: begin\n");
	}
	if (percent(dice, 15))
		add(dice, "    flap: {count: %u, within: %um}\n", (unsigned)roll(dice, 5) + 2,
		        (unsigned)roll(dice, 10) + 1);
}

static void add_board(struct dice *dice)
{
	unsigned services = PICK(dice, 1, 1, 2, 2, 3, 4);

	add(dice, "watchdog: {device: /nowhere, timeout: %us, simulated: true}\n", (unsigned)PICK(dice, 5, 10, 15, 15));
	add(dice, "services:\n");
	for (unsigned i = 0; i < services; i++)
		add_service(dice, i);
	add(dice, "ladder:\n  restart_for: %us\n  reboot_within: %us\n  settle: %us\n",
	        (unsigned)PICK(dice, 0, 10, 30, 60, 300, 300, 600), (unsigned)PICK(dice, 0, 10, 30, 60, 60, 120),
	        (unsigned)PICK(dice, 0, 10, 60, 120, 120, 300));
	add(dice, "  reboots: {limit: %u, settle: %um, then: %s}\n", (unsigned)roll(dice, 5),
	        (unsigned)PICK(dice, 1, 5, 30, 30, 60), percent(dice, 85) ? "hold" : "reboot");
}

/* How often each befalls a board. */
static const uint8_t often[VERB_COUNT] = {
        [VERB_CRASH] = 12,
        [VERB_HANG] = 10,
        [VERB_WEDGE] = 5,
        [VERB_BREAK] = 6,
        [VERB_FLAP] = 3,
        [VERB_SLOW] = 3,
        [VERB_TAKES] = 2,
        [VERB_STOPS] = 3,
        [VERB_NO_RESTART] = 2,
        [VERB_FAIL] = 6,
        [VERB_SHORT] = 2,
        [VERB_BLIND] = 4,
        [VERB_WARN] = 2,
        [VERB_CHECKER_DIES] = 4,
        [VERB_CHECKER_HANGS] = 4,
        [VERB_CHECKER_FALLS] = 2,
        [VERB_ACTOR_DIES] = 4,
        [VERB_ACTOR_HANGS] = 4,
        [VERB_LED_DIES] = 1,
        [VERB_LOSE] = 3,
        [VERB_DOUBLE] = 2,
        [VERB_SWAP] = 2,
        [VERB_LATE] = 2,
        [VERB_GARBLE] = 2,
        [VERB_STALE] = 2,
        [VERB_DISK_FAILS] = 3,
        [VERB_DISK_ROTS] = 1,
        [VERB_NO_REBOOT] = 3,
        [VERB_POWER_CUT] = 3,
        [VERB_FREEZE] = 3,
        [VERB_CLOCK] = 2,
        [VERB_LAG] = 1,
        [VERB_HOLD] = 2,
        [VERB_RESUME] = 2,
        [VERB_SHUTDOWN] = 2,
};

static enum verb draw_verb(struct dice *dice)
{
	unsigned sum = 0, at;
	int verb = 0;

	for (int i = 0; i < VERB_COUNT; i++)
		sum += often[i];
	at = (unsigned)roll(dice, sum);
	while (at >= often[verb])
		at -= often[verb++];
	return (enum verb)verb;
}

static int64_t draw_value(struct dice *dice, enum verb verb)
{
	switch ((int)verb) {
	case VERB_FLAP:
		return PICK(dice, 500, 1000, 3000, 7000, 20000, 60000);
	case VERB_SLOW:
	case VERB_LATE:
		return PICK(dice, 50, 300, 900, 3000, 12000);
	case VERB_TAKES:
	case VERB_STOPS:
		return PICK(dice, 100, 1000, 2000, 5000, 30000, 90000);
	case VERB_CLOCK:
		return (int64_t)roll(dice, 400000000) - 200000000;
	case VERB_LAG:
		return PICK(dice, 0, 10, 100, 250);
	case VERB_HOLD:
		return PICK(dice, 1000, 60000, 600000, 7200000);
	default: /* percent */
		return PICK(dice, 10, 50, 90, 100);
	}
}

static struct fault draw_fault(struct dice *dice, const struct rules *rules, int64_t at_ms)
{
	enum verb verb = draw_verb(dice);
	struct fault fault = {.at_ms = at_ms, .verb = (uint8_t)verb, .service = NO_INDEX, .check = NO_INDEX};

	if (verb_target(verb) == TARGET_CHECK) {
		fault.check = (uint16_t)roll(dice, rules->check_count);
		fault.service = rules->checks[fault.check].service;
	} else if (verb_target(verb) == TARGET_SERVICE) {
		fault.service = (uint16_t)roll(dice, rules->service_count);
	}
	if (verb_value(verb) != VALUE_NONE)
		fault.value = draw_value(dice, verb);
	if (verb_lasts(verb))
		fault.for_ms =
		        PICK(dice, 1000, 5000, 20000, 60000, 300000, 1200000, 7200000) + (int64_t)roll(dice, 5000);
	if (verb == VERB_FREEZE)
		fault.for_ms = (int64_t)roll(dice, 20000) + 1;
	return fault;
}

static int by_time(const void *a, const void *b)
{
	const struct fault *one = a, *other = b;

	return one->at_ms < other->at_ms ? -1 : one->at_ms > other->at_ms;
}

/* Troubles come together: a few within minutes, then nothing for hours or days. */
static void draw_schedule(struct dice *dice, const struct rules *rules, struct schedule *schedule)
{
	unsigned troubles = 10 + (unsigned)roll(dice, 60);

	schedule->end_ms = dice->end_ms;
	for (unsigned i = 0; i < troubles; i++) {
		int64_t at_ms = (int64_t)roll(dice, (uint64_t)dice->end_ms);
		unsigned count = PICK(dice, 1, 1, 1, 2, 2, 3, 5);

		for (unsigned k = 0; k < count && schedule->count < FAULTS_LAST; k++) {
			schedule->faults[schedule->count++] = draw_fault(dice, rules, at_ms);
			at_ms += (int64_t)roll(dice, PICK(dice, 1000, 30000, 600000));
		}
	}
	qsort(schedule->faults, schedule->count, sizeof(struct fault), by_time);
}

struct flat *generate(uint64_t seed, int64_t end_ms, struct scenario *scenario)
{
	struct dice dice = {.state = seed, .end_ms = end_ms, .text = scenario->yaml};
	FILE *nowhere = fopen("/dev/null", "w");
	struct flat *flat = NULL;

	while (nowhere && !flat) {
		dice.length = 0;
		add_board(&dice);
		flat = compile_text("board", scenario->yaml, dice.length, nowhere);
	}
	if (nowhere)
		(void)fclose(nowhere);
	scenario->seed = seed;
	scenario->jitter_ms = PICK(&dice, 0, 10, 300, 3000);
	scenario->schedule.count = 0;
	if (flat) {
		struct rules rules = flat_rules(flat);

		draw_schedule(&dice, &rules, &scenario->schedule);
	}
	return flat;
}
