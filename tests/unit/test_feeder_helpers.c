/* SPDX-License-Identifier: MIT
 *
 * feeder/helpers: the end of a helper and what follows, with real processes.
 */
#include "core/rules.h"
#include "feeder/helpers.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW_MS = 100000, PATIENCE_S = 20 };

static struct helpers helpers;
static struct helper_state states[HELPER_COUNT];

static int begin(void **state)
{
	(void)state;
	memset(&helpers, 0, sizeof(helpers));
	memset(states, 0, sizeof(states));
	helpers.states = states;
	for (int i = 0; i < HELPER_COUNT; i++)
		states[i].started_ms = NOW_MS - 1000;
	return 0;
}

/* A helper that has started another process. Each holds the writing end of the pipe until it ends. */
static pid_t start_pair(int ends[2])
{
	char byte;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		/* Whatever goes wrong, it does not outlive the test for long. */
		(void)alarm(2 * PATIENCE_S);
		(void)setsid();
		if (fork() == 0)
			(void)alarm(2 * PATIENCE_S);
		else
			(void)!write(ends[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	assert_true(pid > 0);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	return pid;
}

/* P4: a late helper ends with all that it has started, before its own end is seen: it may be stuck in the kernel. */
static void a_late_helper_ends_with_its_group(void **state)
{
	int ends[2], status;
	char byte;
	struct event event;
	pid_t pid = start_pair(ends);

	(void)state;
	states[HELPER_CHECKER].pid = pid;
	helpers_kill_late(&helpers, HELPER_CHECKER);
	(void)alarm(PATIENCE_S);
	/* The end of file comes when neither of them is left. */
	assert_int_equal(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)alarm(0);
	assert_true(helpers_died(&helpers, pid, status, NOW_MS, &event));
	assert_int_equal(event.cause, CAUSE_LATE);
	assert_int_equal(event.detail, SIGKILL);
	/* What is gone already is not killed again: its number may be another's. */
	assert_int_equal(states[HELPER_CHECKER].pid, 0);
	helpers_kill_late(&helpers, HELPER_CHECKER);
}

/* P4: how a helper ended is told, and when the next one comes; other processes are none of theirs. */
static void ends_are_told_apart(void **state)
{
	struct event event;

	(void)state;
	states[HELPER_ACTOR].pid = 77;
	assert_false(helpers_died(&helpers, 76, 0, NOW_MS, &event));
	assert_int_equal(states[HELPER_ACTOR].pid, 77);
	assert_true(helpers_died(&helpers, 77, W_EXITCODE(3, 0), NOW_MS, &event));
	assert_int_equal(event.kind, EVENT_HELPER_DIED);
	assert_int_equal(event.helper, HELPER_ACTOR);
	assert_int_equal(event.cause, CAUSE_EXIT_CODE);
	assert_int_equal(event.detail, 3);
	assert_int_equal(event.value, 77);
	assert_int_equal(states[HELPER_ACTOR].start_at_ms, NOW_MS + event.span_ms);
	states[HELPER_LED].pid = 78;
	assert_true(helpers_died(&helpers, 78, W_EXITCODE(0, SIGSEGV), NOW_MS, &event));
	assert_int_equal(event.helper, HELPER_LED);
	assert_int_equal(event.cause, CAUSE_SIGNAL);
	assert_int_equal(event.detail, SIGSEGV);
}

/* P4: a helper that is not there is due when its delay is over, and not a millisecond sooner. */
static void the_next_one_is_due_in_time(void **state)
{
	int64_t deadline_ms = FOREVER_MS;

	(void)state;
	for (int i = 0; i < HELPER_COUNT; i++)
		states[i].pid = 1000 + i;
	assert_int_equal(helpers_due(&helpers, NOW_MS, &deadline_ms), HELPER_NONE);
	assert_int_equal(deadline_ms, FOREVER_MS);
	states[HELPER_LED].pid = 0;
	states[HELPER_LED].start_at_ms = NOW_MS + 500;
	states[HELPER_CHECKER].pid = 0;
	states[HELPER_CHECKER].start_at_ms = NOW_MS + 100;
	assert_int_equal(helpers_due(&helpers, NOW_MS + 99, &deadline_ms), HELPER_NONE);
	assert_int_equal(deadline_ms, NOW_MS + 100);
	assert_int_equal(helpers_due(&helpers, NOW_MS + 100, &deadline_ms), HELPER_CHECKER);
}

/* A stop waits for checker and actor, and for the LED where that was told to go off. */
static void who_is_still_working(void **state)
{
	(void)state;
	assert_false(helpers_are_working(&helpers, true));
	states[HELPER_LED].pid = 10;
	assert_false(helpers_are_working(&helpers, false));
	assert_true(helpers_are_working(&helpers, true));
	states[HELPER_LED].pid = 0;
	states[HELPER_ACTOR].pid = 11;
	assert_true(helpers_are_working(&helpers, false));
	states[HELPER_ACTOR].pid = 0;
	states[HELPER_CHECKER].pid = 12;
	assert_true(helpers_are_working(&helpers, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(a_late_helper_ends_with_its_group, begin),
	        cmocka_unit_test_setup(ends_are_told_apart, begin),
	        cmocka_unit_test_setup(the_next_one_is_due_in_time, begin),
	        cmocka_unit_test_setup(who_is_still_working, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
