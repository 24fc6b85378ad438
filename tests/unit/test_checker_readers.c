/* SPDX-License-Identifier: MIT
 *
 * What the kernel's texts say, and what is not believed.
 */
#include "os/hardware/board_usage.h"
#include "os/storage/file_state.h"
#include "os/hardware/net_counter.h"
#include "os/hardware/sensor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void cpu_ticks(void **state)
{
	static const char *const wrong[] = {"", "cpu", "cpu 1 2 3", "cpu 1 2 3 4 5 6 7\n", "cpu0 1 2 3 4 5 6 7 8\n",
	        "cpu 1 2 3 x 5 6 7 8\n", "cpu -1 2 3 4 5 6 7 8\n", "intr 1 2 3 4 5 6 7 8\n"};
	struct cpu_ticks ticks;

	(void)state;
	/* Guests' time is in the first two already. */
	assert_int_equal(
	        cpu_ticks_parse("cpu  1 20 300 4000 50000 600000 7000000 80000000 9 9\ncpu0 1 1\n", &ticks), 0);
	assert_int_equal(ticks.total, 87654321);
	assert_int_equal(ticks.busy, 87654321 - 54000);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(cpu_ticks_parse(wrong[i], &ticks), -EINVAL);
	assert_int_equal(cpu_ticks_read(&ticks), 0);
	assert_true(ticks.total > 0 && ticks.busy <= ticks.total);
}

static void memory(void **state)
{
	static const char *const wrong[] = {"", "MemTotal: 100 kB\n", "MemAvailable: 100 kB\n",
	        "MemTotal: 100 kB\nMemAvailable: 1", "MemTotal: 100 MB\nMemAvailable: 1 kB\n",
	        "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: -5 kB\nMemAvailable: 0 kB\n",
	        "MemTotal: 18446744073709551615 kB\nMemAvailable: 0 kB\n"};
	struct memory_bytes bytes;

	(void)state;
	assert_int_equal(memory_bytes_parse("MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n", &bytes), 0);
	assert_int_equal(bytes.total, 1024000);
	assert_int_equal(bytes.available, 256000);
	/* More than there is cannot be. */
	assert_int_equal(memory_bytes_parse("MemTotal: 10 kB\nMemAvailable: 11 kB\n", &bytes), 0);
	assert_int_equal(bytes.available, bytes.total);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(memory_bytes_parse(wrong[i], &bytes), -EINVAL);
	assert_int_equal(memory_bytes_read(&bytes), 0);
}

static void load(void **state)
{
	static const char *const wrong[] = {"", "x", "1.5", "-1.00 2 3 4", ".5 1 1 1", "99999999999999999999 1 1 1"};
	int64_t thousandths;

	(void)state;
	assert_int_equal(load_parse("0.20 10.18 300.125 1/80 11206\n", 1, &thousandths), 0);
	assert_int_equal(thousandths, 200);
	assert_int_equal(load_parse("0.20 10.18 300.125 1/80 11206\n", 5, &thousandths), 0);
	assert_int_equal(thousandths, 10180);
	assert_int_equal(load_parse("0.20 10.18 300.125 1/80 11206\n", 15, &thousandths), 0);
	assert_int_equal(thousandths, 300125);
	assert_int_equal(load_parse("8 1 1 1/80 11206\n", 1, &thousandths), 0);
	assert_int_equal(thousandths, 8000);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(load_parse(wrong[i], 1, &thousandths), -EINVAL);
	assert_int_equal(load_parse("0.20 1.00\n", 15, &thousandths), -EINVAL);
	assert_int_equal(load_read(15, &thousandths), 0);
}

static void pressure(void **state)
{
	static const char text[] = "some avg10=12.34 avg60=1.00 avg300=0.50 total=5\n"
	                           "full avg10=0.07 avg60=0.00 avg300=0.00 total=1\n";
	int64_t thousandths;

	(void)state;
	assert_int_equal(pressure_parse(text, false, &thousandths), 0);
	assert_int_equal(thousandths, 12340);
	assert_int_equal(pressure_parse(text, true, &thousandths), 0);
	assert_int_equal(thousandths, 70);
	/* Old kernels have no `full` for the CPU. */
	assert_int_equal(pressure_parse("some avg10=12.34 avg60=1\n", true, &thousandths), -ENODATA);
	assert_int_equal(pressure_parse("", false, &thousandths), -ENODATA);
	assert_int_equal(pressure_parse("some avg60=1.00 \n", false, &thousandths), -EINVAL);
	assert_int_equal(pressure_parse("some avg10=x \n", false, &thousandths), -EINVAL);
	assert_int_equal(pressure_read("nosuch", false, &thousandths), -ENOENT);
}

