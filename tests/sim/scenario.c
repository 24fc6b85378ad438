/* SPDX-License-Identifier: MIT
 *
 * Scenario files:
 *
 *     # What it is about, in a sentence.
 *     # P2 P5
 *     [board]
 *     ...a configuration as feeddog reads it...
 *     [play]
 *     5m crash web
 *     10m fail web:http for 90s
 *     20m flap web 10s for 5m
 *     1h end
 *     [expect]
 *     0.000 boot first
 *     ...every event and every end, to the millisecond...
 *
 * In [play] `seed N` and `probes 200ms` (how long they take at most) may come first.
 */
#include "sim.h"

#include "compiler/compile.h"
#include "compiler/duration.h"

#include <stdlib.h>
#include <string.h>

static bool read_duration(const char *text, int64_t *ms)
{
	uint32_t parsed;

	if (!text || duration_parse(text, &parsed) != DURATION_OK)
		return false;
	*ms = parsed;
	return true;
}

static bool read_target(const struct flat *flat, char *word, struct fault *fault)
{
	char *check = word ? strchr(word, ':') : NULL;

	if (!word || (verb_target((enum verb)fault->verb) == TARGET_CHECK) != (check != NULL))
		return false;
	if (check)
		*check++ = '\0';
	fault->service = flat_find_service(flat, word);
	if (fault->service == NO_INDEX)
		return false;
	fault->check = check ? flat_find_check(flat, fault->service, check) : NO_INDEX;
	return !check || fault->check != NO_INDEX;
}

/* AT VERB [TARGET] [VALUE] [for DURATION] */
static bool read_fault(const struct flat *flat, char *line, struct fault *fault)
{
	char *rest;
	char *word = strtok_r(line, " ", &rest);
	enum verb verb;

	*fault = (struct fault){.service = NO_INDEX, .check = NO_INDEX};
	if (!read_duration(word, &fault->at_ms))
		return false;
	word = strtok_r(NULL, " ", &rest);
	if (!word || !verb_find(word, &verb))
		return false;
	fault->verb = (uint8_t)verb;
	if (verb_target(verb) != TARGET_NONE && !read_target(flat, strtok_r(NULL, " ", &rest), fault))
		return false;
	word = strtok_r(NULL, " ", &rest);
	if (verb_value(verb) != VALUE_NONE) {
		if (!word || (verb_value(verb) == VALUE_DURATION && !read_duration(word, &fault->value)))
			return false;
		if (verb_value(verb) == VALUE_NUMBER)
			fault->value = strtoll(word, NULL, 10);
		word = strtok_r(NULL, " ", &rest);
	}
	if (verb_lasts(verb) != (word != NULL))
		return false;
	return !word || (strcmp(word, "for") == 0 && read_duration(strtok_r(NULL, " ", &rest), &fault->for_ms));
}

static bool read_play(const struct flat *flat, char *line, struct scenario *scenario)
{
	struct schedule *schedule = &scenario->schedule;
	char *end = strstr(line, " end");
	int64_t ms;

	if (strncmp(line, "seed ", 5) == 0) {
		scenario->seed = strtoull(line + 5, NULL, 10);
		return true;
	}
	if (strncmp(line, "probes ", 7) == 0) {
		if (!read_duration(line + 7, &ms))
			return false;
		scenario->jitter_ms = (uint32_t)ms;
		return true;
	}
	if (end) {
		*end = '\0';
		return read_duration(line, &schedule->end_ms);
	}
	if (schedule->count == FAULTS_LAST || !read_fault(flat, line, &schedule->faults[schedule->count]))
		return false;
	schedule->count++;
	return schedule->count < 2 ||
	        schedule->faults[schedule->count - 2].at_ms <= schedule->faults[schedule->count - 1].at_ms;
}

/* The text between two headings. */
static bool cut(char *text, const char *from, const char *to, char *part, size_t size)
{
	char *begin = strstr(text, from);
	char *end = begin && to ? strstr(begin, to) : NULL;

	if (!begin || (to && !end))
		return false;
	begin += strlen(from);
	return snprintf(part, size, "%.*s", end ? (int)(end - begin) : (int)strlen(begin), begin) < (int)size;
}

struct flat *scenario_compile(const struct scenario *scenario)
{
	return compile_text("scenario", scenario->yaml, strlen(scenario->yaml), stdout);
}

