/* SPDX-License-Identifier: MIT
 *
 * /proc/net/dev: it shows our own network namespace, which /sys/class/net need not do.
 */
#include "net_counter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool net_received_parse(const char *line, const char *interface, uint64_t *packets)
{
	size_t length = strlen(interface);

	line += strspn(line, " ");
	if (strncmp(line, interface, length) != 0 || line[length] != ':')
		return false;
	/* The second number; bytes come first. */
	line += length + 1;
	line += strspn(line, " ");
	line += strcspn(line, " ");
	line += strspn(line, " ");
	if (!isdigit((unsigned char)*line))
		return false;
	*packets = strtoull(line, NULL, 10);
	return true;
}

int net_received(const char *interface, uint64_t *packets)
{
	FILE *file = fopen("/proc/net/dev", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	if (!file)
		return -errno;
	while (!found && getline(&line, &room, file) >= 0)
		found = net_received_parse(line, interface, packets);
	free(line);
	(void)fclose(file);
	return found ? 0 : -ENODEV;
}
