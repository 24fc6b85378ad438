/* SPDX-License-Identifier: MIT
 *
 * compiler/board: every file of board/ against the schema, which board is found by a device tree, and what it gives to a
 * configuration.
 */
#include "compiler/board.h"

#include "compiler/compile.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVICES "services: {web: {checks: [{tcp: \"127.0.0.1:80\"}]}}\n"

static char root[64], folder[PATH_MAX];

/* Puts bytes into a file below the root, which is "", or has a device tree. */
static void device_tree(const char *compatible, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/device-tree/compatible", root);
	unlink(path);
	if (!compatible)
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(compatible, 1, size, file), size);
	fclose(file);
}

struct outcome {
	struct flat *flat;
	char *said;
};

static struct outcome compiled(const char *yaml)
{
	const struct board_places places = {root, folder};
	struct outcome outcome = {NULL, NULL};
	size_t size = 0;
	FILE *stream = open_memstream(&outcome.said, &size);

	outcome.flat = compile_for(&places, "f.yaml", yaml, strlen(yaml), stream);
	fclose(stream);
	return outcome;
}

static void end(struct outcome outcome)
{
	free(outcome.flat);
	free(outcome.said);
}

static void finds(const char *compatible, size_t size, const char *board)
{
	struct outcome outcome;

	device_tree(compatible, size);
	outcome = compiled(SERVICES);
	assert_string_equal(outcome.said, "");
	assert_non_null(outcome.flat);
	assert_string_equal(flat_text(outcome.flat, outcome.flat->board), board);
	end(outcome);
}

static void refuses(const char *yaml, const char *said)
{
	struct outcome outcome = compiled(yaml);

	assert_null(outcome.flat);
	if (strncmp(outcome.said, said, strlen(said)) != 0)
		fail_msg("said: %.300s\nexpected: %s", outcome.said, said);
	end(outcome);
}

static void every_file_is_sound(void **state)
{
	DIR *files = opendir(folder);
	struct dirent *entry;
	int count = 0;

	(void)state;
	assert_non_null(files);
	while ((entry = readdir(files))) {
		struct arena arena = {NULL};
		struct problems problems;
		struct draft draft;
		char path[PATH_MAX + 300];

		if (!strstr(entry->d_name, ".yaml"))
			continue;
		problems_begin(&problems, &arena);
		draft_begin(&draft, &arena, &problems);
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		assert_true(board_read(&draft, path, stderr));
		assert_true(strlen(draft_name(&draft, draft.board.title)) > 3);
		/* A wiring picture that is named is there. */
		snprintf(path, sizeof(path), "%s/%s", folder, draft_name(&draft, draft.board.wiring));
		assert_int_equal(access(path, F_OK), 0);
		arena_free(&arena);
		count++;
	}
	closedir(files);
	assert_true(count >= 11);
}

static void found_by_the_device_tree(void **state)
{
	(void)state;
#define TREE(text) text, sizeof(text)
	finds(TREE("raspberrypi,model-zero-w\0brcm,bcm2835"), "raspberry-pi-zero-w");
	finds(TREE("raspberrypi,model-zero-2-w\0brcm,bcm2837"), "raspberry-pi-zero-2-w");
	finds(TREE("raspberrypi,3-model-b-plus\0brcm,bcm2837"), "raspberry-pi-3");
	finds(TREE("raspberrypi,4-model-b\0brcm,bcm2711"), "raspberry-pi-4");
	finds(TREE("raspberrypi,5-model-b\0brcm,bcm2712"), "raspberry-pi-5");
	finds(TREE("raspberrypi,4-compute-module\0brcm,bcm2711"), "raspberry-pi-compute-module");
	finds(TREE("ti,am335x-bone-black\0ti,am335x-bone\0ti,am33xx"), "beaglebone-black");
	finds(TREE("xunlong,orangepi-plus\0allwinner,sun8i-h3"), "orange-pi");
	finds(TREE("radxa,rock-5b\0rockchip,rk3588"), "rockchip");
	finds(TREE("linux,dummy-virt"), "virtual");
	/* The first that is known counts: it is the most particular. */
	finds(TREE("raspberrypi,4-model-b\0rockchip,rk3588"), "raspberry-pi-4");
	finds(TREE("somebody,else"), "generic");
	/* Cut in the middle, empty, and not there. */
	finds("raspberrypi,4-model-b", 12, "generic");
	finds("", 0, "generic");
	finds(NULL, 0, "generic");
}