static struct flat *read_parts(const char *path, char *text, struct scenario *scenario)
{
	char play[TEXT_SIZE], copy[TEXT_SIZE];
	char *rest, *line;
	struct flat *flat;

	if (sscanf(text, "# %255[^\n]\n# %63[^\n]", scenario->title, scenario->promises) != 2 ||
	        !cut(text, "[board]\n", "[play]\n", scenario->yaml, sizeof(scenario->yaml)) ||
	        !cut(text, "[play]\n", "[expect]\n", play, sizeof(play)) ||
	        !cut(text, "[expect]\n", NULL, scenario->expected, sizeof(scenario->expected))) {
		printf("# %s: not a scenario\n", path);
		return NULL;
	}
	flat = scenario_compile(scenario);
	for (line = strtok_r(play, "\n", &rest); flat && line; line = strtok_r(NULL, "\n", &rest)) {
		(void)snprintf(copy, sizeof(copy), "%s", line);
		if (read_play(flat, line, scenario))
			continue;
		printf("# %s: this cannot be played: %s\n", path, copy);
		free(flat);
		return NULL;
	}
	return flat;
}

struct flat *scenario_read(const char *path, struct scenario *scenario)
{
	char text[4 * TEXT_SIZE];
	FILE *file = fopen(path, "r");
	size_t length;

	*scenario = (struct scenario){.seed = 1};
	if (!file) {
		printf("# %s: cannot be read\n", path);
		return NULL;
	}
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	return read_parts(path, text, scenario);
}

static void write_fault(FILE *file, const struct flat *flat, const struct fault *fault)
{
	char text[DURATION_TEXT_SIZE];

	(void)fprintf(file, "%s %s", duration_text(text, (uint32_t)fault->at_ms), verb_word((enum verb)fault->verb));
	if (fault->service != NO_INDEX)
		(void)fprintf(file, " %s", flat_service_name(flat, fault->service));
	if (fault->check != NO_INDEX)
		(void)fprintf(file, ":%s", flat_check_name(flat, fault->check));
	if (verb_value((enum verb)fault->verb) == VALUE_DURATION)
		(void)fprintf(file, " %s", duration_text(text, (uint32_t)fault->value));
	if (verb_value((enum verb)fault->verb) == VALUE_NUMBER)
		(void)fprintf(file, " %lld", (long long)fault->value);
	if (verb_lasts((enum verb)fault->verb))
		(void)fprintf(file, " for %s", duration_text(text, (uint32_t)fault->for_ms));
	(void)fputc('\n', file);
}

void scenario_write(FILE *file, const struct flat *flat, const struct scenario *scenario)
{
	char text[DURATION_TEXT_SIZE];

	(void)fprintf(file, "# %s\n# %s\n[board]\n%s[play]\nseed %llu\nprobes %ums\n", scenario->title,
	        scenario->promises, scenario->yaml, (unsigned long long)scenario->seed, scenario->jitter_ms);
	for (uint16_t i = 0; i < scenario->schedule.count; i++)
		write_fault(file, flat, &scenario->schedule.faults[i]);
	(void)fprintf(file, "%s end\n[expect]\n%s", duration_text(text, (uint32_t)scenario->schedule.end_ms),
	        scenario->expected);
}

bool scenario_play(const struct scenario *scenario, const struct flat *flat, struct figures *figures, char *said,
        char *broken_promise)
{
	struct sim *sim = malloc(sizeof(*sim));
	bool kept = false;

	broken_promise[0] = '\0';
	if (sim && sim_open(sim, flat, &scenario->schedule, scenario->sabotage)) {
		sim->seed = scenario->seed;
		sim->jitter_ms = scenario->jitter_ms;
		sim->figures = figures;
		sim->is_slow = said != NULL;
		if (said) {
			(void)memset(said, 0, TEXT_SIZE * 2);
			sim->trace = fmemopen(said, TEXT_SIZE * 2 - 1, "w");
		}
		kept = sim_play(sim);
		(void)snprintf(broken_promise, sizeof(sim->broken), "%s", sim->broken);
		if (sim->trace)
			(void)fclose(sim->trace);
		sim_close(sim);
	}
	free(sim);
	return kept;
}
