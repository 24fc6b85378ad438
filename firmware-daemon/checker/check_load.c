/* SPDX-License-Identifier: MIT
 *
 * load: the board's load average of 1, 5 or 15 minutes.
 */
#include "gauge.h"

#include "os/hardware/board_usage.h"

static void load_start(struct probe *probe)
{
	int64_t load;
	int error = load_read(probe->spec->average, &load);

	if (error < 0)
		probe_end(probe, gauge_unread(probe, -error));
	else
		probe_end(probe, gauge_judge(probe, load, gauge_rounded(load, 10)));
}

const struct probe_kind check_load = {
        .init = gauge_init,
        .start = load_start,
        .timeout = gauge_timeout,
        .cleanup = gauge_cleanup,
};
