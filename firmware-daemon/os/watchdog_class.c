/* SPDX-License-Identifier: MIT
 *
 * /sys/class/watchdog.
 */
#include "watchdog_class.h"

#include "root_file.h"

#include <stdio.h>
#include <string.h>

static int64_t number(const char *root, const char *folder, const char *name)
{
	char path[192];
	int64_t value;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return root_read_number(root, path, &value) ? value : -1;
}

bool watchdog_class_read(const char *root, const char *device, struct watchdog_facts *facts)
{
	const char *name = strrchr(device, '/');
	char folder[128], path[192];

	name = name ? name + 1 : device;
	if (strcmp(name, "watchdog") == 0)
		name = "watchdog0";
	snprintf(facts->name, sizeof(facts->name), "%s", name);
	snprintf(folder, sizeof(folder), "/sys/class/watchdog/%s", facts->name);
	snprintf(path, sizeof(path), "%s/identity", folder);
	(void)root_read(root, path, facts->identity, sizeof(facts->identity));
	snprintf(path, sizeof(path), "%s/state", folder);
	(void)root_read(root, path, facts->state, sizeof(facts->state));
	facts->timeout_s = number(root, folder, "timeout");
	facts->time_left_s = number(root, folder, "timeleft");
	facts->shortest_s = number(root, folder, "min_timeout");
	facts->longest_s = number(root, folder, "max_timeout");
	facts->nowayout = number(root, folder, "nowayout");
	return root_exists(root, folder);
}
