/* SPDX-License-Identifier: MIT
 *
 * Written when that changes, which is seldom, and not synced: it is of no use to another boot.
 */
#include "seen_process.h"

#include "checker/loop.h"

#include "os/storage/store.h"

#include <string.h>

void seen_process_keep(const struct probe *probe, const struct pidfile *file, bool well)
{
	char record[PATH_MAX];
	struct seen_process seen;

	memset(&seen, 0, sizeof(seen));
	seen.file = *file;
	seen.well = well;
	probe_record_path(probe, record);
	/* Without it the next checker is as blind as the first, and no worse. */
	(void)!store_replace(record, &seen, sizeof(seen), 0600);
}

bool seen_process_take(const struct probe *probe, struct seen_process *seen)
{
	char record[PATH_MAX];

	probe_record_path(probe, record);
	return probe->checker->generation > 1 && store_read(record, seen, sizeof(*seen)) == sizeof(*seen);
}
