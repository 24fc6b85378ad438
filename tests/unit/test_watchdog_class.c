/* SPDX-License-Identifier: MIT
 *
 * os/hardware/watchdog_class and os/hardware/watchdog_holder: which watchdog a path leads to, on a system that is a folder. Device nodes are
 * faked by __wrap_stat(), which needs no root.
 */
#include "os/hardware/watchdog_class.h"
#include "os/hardware/watchdog_holder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

int __wrap_stat(const char *path, struct stat *status);

/* Nodes, by their path below the root. */
static const struct {
	const char *path;
	unsigned major_number, minor_number;
} nodes[] = {
        {"/dev/watchdog", 10, 130},
        {"/dev/watchdog0", 248, 0},
        {"/dev/watchdog1", 248, 1},
        {"/dev/dog-pmic", 248, 1},
        {"/dev/static", 10, 200},
};

int __wrap_stat(const char *path, struct stat *status)
{
	memset(status, 0, sizeof(*status));
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (strcmp(path + strlen(root), nodes[i].path) != 0)
			continue;
		status->st_mode = S_IFCHR;
		status->st_rdev = makedev(nodes[i].major_number, nodes[i].minor_number);
		return 0;
	}
	errno = ENOENT;
	return -1;
}

static void make_folder(const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *at = whole + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		(void)mkdir(whole, 0755);
	}
	(void)mkdir(whole, 0755);
}

static void make_file(const char *path, const char *text)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	file = fopen(whole, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void make_link(const char *target, const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	assert_int_equal(symlink(target, whole), 0);
}

/* Two watchdogs, which udev has given other names too. */
static int set_up(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/feeddog-class-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	make_folder("/sys/class/watchdog/watchdog0");
	make_folder("/sys/class/watchdog/watchdog1");
	make_folder("/sys/dev/char");
	make_folder("/dev");
	make_folder("/proc/1/fd");
	make_folder("/proc/42/fd");
	make_file("/sys/class/watchdog/watchdog0/identity", "Software Watchdog\n");
	make_file("/sys/class/watchdog/watchdog0/nowayout", "0\n");
	make_file("/sys/class/watchdog/watchdog0/options", "0x8180\n");
	make_file("/sys/class/watchdog/watchdog1/identity", "DA9063 Watchdog\n");
	make_file("/sys/class/watchdog/watchdog1/nowayout", "1\n");
	make_file("/sys/class/watchdog/watchdog1/options", "0x8080\n");
	make_file("/sys/class/watchdog/watchdog1/max_timeout", "131\n");
	make_link("../../devices/virtual/watchdog/watchdog0", "/sys/dev/char/248:0");
	make_link("../../devices/platform/pmic/watchdog/watchdog1", "/sys/dev/char/248:1");
	make_link("../../devices/virtual/misc/static", "/sys/dev/char/10:200");
	make_link("watchdog1", "/dev/watchdog-pmic");
	make_link("/dev/watchdog-pmic", "/dev/guard");
	make_link("/dev/watchdog0", "/proc/1/fd/9");
	make_link("/dev/watchdog1", "/proc/42/fd/3");
	make_file("/proc/1/comm", "systemd\n");
	make_file("/proc/42/comm", "other-feeder\n");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

/* P10: a watchdog is identified by its number, never by the last word of a path. */
static void identified_by_number(void **state)
{
	static const struct {
		const char *device, *name;
	} cases[] = {
	        {"/dev/watchdog", "watchdog0"},
	        {"/dev/watchdog0", "watchdog0"},
	        {"/dev/watchdog-pmic", "watchdog1"},
	        {"/dev/guard", "watchdog1"},
	        {"/dev/dog-pmic", "watchdog1"},
	        {"/dev/static", "10:200"},
	        /* No node: a card in a reader. */
	        {"/dev/watchdog7", "watchdog7"},
	};
	char name[WATCHDOG_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		watchdog_class_name(root, cases[i].device, name);
		assert_string_equal(name, cases[i].name);
	}
}

/* P10: what sysfs does not report is not known, and not 0. */
static void facts_are_those_of_the_node(void **state)
{
	struct watchdog_facts facts;

	(void)state;
	assert_true(watchdog_class_read(root, "/dev/watchdog-pmic", &facts));
	assert_string_equal(facts.identity, "DA9063 Watchdog");
	assert_int_equal(facts.nowayout, 1);
	assert_int_equal(facts.magic_close, 0);
	assert_int_equal(facts.longest_s, 131);
	assert_int_equal(facts.shortest_s, -1);
	assert_true(watchdog_class_read(root, "/dev/watchdog", &facts));
	assert_int_equal(facts.magic_close, 1);
	assert_false(watchdog_class_read(root, "/dev/static", &facts));
	assert_int_equal(facts.nowayout, -1);
	assert_int_equal(facts.magic_close, -1);
	assert_string_equal(facts.identity, "");
}

/* P10: found by the identity of its driver, whatever its number is in this boot. */
static void found_by_identity(void **state)
{
	char device[WATCHDOG_PATH_SIZE];

	(void)state;
	assert_true(watchdog_class_find(root, "DA9063 Watchdog", device));
	assert_string_equal(device, "/dev/watchdog1");
	assert_false(watchdog_class_find(root, "DA9063", device));
}

/* P10: of several watchdogs the holder of this one is found, by whichever path it is named. */
static void holder_of_this_one(void **state)
{
	char name[32];

	(void)state;
	assert_int_equal(watchdog_find_holder(root, "/dev/watchdog", name, sizeof(name)), 1);
	assert_string_equal(name, "systemd");
	assert_int_equal(watchdog_find_holder(root, "/dev/guard", name, sizeof(name)), 42);
	assert_string_equal(name, "other-feeder");
	assert_int_equal(watchdog_find_holder(root, "/dev/static", name, sizeof(name)), 0);
	assert_string_equal(name, "");
}

/* P10: what a Raspberry Pi's driver claims is not what its hardware counts. */
static void longest_by_identity(void **state)
{
	(void)state;
	assert_int_equal(watchdog_longest_s("Broadcom BCM2835 Watchdog timer", 65535), 15);
	assert_int_equal(watchdog_longest_s("Sunxi Watchdog", 16), 16);
	assert_int_equal(watchdog_longest_s("", -1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(identified_by_number),
	        cmocka_unit_test(facts_are_those_of_the_node),
	        cmocka_unit_test(found_by_identity),
	        cmocka_unit_test(holder_of_this_one),
	        cmocka_unit_test(longest_by_identity),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
