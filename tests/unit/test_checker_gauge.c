/* SPDX-License-Identifier: MIT
 *
 * When a measured value is bad, to the millisecond and to the thousandth.
 */
#include "checker/gauge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct scene {
	struct check_spec spec;
	struct gauge gauge;
	struct probe probe;
};

static struct scene *begin(struct scene *scene, int64_t below, int64_t above, uint32_t for_ms)
{
	*scene = (struct scene){
	        .spec = {.below = below, .above = above, .for_ms = for_ms},
	        .gauge = {.outside_since_ms = NEVER_MS},
	};
	scene->probe = (struct probe){.spec = &scene->spec, .own = &scene->gauge};
	return scene;
}

static struct verdict at(struct scene *scene, int64_t now_ms, int64_t value)
{
	scene->probe.started_ms = now_ms;
	return gauge_judge(&scene->probe, value, gauge_rounded(value, 1000));
}

static void assert_said(struct verdict verdict, enum outcome outcome, enum cause cause, int32_t detail)
{
	assert_int_equal(verdict.outcome, outcome);
	assert_int_equal(verdict.cause, cause);
	assert_int_equal(verdict.detail, detail);
	assert_false(verdict.conclusive);
}

static void limits_themselves_are_inside(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, -5000, 90000, 0);
	assert_said(at(&scene, 1, 90000), OUTCOME_GOOD, CAUSE_OK, 90);
	assert_said(at(&scene, 2, 90001), OUTCOME_BAD, CAUSE_ABOVE, 90);
	assert_said(at(&scene, 3, -5000), OUTCOME_GOOD, CAUSE_OK, -5);
	assert_said(at(&scene, 4, -5501), OUTCOME_BAD, CAUSE_BELOW, -6);
}

static void no_limit_is_none(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, NO_LIMIT, NO_LIMIT, 0);
	assert_said(at(&scene, 1, INT64_MAX), OUTCOME_GOOD, CAUSE_OK, INT32_MAX);
	assert_said(at(&scene, 1, INT64_MIN + 1000), OUTCOME_GOOD, CAUSE_OK, INT32_MIN);
	/* 0 is a limit like any other. */
	begin(&scene, NO_LIMIT, 0, 0);
	assert_said(at(&scene, 1, 1), OUTCOME_BAD, CAUSE_ABOVE, 0);
}

/* P3: a peak is no failure. */
static void only_for_so_long(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, NO_LIMIT, 90000, 1000);
	assert_said(at(&scene, 5000, 95000), OUTCOME_GOOD, CAUSE_OK, 95);
	assert_said(at(&scene, 5999, 99000), OUTCOME_GOOD, CAUSE_OK, 99);
	assert_said(at(&scene, 6000, 99000), OUTCOME_BAD, CAUSE_ABOVE, 99);
	assert_said(at(&scene, 9000, 91000), OUTCOME_BAD, CAUSE_ABOVE, 91);
	assert_said(at(&scene, 9001, 90000), OUTCOME_GOOD, CAUSE_OK, 90);
	/* The time counts anew after a break. */
	assert_said(at(&scene, 9002, 91000), OUTCOME_GOOD, CAUSE_OK, 91);
	assert_said(at(&scene, 10001, 91000), OUTCOME_GOOD, CAUSE_OK, 91);
	assert_said(at(&scene, 10002, 91000), OUTCOME_BAD, CAUSE_ABOVE, 91);
}

static void from_one_side_to_the_other_is_no_break(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 10000, 20000, 100);
	assert_said(at(&scene, 1000, 21000), OUTCOME_GOOD, CAUSE_OK, 21);
	assert_said(at(&scene, 1100, 9000), OUTCOME_BAD, CAUSE_BELOW, 9);
}

/* P4: what cannot be measured is blind, and what was not seen does not count. */
static void unread_is_a_break(void **state)
{
	struct scene scene;
	struct verdict verdict;

	(void)state;
	begin(&scene, NO_LIMIT, 90000, 1000);
	(void)at(&scene, 1000, 95000);
	verdict = gauge_unread(&scene.probe, ENOENT);
	assert_said(verdict, OUTCOME_BLIND, CAUSE_BLIND, ENOENT);
	assert_said(at(&scene, 3000, 95000), OUTCOME_GOOD, CAUSE_OK, 95);
	assert_said(at(&scene, 4000, 95000), OUTCOME_BAD, CAUSE_ABOVE, 95);
}

/* P4: a source that is absent or cannot be read is blind; only a shortage of the checker itself is unknown. */
static void blind_or_short(void **state)
{
	static const int blind[] = {ENOENT, ENOTDIR, ENODEV, ENXIO, ESRCH, ENODATA, EOPNOTSUPP, EACCES, EPERM, EIO,
	        EINVAL, ENOMEDIUM, ETIMEDOUT};
	static const int shortage[] = {EAGAIN, ENOMEM, EMFILE, ENFILE, ENOBUFS};
	struct scene scene;

	(void)state;
	begin(&scene, NO_LIMIT, 90000, 1000);
	for (size_t i = 0; i < sizeof(blind) / sizeof(blind[0]); i++)
		assert_said(gauge_unread(&scene.probe, blind[i]), OUTCOME_BLIND, CAUSE_BLIND, blind[i]);
	for (size_t i = 0; i < sizeof(shortage) / sizeof(shortage[0]); i++)
		assert_said(gauge_unread(&scene.probe, shortage[i]), OUTCOME_UNKNOWN, CAUSE_CANNOT_PROBE, shortage[i]);
}

static void rounding(void **state)
{
	static const int64_t cases[][3] = {{0, 1000, 0}, {499, 1000, 0}, {500, 1000, 1}, {1499, 1000, 1},
	        {-499, 1000, 0}, {-500, 1000, -1}, {12345, 10, 1235}, {7, 1, 7}, {BYTES_PER_MIB - 1, BYTES_PER_MIB, 1},
	        {INT64_C(1) << 40, 1, INT32_MAX}, {-(INT64_C(1) << 40), 1, INT32_MIN}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(gauge_rounded(cases[i][0], cases[i][1]), cases[i][2]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(limits_themselves_are_inside),
	        cmocka_unit_test(no_limit_is_none),
	        cmocka_unit_test(only_for_so_long),
	        cmocka_unit_test(from_one_side_to_the_other_is_no_break),
	        cmocka_unit_test(unread_is_a_break),
	        cmocka_unit_test(blind_or_short),
	        cmocka_unit_test(rounding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
