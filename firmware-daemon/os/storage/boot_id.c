/* SPDX-License-Identifier: MIT
 *
 * The boot id.
 */
#include "boot_id.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *played_id(bool simulated)
{
	const char *played = simulated ? getenv("FEEDDOG_BOOT_ID") : NULL;

	return played && *played ? played : NULL;
}

bool boot_id_is_played(bool simulated)
{
	return played_id(simulated) != NULL;
}

void boot_id_read(bool simulated, char id[], size_t size)
{
	ssize_t length = -1;
	int fd;

	if (boot_id_is_played(simulated)) {
		snprintf(id, size, "%s", played_id(simulated));
		return;
	}
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, id, size - 1);
		close(fd);
	}
	if (length <= 0) {
		id[0] = '\0';
		return;
	}
	id[length] = '\0';
	id[strcspn(id, "\n")] = '\0';
}
