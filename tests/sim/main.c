/* SPDX-License-Identifier: MIT
 *
 * The simulator.
 *
 *     sim                        every scenario of tests/sim/scenarios, and a short campaign
 *     sim FILE...                these scenarios
 *     sim --say FILE             plays it and prints what was said, as [expect] has it
 *     sim --long [--seed N]      a campaign of a thousand board-years
 *     sim --seed N --board K     one board of a campaign
 */
#include "sim.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

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
	return tell(passed, count);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--say") == 0)
		return say(argv[2]);
	return run_all(argc, argv);
}
