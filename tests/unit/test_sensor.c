/* SPDX-License-Identifier: MIT
 *
 * os/hardware/sensor: a sensor by its chip's name, in a folder that stands in for /sys.
 */
#include "os/hardware/sensor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char sysfs[] = "/tmp/feeddog-sensor.XXXXXX";

/* Writes a file below sysfs, and makes its folders. */
static void put(const char *name, const char *text)
{
	char path[256];
	int length = snprintf(path, sizeof(path), "%s/%s", sysfs, name);

	assert_in_range(length, 1, sizeof(path) - 1);
	for (char *slash = strchr(path + strlen(sysfs) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void drop(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", sysfs, name);
	assert_int_equal(unlink(path), 0);
}

static int64_t read_well(const char *name)
{
	int64_t value = 0;

	assert_int_equal(sensor_read(sysfs, name, &value), 0);
	return value;
}

static int read_badly(const char *name)
{
	int64_t value;

	return sensor_read(sysfs, name, &value);
}

static int begin(void **state)
{
	(void)state;
	(void)snprintf(sysfs, sizeof(sysfs), "/tmp/feeddog-sensor.XXXXXX");
	return mkdtemp(sysfs) ? 0 : -1;
}

static int end(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", sysfs);
	return system(command); // NOLINT: a folder of our own
}

/* P4: a sensor is found wherever its number has gone in this boot. */
static void a_chip_is_found_whatever_its_number(void **state)
{
	(void)state;
	put("class/hwmon/hwmon0/name", "acpitz\n");
	put("class/hwmon/hwmon0/temp1_input", "20000\n");
	put("class/hwmon/hwmon2/name", "nvme\n");
	put("class/hwmon/hwmon2/temp1_input", "45850\n");
	assert_int_equal(read_well("nvme"), 45850);
	put("class/hwmon/hwmon3/name", "nvme\n");
	put("class/hwmon/hwmon3/temp1_input", "46000\n");
	put("class/hwmon/hwmon2/name", "iwlwifi_1\n");
	assert_int_equal(read_well("nvme"), 46000);
	assert_int_equal(read_well("iwlwifi_1"), 45850);
}

static void a_thermal_zone_is_found_by_its_type(void **state)
{
	(void)state;
	put("class/thermal/thermal_zone0/type", "gpu-thermal\n");
	put("class/thermal/thermal_zone0/temp", "51000\n");
	put("class/thermal/thermal_zone1/type", "cpu-thermal\n");
	put("class/thermal/thermal_zone1/temp", "-1500\n");
	assert_int_equal(read_well("cpu-thermal"), -1500);
	assert_int_equal(read_well("cpu_thermal"), -1500);
	assert_int_equal(read_badly("cpu"), -ENOENT);
	assert_int_equal(read_badly("cpu-thermal2"), -ENOENT);
}

static void a_label_chooses_one_of_a_chip(void **state)
{
	(void)state;
	put("class/hwmon/hwmon5/name", "coretemp\n");
	put("class/hwmon/hwmon5/temp1_label", "Package id 0\n");
	put("class/hwmon/hwmon5/temp1_input", "60000\n");
	put("class/hwmon/hwmon5/temp3_label", "Core 1\n");
	put("class/hwmon/hwmon5/temp3_input", "58000\n");
	assert_int_equal(read_well("coretemp"), 60000);
	assert_int_equal(read_well("coretemp/Core 1"), 58000);
	assert_int_equal(read_badly("coretemp/Core 2"), -ENOENT);
}

static void the_hottest_of_a_name_counts(void **state)
{
	(void)state;
	put("class/hwmon/hwmon1/name", "nvme\n");
	put("class/hwmon/hwmon1/temp1_input", "70000\n");
	put("class/hwmon/hwmon2/name", "nvme\n");
	put("class/hwmon/hwmon2/temp1_input", "40000\n");
	assert_int_equal(read_well("nvme"), 70000);
	/* One that cannot be read does not hide the other. */
	put("class/hwmon/hwmon1/temp1_input", "N/A\n");
	assert_int_equal(read_well("nvme"), 40000);
	drop("class/hwmon/hwmon2/temp1_input");
	assert_true(read_badly("nvme") == -EINVAL || read_badly("nvme") == -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_chip_is_found_whatever_its_number, begin, end),
	        cmocka_unit_test_setup_teardown(a_thermal_zone_is_found_by_its_type, begin, end),
	        cmocka_unit_test_setup_teardown(a_label_chooses_one_of_a_chip, begin, end),
	        cmocka_unit_test_setup_teardown(the_hottest_of_a_name_counts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