static void named(void **state)
{
	struct outcome outcome;

	(void)state;
	device_tree(TREE("raspberrypi,4-model-b"));
	outcome = compiled("board: orange-pi\n" SERVICES);
	assert_non_null(outcome.flat);
	assert_string_equal(flat_text(outcome.flat, outcome.flat->board), "orange-pi");
	end(outcome);
	outcome = compiled("board: generic\n" SERVICES);
	assert_non_null(outcome.flat);
	end(outcome);
	refuses("board: raspberry-pi-9\n" SERVICES,
	        "f.yaml:1:8: error: board: there is no board raspberry-pi-9 (write auto, or one of ");
}

/* P10: a timeout that the board's watchdog cannot count is refused before it is tried. */
static void the_longest_timeout(void **state)
{
	struct outcome outcome;

	(void)state;
	device_tree(TREE("raspberrypi,4-model-b"));
	refuses("watchdog:\n  timeout: 60s\n" SERVICES,
	        "f.yaml:2:12: error: timeout: 1m is more than the watchdog of this board can do, which is raspberry-pi-4, "
	        "bcm2835_wdt (write 15s or less)");
	for (size_t i = 0; i < 3; i++) {
		static const char *const fine[] = {"watchdog: {timeout: 15s}\n" SERVICES,
		        "watchdog: {timeout: 60s, simulated: true, device: /tmp/dog}\n" SERVICES,
		        "watchdog: {timeout: 60s, via: systemd}\n" SERVICES};

		outcome = compiled(fine[i]);
		assert_string_equal(outcome.said, "");
		assert_non_null(outcome.flat);
		end(outcome);
	}
}

static void the_led_of_the_board(void **state)
{
	static const struct {
		const char *yaml;
		enum led_kind kind;
		const char *name;
	} cases[] = {
	        {SERVICES, LED_CLASS, "ACT"},
	        {"led: none\n" SERVICES, LED_NONE, ""},
	        {"led: {gpio: GPIO17}\n" SERVICES, LED_GPIO_NAME, "GPIO17"},
	        {"watchdog: {simulated: true, device: /tmp/dog}\n" SERVICES, LED_NONE, ""},
	        {"board: generic-x86\n" SERVICES, LED_NONE, ""},
	        {"board: virtual\n" SERVICES, LED_GPIO_LINE, ""},
	};

	(void)state;
	device_tree(TREE("raspberrypi,4-model-b"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome = compiled(cases[i].yaml);

		assert_string_equal(outcome.said, "");
		assert_non_null(outcome.flat);
		assert_int_equal(outcome.flat->led.kind, cases[i].kind);
		assert_string_equal(flat_text(outcome.flat, outcome.flat->led.name), cases[i].name);
		if (cases[i].kind == LED_GPIO_LINE)
			assert_string_equal(flat_text(outcome.flat, outcome.flat->led.chip), "9030000.pl061");
		end(outcome);
	}
}

static void a_folder_that_is_not_there(void **state)
{
	char kept[PATH_MAX];

	(void)state;
	strcpy(kept, folder);
	strcpy(folder, "/nonexistent");
	finds(TREE("raspberrypi,4-model-b"), "generic");
	refuses("board: raspberry-pi-4\n" SERVICES,
	        "f.yaml:1:8: error: board: there is no board raspberry-pi-4 (write auto)");
	strcpy(folder, kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_file_is_sound),
	        cmocka_unit_test(found_by_the_device_tree),
	        cmocka_unit_test(named),
	        cmocka_unit_test(the_longest_timeout),
	        cmocka_unit_test(the_led_of_the_board),
	        cmocka_unit_test(a_folder_that_is_not_there),
	};
	char path[128];

	snprintf(root, sizeof(root), "%s/board.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(root) || !realpath("board", folder))
		return 1;
	snprintf(path, sizeof(path), "%s/proc", root);
	mkdir(path, 0755);
	strcat(path, "/device-tree");
	mkdir(path, 0755);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
