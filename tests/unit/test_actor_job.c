/* SPDX-License-Identifier: MIT
 *
 * command/job: the deadline of a command, to the millisecond, with a kernel that is played.
 */
#include "command/job.h"

#include "core/rules.h"
#include "played_process.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { BEGUN_MS = 1000 };

static struct job started(uint32_t timeout_ms)
{
	struct job job = {0};
	struct spawn spawn = {0};

	played_process_begin();
	assert_int_equal(job_start(&job, &spawn, timeout_ms, BEGUN_MS), 0);
	return job;
}

static void ends_are_told_apart(void **state)
{
	static const struct {
		int code, status;
		enum cause cause;
		int detail;
	} cases[] = {
	        {CLD_EXITED, 0, CAUSE_OK, 0},
	        {CLD_EXITED, 3, CAUSE_EXIT_CODE, 3},
	        {CLD_KILLED, SIGKILL, CAUSE_SIGNAL, SIGKILL},
	        {CLD_DUMPED, SIGSEGV, CAUSE_SIGNAL, SIGSEGV},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct job job = started(30000);
		struct job_end end;
		assert_false(job_step(&job, BEGUN_MS + 99, &end));
		played_process_end(cases[i].code, cases[i].status);
		assert_true(job_step(&job, BEGUN_MS + 100, &end));
		assert_int_equal(end.cause, cases[i].cause);
		assert_int_equal(end.detail, cases[i].detail);
		assert_int_equal(end.took_ms, 100);
		/* P5: what ended by itself leaves its group alone. */
		assert_string_equal(played_process.signals, "");
		assert_int_equal(job.phase, JOB_NONE);
		assert_false(job_step(&job, BEGUN_MS + 100, &end));
	}
}

/* P5: TERM at the deadline, KILL when the grace is over; not a millisecond sooner. */
static void deadline_is_exact(void **state)
{
	static const struct {
		uint32_t timeout_ms, grace_ms;
	} cases[] = {{30000, 2000}, {8000, 2000}, {7996, 1999}, {400, 100}, {3, 0}, {0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct job job = started(cases[i].timeout_ms);
		struct job_end end;
		int64_t deadline_ms = BEGUN_MS + cases[i].timeout_ms;
		assert_int_equal(job_deadline_ms(&job), deadline_ms);
		if (cases[i].timeout_ms > 0)
			assert_false(job_step(&job, deadline_ms - 1, &end));
		assert_string_equal(played_process.signals, "");
		assert_false(job_step(&job, deadline_ms, &end));
		assert_string_equal(played_process.signals, "TERM CONT ");
		assert_int_equal(job_deadline_ms(&job), deadline_ms + cases[i].grace_ms);
		if (cases[i].grace_ms > 0)
			assert_false(job_step(&job, deadline_ms + cases[i].grace_ms - 1, &end));
		assert_string_equal(played_process.signals, "TERM CONT ");
		assert_true(job_step(&job, deadline_ms + cases[i].grace_ms, &end));
		assert_string_equal(played_process.signals, "TERM CONT KILL ");
		assert_int_equal(end.cause, CAUSE_TIMEOUT);
		assert_int_equal(end.took_ms, cases[i].timeout_ms + cases[i].grace_ms);
		/* P5: what hangs in the kernel is told as ended, and still counts as there. */
		assert_int_equal(job.phase, JOB_KILLED);
		assert_int_equal(job_deadline_ms(&job), FOREVER_MS);
		assert_false(job_step(&job, deadline_ms + 100000, &end));
		assert_int_equal(job.phase, JOB_KILLED);
		played_process_end(CLD_KILLED, SIGKILL);
		assert_false(job_step(&job, deadline_ms + 100001, &end));
		assert_int_equal(job.phase, JOB_NONE);
		assert_int_equal(played_process.reaped, 1);
	}
}

/* P5: a leader that obeys TERM does not save the others of its group; it is reaped after they were killed. */
static void group_is_killed_though_its_leader_ended(void **state)
{
	struct job job = started(400);
	struct job_end end;

	(void)state;
	assert_false(job_step(&job, BEGUN_MS + 400, &end));
	played_process_end(CLD_KILLED, SIGTERM);
	assert_false(job_step(&job, BEGUN_MS + 410, &end));
	assert_int_equal(played_process.reaped, 0);
	assert_true(job_step(&job, BEGUN_MS + 500, &end));
	assert_int_equal(end.cause, CAUSE_TIMEOUT);
	assert_string_equal(played_process.signals, "TERM CONT KILL ");
	assert_int_equal(job.phase, JOB_NONE);
}

/* P5: a command that has ended in time but is looked at late did not time out. */
static void end_before_the_deadline_counts(void **state)
{
	struct job job = started(400);
	struct job_end end;

	(void)state;
	played_process_end(CLD_EXITED, 0);
	assert_true(job_step(&job, BEGUN_MS + 5000, &end));
	assert_int_equal(end.cause, CAUSE_OK);
	assert_string_equal(played_process.signals, "");
}

static void start_that_fails_is_told(void **state)
{
	struct job job = {0};
	struct spawn spawn = {0};

	(void)state;
	played_process.start_result = -EAGAIN;
	assert_int_equal(job_start(&job, &spawn, 400, BEGUN_MS), -EAGAIN);
	assert_int_equal(job.phase, JOB_NONE);
	assert_int_equal(job_deadline_ms(&job), FOREVER_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ends_are_told_apart),
	        cmocka_unit_test(deadline_is_exact),
	        cmocka_unit_test(group_is_killed_though_its_leader_ended),
	        cmocka_unit_test(end_before_the_deadline_counts),
	        cmocka_unit_test(start_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
