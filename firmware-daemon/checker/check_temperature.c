/* SPDX-License-Identifier: MIT
 *
 * temperature: a sensor in degrees Celsius. One that is absent, cannot be read or does not answer
 * says nothing about the board: the check is blind.
 */
#include "slow_gauge.h"

#include "os/hardware/sensor.h"

#include <errno.h>

static void temperature_read(void *block)
{
	struct reading *reading = block;

	reading->error = -sensor_read("/sys", reading->path, &reading->thousandths);
}

static struct verdict temperature_judge(struct probe *probe, const struct reading *reading)
{
	/* EAGAIN is the driver's, which has no value at the moment, and no shortage of the checker. */
	if (reading->error)
		return gauge_unread(probe, reading->error == EAGAIN ? ENODATA : reading->error);
	return gauge_judge(probe, reading->thousandths, gauge_rounded(reading->thousandths, 1000));
}

static const struct slow_kind temperature = {.read = temperature_read, .judge = temperature_judge};

static const char *sensor_of(const struct probe *probe)
{
	return flat_text(probe->flat, probe->spec->path);
}

static void temperature_start(struct probe *probe)
{
	slow_start(probe, &temperature, sensor_of(probe));
}

static void temperature_event(struct probe *probe, int fd)
{
	slow_event(probe, &temperature, sensor_of(probe), fd);
}

const struct probe_kind check_temperature = {
        .init = slow_init,
        .start = temperature_start,
        .timeout = slow_timeout,
        .event = temperature_event,
        .cleanup = slow_cleanup,
};
