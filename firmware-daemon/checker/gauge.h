/* SPDX-License-Identifier: MIT
 *
 * What all kinds of check have in common that measure a value: it is bad when it is outside of its limits, and has been so
 * without a break for `for_ms`. A probe that could not measure is such a break: what was not seen does not count.
 *
 * A gauge is the first member of what such a kind keeps in probe->own; a kind that keeps nothing else uses gauge_init() and
 * so on as they are. Pure but for the allocation. Clock: the probe's started_ms.
 */
#ifndef FEEDDOG_CHECKER_GAUGE_H
#define FEEDDOG_CHECKER_GAUGE_H

#include "probe.h"

struct gauge {
	int64_t outside_since_ms; /* NEVER_MS: it is within its limits, or was not measured */
	bool told;                /* why it cannot be measured was said in the log */
};

/* Makes probe->own, of `size` bytes that are zeros but for the gauge at its beginning. 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int gauge_new(struct probe *probe, size_t size);

/* For the table of a kind whose runs end where they begin, and that keeps nothing but the gauge. */
int gauge_init(struct probe *probe);
void gauge_timeout(struct probe *probe);
void gauge_cleanup(struct probe *probe);

/* Judges a value, in the unit of the check's limits; `detail` is the same value for people. */
struct verdict gauge_judge(const struct probe *probe, int64_t value, int32_t detail);

/*
 * There is no value, and an errno says why: blind where the source is absent, unreadable or says something else than a
 * value; unknown where the checker itself is short of memory or descriptors.
 */
struct verdict gauge_unread(const struct probe *probe, int error);

/* Says once in the log why this check cannot be made, and what to do. */
void gauge_tell(const struct probe *probe, const char *reason);

/* A value in thousandths, rounded to `per` of them: 1000 for whole ones; bytes as MiB. */
int32_t gauge_rounded(int64_t value, int64_t per);

enum { BYTES_PER_MIB = 1024 * 1024 };

#endif