/* A file in a folder of its own, with that text. */
static void write_file(char path[PATH_MAX], const char *text)
{
	static const char *folder;
	static char made[PATH_MAX];
	const char *tmp = getenv("TMPDIR");

	if (!folder) {
		(void)snprintf(made, sizeof(made), "%s/readers.XXXXXX", tmp ? tmp : "/tmp");
		folder = mkdtemp(made);
	}
	assert_non_null(folder);
	(void)snprintf(path, PATH_MAX, "%.200s/file", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void sensors(void **state)
{
	static const char *const wrong[] = {"", "\n", "hot\n", "-\n", "- 5\n", "55.5\n", "55000 mC\n",
	        "99999999999999999999\n", "1234567890123456789012345678901234567890\n"};
	char path[PATH_MAX];
	int64_t thousandths;

	(void)state;
	write_file(path, "55123\n");
	assert_int_equal(sensor_read("/nowhere", path, &thousandths), 0);
	assert_int_equal(thousandths, 55123);
	write_file(path, "-10500");
	assert_int_equal(sensor_read("/nowhere", path, &thousandths), 0);
	assert_int_equal(thousandths, -10500);
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		write_file(path, wrong[i]);
		assert_int_equal(sensor_read("/nowhere", path, &thousandths), -EINVAL);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sensor_read("/nowhere", path, &thousandths), -ENOENT);
	assert_int_equal(sensor_read("/nowhere", "nosuch_zone9", &thousandths), -ENOENT);
}

static void file_states(void **state)
{
	char path[PATH_MAX];
	struct file_state file;
	struct timespec times[2];

	(void)state;
	write_file(path, "12345");
	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_sec -= 3600;
	times[0] = times[1];
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(file_state_read(path, &file), 0);
	assert_int_equal(file.size, 5);
	assert_true(file.age_ms >= 3600000 && file.age_ms < 3660000);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_state_read(path, &file), -ENOENT);
}

static void read_only_mounts(void **state)
{
	/* The mount's own `ro` (7) is a sandbox's; the file system's (8) is a fault. */
	static const struct {
		const char *line;
		bool read_only;
	} cases[] = {
	        {"7 1 8:1 / / rw,noatime - ext4 /dev/root rw,errors=remount-ro\n", false},
	        {"7 1 8:1 / / ro,noatime shared:1 - ext4 /dev/root rw\n", false},
	        {"7 1 8:1 / / rw shared:1 master:2 - ext4 /dev/root ro\n", true},
	        {"7 1 8:1 / / ro - ext4 /dev/root ro,errors=remount-ro\n", true},
	        {"7 1 8:1 / / rw - ext4 /dev/root rw,emergency_ro\n", true},
	        {"7 1 8:1 / / rw - ext4 /dev/root rw,shutdown,x\n", true},
	        {"7 1 8:1 / /ro rw - ext4 ro rw,prot\n", false},
	        {"71 1 8:1 / / ro - ext4 /dev/root ro\n", false},
	        {"7 1 8:1 / / ro", false},
	        {"7 1 8:1 / / ro - ", false},
	        {"", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(mountinfo_is_read_only(cases[i].line, 7), cases[i].read_only);
}

static void file_systems(void **state)
{
	struct file_system disk;

	(void)state;
	assert_int_equal(file_system_read("/", &disk), 0);
	assert_true(disk.blocks_used > 0 && disk.blocks_free > 0);
	assert_int_equal(file_system_read("/proc", &disk), 0);
	assert_int_equal(disk.blocks_used + disk.blocks_free, 0);
	assert_int_equal(file_system_read("/nosuch/folder", &disk), -ENOENT);
}

static void interfaces(void **state)
{
	static const char line[] = "  eth0: 1000 42 0 0 0 0 0 0 2000 7 0 0 0 0 0 0\n";
	uint64_t packets = 0;

	(void)state;
	assert_true(net_received_parse(line, "eth0", &packets));
	assert_int_equal(packets, 42);
	assert_true(net_received_parse("eth0:1000 43 0\n", "eth0", &packets));
	assert_int_equal(packets, 43);
	assert_false(net_received_parse(line, "eth", &packets));
	assert_false(net_received_parse(line, "eth01", &packets));
	assert_false(net_received_parse("face |bytes    packets errs\n", "face", &packets));
	assert_false(net_received_parse("eth0:", "eth0", &packets));
	assert_int_equal(net_received("lo", &packets), 0);
	assert_int_equal(net_received("nosuch0", &packets), -ENODEV);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cpu_ticks),
	        cmocka_unit_test(memory),
	        cmocka_unit_test(load),
	        cmocka_unit_test(pressure),
	        cmocka_unit_test(sensors),
	        cmocka_unit_test(file_states),
	        cmocka_unit_test(read_only_mounts),
	        cmocka_unit_test(file_systems),
	        cmocka_unit_test(interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
