/* SPDX-License-Identifier: MIT
 *
 * Where in RUN what belongs to one service lies: RUN/output/NAME and RUN/jobs/NAME. Pure.
 */
#ifndef FEEDDOG_ACTOR_SLOT_PATH_H
#define FEEDDOG_ACTOR_SLOT_PATH_H

#include <limits.h>
#include <stdio.h>

/* `name` "" stands for the reboot. A path that would be too long is cut, and will not be there. */
static inline void slot_path(char path[PATH_MAX], const char *run_dir, const char *folder, const char *name)
{
	int start = snprintf(path, PATH_MAX, "%s/%s/", run_dir, folder);

	if (start < 0 || start >= PATH_MAX)
		return;
	(void)snprintf(path + start, (size_t)(PATH_MAX - start), "%s", *name ? name : ".reboot");
	for (char *c = path + start; *c; c++)
		if (*c == '/')
			*c = ':';
}

#endif
