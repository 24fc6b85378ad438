/* SPDX-License-Identifier: MIT
 *
 * What the dates of a certificate say.
 */
#include "checker/net/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { DAY_S = 86400, FORTNIGHT_MS = 14 * DAY_S * 1000 };

static const struct {
	int64_t begin_s, end_s;
	enum cause cause;
	int32_t detail;
} cases[] = {
        {-DAY_S, 90 * DAY_S, CAUSE_OK, 90},
        {-DAY_S, 14 * DAY_S, CAUSE_OK, 14},
        {-DAY_S, 14 * DAY_S - 1, CAUSE_EXPIRES, 13},
        {-DAY_S, 1, CAUSE_EXPIRES, 0},
        {-DAY_S, 0, CAUSE_EXPIRES, 0},
        {-2 * DAY_S, -1, CAUSE_EXPIRES, -1},
        {-9 * DAY_S, -3 * DAY_S, CAUSE_EXPIRES, -3},
        {1, 90 * DAY_S, CAUSE_NOT_YET, 0},
        {0, 90 * DAY_S, CAUSE_OK, 90},
        /* 9999-12-31, as "no end" is written. */
        {0, INT64_C(253402300799), CAUSE_OK, 2932896},
};

static void dates_and_their_verdicts(void **state)
{
	const int64_t now_s = 1800000000;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool absolute = cases[i].end_s > now_s;
		struct tls_dates dates = {.known = true,
		        .begin_s = now_s + cases[i].begin_s,
		        .end_s = absolute ? cases[i].end_s : now_s + cases[i].end_s};
		struct verdict verdict = certificate_verdict(&dates, now_s, FORTNIGHT_MS);

		assert_string_equal(cause_name(verdict.cause), cause_name(cases[i].cause));
		assert_int_equal(verdict.outcome, cases[i].cause == CAUSE_OK ? OUTCOME_GOOD : OUTCOME_BAD);
		assert_int_equal(verdict.detail, absolute ? (cases[i].end_s - now_s) / DAY_S : cases[i].detail);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dates_and_their_verdicts),
	};

	return cmocka_run_group_tests_name("checker/net/certificate", tests, NULL, NULL);
}
