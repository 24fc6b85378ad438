/* SPDX-License-Identifier: MIT
 *
 * The text is a person's: it is bounded, cut at the line's end, and written nowhere without escaping.
 */
#include "hold_reason.h"

#include "os/storage/store.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

void hold_reason_take(const char *run_dir, char reason[], size_t size)
{
	char path[PATH_MAX];
	size_t end = 0;

	(void)snprintf(path, sizeof(path), "%s/hold.reason", run_dir);
	long length = store_read(path, reason, size - 1);
	reason[length > 0 ? length : 0] = '\0';
	for (size_t i = 0; reason[i] != '\0' && reason[i] != '\n'; i++) {
		if ((unsigned char)reason[i] < ' ' || reason[i] == 0x7f)
			reason[i] = ' ';
		if (reason[i] != ' ')
			end = i + 1;
	}
	reason[end] = '\0';
	(void)unlink(path);
}
