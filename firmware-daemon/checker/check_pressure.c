/* SPDX-License-Identifier: MIT
 *
 * pressure: the share of the last ten seconds in which some tasks (or all of them: `full`) waited for CPU, memory or disks,
 * in percent. It tells a board that thrashes from one that is merely busy.
 */
#include "gauge.h"

#include "os/hardware/board_usage.h"

#include <errno.h>

static void pressure_start(struct probe *probe)
{
	int64_t percent;
	int error = pressure_read(flat_text(probe->flat, probe->spec->resource), probe->spec->full, &percent);

	if (error == -ENOENT || error == -EOPNOTSUPP)
		gauge_tell(probe,
		        "this kernel does not measure pressure: add psi=1 to its command line, or leave the check out");
	if (error < 0)
		probe_end(probe, gauge_unread(probe, -error));
	else
		probe_end(probe, gauge_judge(probe, percent, gauge_rounded(percent, 1000)));
}

const struct probe_kind check_pressure = {
        .init = gauge_init,
        .start = pressure_start,
        .timeout = gauge_timeout,
        .cleanup = gauge_cleanup,
};
