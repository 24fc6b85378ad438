/* SPDX-License-Identifier: MIT
 *
 * Thin: how much of the board is in use, as /proc says. Values are in thousandths: of a percent, or of a load of 1. The
 * parsers take a file's whole text, distrust it, and are there to be tested.
 */
#ifndef FEEDDOG_OS_BOARD_USAGE_H
#define FEEDDOG_OS_BOARD_USAGE_H

#include <stdbool.h>
#include <stdint.h>

/* In ticks since boot, of all cores together. */
struct cpu_ticks {
	uint64_t busy, total;
};

struct memory_bytes {
	uint64_t total, available;
};

/* /proc/stat. What the host took away (steal) counts as busy, waiting for disks as idle. 0 or -errno. */
__attribute__((warn_unused_result)) int cpu_ticks_read(struct cpu_ticks *out);

/* /proc/meminfo. 0 or -errno. */
__attribute__((warn_unused_result)) int memory_bytes_read(struct memory_bytes *out);

/* /proc/loadavg, of 1, 5 or 15 minutes. 0 or -errno. */
__attribute__((warn_unused_result)) int load_read(unsigned minutes, int64_t *thousandths);

/* avg10 of /proc/pressure/RESOURCE. 0 or -errno: -ENOENT or -EOPNOTSUPP where the kernel does not measure it. */
__attribute__((warn_unused_result)) int pressure_read(const char *resource, bool full, int64_t *thousandths);

/* 0 or -EINVAL; pressure_parse: -ENODATA where there is no such line. */
__attribute__((warn_unused_result)) int cpu_ticks_parse(const char *text, struct cpu_ticks *out);
__attribute__((warn_unused_result)) int memory_bytes_parse(const char *text, struct memory_bytes *out);
__attribute__((warn_unused_result)) int load_parse(const char *text, unsigned minutes, int64_t *thousandths);
__attribute__((warn_unused_result)) int pressure_parse(const char *text, bool full, int64_t *thousandths);

#endif
