/* SPDX-License-Identifier: MIT
 *
 * /sys/class/watchdog.
 */
#include "watchdog_class.h"

#include "os/storage/root_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	LINKS_MAX = 8,
	/* The kernel's legacy node /dev/watchdog (MISC_MAJOR, WATCHDOG_MINOR) belongs to watchdog0. */
	LEGACY_MAJOR = 10,
	LEGACY_MINOR = 130,
	OPTION_SETTIMEOUT = 0x0080,  /* WDIOF_SETTIMEOUT */
	OPTION_MAGIC_CLOSE = 0x0100, /* WDIOF_MAGICCLOSE */
};

#define CLASS "/sys/class/watchdog/"

static const char *last_word(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The target of a link below `root`, without a NUL where there is no room: false where it is not a link. */
static bool read_link(const char *root, const char *path, char target[], size_t size)
{
	char whole[ROOT_PATH_SIZE];
	ssize_t length = readlink(root_path(root, path, whole), target, size - 1);

	target[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* Follows links of the last word of the path; a link's absolute target lies below `root` too. */
static void follow_links(const char *root, const char *device, char path[ROOT_PATH_SIZE])
{
	char target[ROOT_PATH_SIZE / 2];

	snprintf(path, ROOT_PATH_SIZE, "%s", device);
	for (int i = 0; i < LINKS_MAX && read_link(root, path, target, sizeof(target)); i++) {
		size_t folder = target[0] == '/' ? 0 : (size_t)(last_word(path) - path);

		snprintf(path + folder, ROOT_PATH_SIZE - folder, "%s", target);
	}
}

static void name_by_number(
        const char *root, unsigned major_number, unsigned minor_number, char name[WATCHDOG_NAME_SIZE])
{
	char link[64], target[ROOT_PATH_SIZE / 2], folder[ROOT_PATH_SIZE];

	if (major_number == LEGACY_MAJOR && minor_number == LEGACY_MINOR && root_exists(root, CLASS "watchdog0")) {
		snprintf(name, WATCHDOG_NAME_SIZE, "watchdog0");
		return;
	}
	snprintf(name, WATCHDOG_NAME_SIZE, "%u:%u", major_number, minor_number);
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major_number, minor_number);
	if (!read_link(root, link, target, sizeof(target)))
		return;
	snprintf(folder, sizeof(folder), CLASS "%s", last_word(target));
	if (root_exists(root, folder))
		snprintf(name, WATCHDOG_NAME_SIZE, "%.63s", last_word(target));
}

void watchdog_class_name(const char *root, const char *device, char name[WATCHDOG_NAME_SIZE])
{
	char path[ROOT_PATH_SIZE], whole[ROOT_PATH_SIZE];
	struct stat status;

	follow_links(root, device, path);
	if (stat(root_path(root, path, whole), &status) == 0 && S_ISCHR(status.st_mode))
		name_by_number(root, major(status.st_rdev), minor(status.st_rdev), name);
	else
		snprintf(name, WATCHDOG_NAME_SIZE, "%.63s",
		        strcmp(path, "/dev/watchdog") == 0 ? "watchdog0" : last_word(path));
}

static int64_t number(const char *root, const char *folder, const char *name)
{
	char path[192];
	int64_t value;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return root_read_number(root, path, &value) ? value : -1;
}

static void text(const char *root, const char *folder, const char *name, char value[], size_t size)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)root_read(root, path, value, size);
}

static bool read_facts(const char *root, struct watchdog_facts *facts)
{
	char folder[128], options[32];
	unsigned long bits;

	snprintf(folder, sizeof(folder), CLASS "%s", facts->name);
	text(root, folder, "identity", facts->identity, sizeof(facts->identity));
	text(root, folder, "state", facts->state, sizeof(facts->state));
	text(root, folder, "options", options, sizeof(options));
	facts->timeout_s = number(root, folder, "timeout");
	facts->time_left_s = number(root, folder, "timeleft");
	facts->shortest_s = number(root, folder, "min_timeout");
	facts->longest_s = number(root, folder, "max_timeout");
	facts->nowayout = number(root, folder, "nowayout");
	bits = strtoul(options, NULL, 16);
	facts->magic_close = options[0] ? (bits & OPTION_MAGIC_CLOSE) != 0 : -1;
	facts->sets_timeout = options[0] ? (bits & OPTION_SETTIMEOUT) != 0 : -1;
	return root_exists(root, folder);
}

bool watchdog_class_read(const char *root, const char *device, struct watchdog_facts *facts)
{
	watchdog_class_name(root, device, facts->name);
	return read_facts(root, facts);
}

bool watchdog_class_nth(const char *root, int index, char device[WATCHDOG_PATH_SIZE], struct watchdog_facts *facts)
{
	snprintf(facts->name, sizeof(facts->name), "watchdog%d", index);
	snprintf(device, WATCHDOG_PATH_SIZE, "/dev/%s", facts->name);
	return read_facts(root, facts);
}

bool watchdog_class_find(const char *root, const char *identity, char device[WATCHDOG_PATH_SIZE])
{
	char folder[64], found[64];

	for (int i = 0; i < WATCHDOGS_MAX; i++) {
		snprintf(folder, sizeof(folder), CLASS "watchdog%d", i);
		text(root, folder, "identity", found, sizeof(found));
		if (found[0] && strcmp(found, identity) == 0) {
			snprintf(device, WATCHDOG_PATH_SIZE, "/dev/watchdog%d", i);
			return true;
		}
	}
	return false;
}

int64_t watchdog_longest_s(const char *identity, int64_t claimed_s)
{
	if (strstr(identity, "BCM2835"))
		return BCM2835_MAX_S;
	return claimed_s > 0 ? claimed_s : 0;
}

bool watchdog_is_software(const char *identity)
{
	return strcmp(identity, "Software Watchdog") == 0;
}
