/* SPDX-License-Identifier: MIT
 *
 * Thin: temperature sensors in sysfs. Reading one may take its driver a second, or for ever: never do it where others wait.
 */
#ifndef FEEDDOG_OS_SENSOR_H
#define FEEDDOG_OS_SENSOR_H

#include <stdint.h>

/*
 * The thousandths of a degree Celsius that a file holds as a whole number, as thermal_zone*, hwmon and w1 have them. `name`
 * is an absolute path, or a name below /sys/class/thermal. 0, -EINVAL where it holds something else, or another -errno.
 */
__attribute__((warn_unused_result)) int sensor_read(const char *name, int64_t *thousandths);

#endif
