/* SPDX-License-Identifier: MIT
 *
 * Thin: temperature sensors in sysfs. Reading one may take its driver a second, or for ever: never do it where others wait.
 */
#ifndef FEEDDOG_OS_SENSOR_H
#define FEEDDOG_OS_SENSOR_H

#include <stdint.h>

/*
 * The temperature in thousandths of a degree Celsius. `name` is the absolute path of a file that holds it as a whole number,
 * as thermal_zone*, hwmon and w1 have them, or CHIP or CHIP/LABEL, which is looked up in `sysfs` (/sys): the type of a thermal
 * zone, or the name of a hwmon chip and the label of one of its sensors (without: its first one). Their numbers change from
 * boot to boot. Of several that match, the hottest counts; `-` and `_` are the same. 0, -ENOENT where none matches, -EINVAL
 * where it holds something else, or another -errno.
 */
__attribute__((warn_unused_result)) int sensor_read(const char *sysfs, const char *name, int64_t *thousandths);

#endif
