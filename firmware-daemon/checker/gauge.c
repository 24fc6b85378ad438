/* SPDX-License-Identifier: MIT
 *
 * Values and their limits.
 */
#include "gauge.h"

#include <errno.h>
#include <stdlib.h>

int gauge_new(struct probe *probe, size_t size)
{
	struct gauge *gauge = calloc(1, size);

	if (!gauge)
		return -ENOMEM;
	gauge->outside_since_ms = NEVER_MS;
	probe->own = gauge;
	return 0;
}

int gauge_init(struct probe *probe)
{
	return gauge_new(probe, sizeof(struct gauge));
}

/* A run ends where it begins, so this does not come. */
void gauge_timeout(struct probe *probe)
{
	probe_end(probe, probe_timeout_verdict(probe));
}

void gauge_cleanup(struct probe *probe)
{
	free(probe->own);
	probe->own = NULL;
}

static enum cause limit_passed(const struct check_spec *spec, int64_t value)
{
	if (spec->above != NO_LIMIT && value > spec->above)
		return CAUSE_ABOVE;
	return spec->below != NO_LIMIT && value < spec->below ? CAUSE_BELOW : CAUSE_OK;
}

struct verdict gauge_judge(const struct probe *probe, int64_t value, int32_t detail)
{
	struct gauge *gauge = probe->own;
	enum cause cause = limit_passed(probe->spec, value);

	if (cause == CAUSE_OK)
		gauge->outside_since_ms = NEVER_MS;
	else if (gauge->outside_since_ms == NEVER_MS)
		gauge->outside_since_ms = probe->started_ms;
	if (cause == CAUSE_OK || probe->started_ms - gauge->outside_since_ms < probe->spec->for_ms)
		return (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK, .detail = detail};
	return (struct verdict){.outcome = OUTCOME_BAD, .cause = cause, .detail = detail};
}

struct verdict gauge_unread(const struct probe *probe, int error)
{
	struct gauge *gauge = probe->own;

	gauge->outside_since_ms = NEVER_MS;
	return is_own_shortage(error) ? cannot_probe(error) : is_blind(error);
}

void gauge_tell(const struct probe *probe, const char *reason)
{
	struct gauge *gauge = probe->own;

	if (gauge->told)
		return;
	gauge->told = true;
	probe_explain(probe, reason);
}

int32_t gauge_rounded(int64_t value, int64_t per)
{
	int64_t rest = value % per;
	int64_t rounded = value / per;

	if (rest >= per - rest)
		rounded++;
	else if (-rest >= per + rest)
		rounded--;

	if (rounded > INT32_MAX)
		return INT32_MAX;
	return rounded < INT32_MIN ? INT32_MIN : (int32_t)rounded;
}
