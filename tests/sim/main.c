/* SPDX-License-Identifier: MIT
 *
 * The simulator.
 *
 *     sim                        every scenario of tests/sim/scenarios, and a short campaign
 *     sim FILE...                these scenarios
 *     sim --say FILE             plays it and prints what was said, as [expect] has it
 *     sim --long [--seed N] [--boards N] [--days N]   a campaign of a thousand boards, a year each, or of N and as long
 *     sim --seed N --board K --days N     one board of a campaign
 *     sim --write --seed N --board K --days N   prints it as a scenario
 *
 * A board has as many troubles in a year as in a month: the short campaign is of bad months, the long one of years.
 */
#include "sim.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { MONTH_DAYS = 30, BOARDS_SHORT = 24, BOARDS_SLOWLY = 4, BOARDS_LONG = 1000, YEAR_DAYS = 365 };

/* The first line that differs. */
static void print_difference(const char *expected, const char *said)
{
	while (*expected && *said) {
		size_t a = strcspn(expected, "\n"), b = strcspn(said, "\n");

		if (a != b || strncmp(expected, said, a) != 0)
			break;
		expected += a + (expected[a] == '\n');
		said += b + (said[b] == '\n');
	}
	printf("# expected: %.*s\n# said:     %.*s\n", (int)strcspn(expected, "\n"), expected, (int)strcspn(said, "\n"),
	        said);
}

static bool run_scenario(const char *path, unsigned number)
{
	static struct scenario scenario;
	static char said[TEXT_SIZE * 2];
	char promise[256];
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct flat *flat = scenario_read(path, &scenario);
	bool good = false;

	if (flat) {
		good = scenario_play(&scenario, flat, NULL, said, promise);
		if (!good)
			printf("# broken: %s\n", promise);
		if (strcmp(said, scenario.expected) != 0) {
			print_difference(scenario.expected, said);
			good = false;
		}
	}
	printf("%s %u - %.*s (%s): %s\n", good ? "ok" : "not ok", number, (int)strcspn(name, "."), name,
	        scenario.promises, scenario.title);
	free(flat);
	return good;
}

static int say(const char *path)
{
	static struct scenario scenario;
	static char said[TEXT_SIZE * 2];
	char promise[256];
	struct flat *flat = scenario_read(path, &scenario);
	bool good;

	if (!flat)
		return 1;
	good = scenario_play(&scenario, flat, NULL, said, promise);
	(void)fputs(said, stdout);
	if (!good)
		printf("broken: %s\n", promise);
	free(flat);
	return good ? 0 : 1;
}

static int tell(unsigned passed, unsigned count)
{
	printf("1..%u\n%u passed, %u failed\n", count, passed, count - passed);
	return count > 0 && passed == count ? 0 : 1;
}

/* With sanitizers all takes ten times as long. */
static uint64_t short_campaign(void)
{
	const char *flavour = getenv("FEEDDOG_FLAVOUR");

	return flavour && strcmp(flavour, "rel") != 0 ? BOARDS_SLOWLY : BOARDS_SHORT;
}

static int run_all(int argc, char **argv)
{
	unsigned passed = 0, count = 0;
	glob_t files = {0};

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			passed += run_scenario(argv[i], ++count);
		return tell(passed, count);
	}
	(void)glob("tests/sim/scenarios/*.sim", 0, NULL, &files);
	for (size_t i = 0; i < files.gl_pathc; i++)
		passed += run_scenario(files.gl_pathv[i], ++count);
	globfree(&files);
	passed += sabotage_all(&count);
	passed += campaign(1, short_campaign(), (int64_t)MONTH_DAYS * DAY_MS, ++count);
	return tell(passed, count);
}

static uint64_t number_after(int argc, char **argv, const char *option, uint64_t otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return strtoull(argv[i + 1], NULL, 10);
	return otherwise;
}

int main(int argc, char **argv)
{
	uint64_t seed, board, boards;
	int64_t end_ms;

	if (argc == 3 && strcmp(argv[1], "--say") == 0)
		return say(argv[2]);
	if (argc < 2 || argv[1][0] != '-')
		return run_all(argc, argv);
	seed = number_after(argc, argv, "--seed", 1);
	board = number_after(argc, argv, "--board", UINT64_MAX);
	end_ms = (int64_t)number_after(argc, argv, "--days", YEAR_DAYS) * DAY_MS;
	if (board != UINT64_MAX && strcmp(argv[1], "--write") == 0)
		return campaign_write(seed, board, end_ms) ? 0 : 1;
	if (board != UINT64_MAX)
		return campaign_board(seed, board, end_ms, NULL) ? 0 : 1;
	boards = number_after(argc, argv, "--boards", BOARDS_LONG);
	return tell(campaign(seed, boards, end_ms, 1), 1);
}
