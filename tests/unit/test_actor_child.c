/* SPDX-License-Identifier: MIT
 *
 * command/child: how a supervised program ends, and how it is ended, to the millisecond, with a kernel that is played.
 */
#include "command/child.h"

#include "core/rules.h"
#include "os/process/process_group.h"
#include "os/process/procfs.h"
#include "played_process.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { TICKS = 815, BEGUN_MS = 1000, TIMEOUT_MS = 400 };

static uint64_t played_ticks;

bool __wrap_process_group_is_alive(pid_t group);
int __wrap_procfs_read(pid_t pid, struct procfs_process *out);
int __wrap_pidfd_of(pid_t pid);

bool __wrap_process_group_is_alive(pid_t group)
{
	assert_int_equal(group, PLAYED_PID);
	return played_process.others || !played_process.ended;
}

int __wrap_procfs_read(pid_t pid, struct procfs_process *out)
{
	assert_int_equal(pid, PLAYED_PID);
	memset(out, 0, sizeof(*out));
	out->state = played_process.ended ? 'Z' : 'S';
	out->started_ticks = played_ticks;
	return 0;
}

int __wrap_pidfd_of(pid_t pid)
{
	(void)pid;
	return -ENOSYS;
}

static struct child started(void)
{
	struct child child = {0};
	struct spawn spawn = {0};

	played_process_begin();
	played_ticks = TICKS;
	assert_int_equal(child_start(&child, &spawn, BEGUN_MS), 0);
	assert_int_equal(child.leader.ticks, TICKS);
	return child;
}

/* P5: a crash ends its group at once; an exit code of 0 leaves it alone where that may be a daemon. */
static void ends_are_told_apart(void **state)
{
	static const struct {
		int code, status;
		bool keep;
		enum cause cause;
		const char *signals;
	} cases[] = {
	        {CLD_EXITED, 0, false, CAUSE_EXIT_CODE, "KILL "},
	        {CLD_EXITED, 0, true, CAUSE_EXIT_CODE, ""},
	        {CLD_EXITED, 3, true, CAUSE_EXIT_CODE, "KILL "},
	        {CLD_KILLED, SIGKILL, true, CAUSE_SIGNAL, "KILL "},
	        {CLD_DUMPED, SIGSEGV, false, CAUSE_SIGNAL, "KILL "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct child child = started();
		struct child_end end;
		child.keep_group = cases[i].keep;
		assert_false(child_step(&child, BEGUN_MS + 9, &end));
		assert_int_equal(child_deadline_ms(&child), FOREVER_MS);
		played_process_end(cases[i].code, cases[i].status);
		assert_true(child_step(&child, BEGUN_MS + 10, &end));
		assert_int_equal(end.cause, cases[i].cause);
		assert_int_equal(end.detail, cases[i].status);
		assert_int_equal(end.ran_ms, 10);
		assert_false(end.ordered);
		assert_string_equal(played_process.signals, cases[i].signals);
		assert_int_equal(played_process.reaped, 1);
		assert_int_equal(child.phase, CHILD_NONE);
		assert_false(child_step(&child, BEGUN_MS + 11, &end));
	}
}

/* P5: TERM, and KILL at the deadline, not a millisecond sooner; the end is told once. */
static void stop_is_exact(void **state)
{
	struct child child = started();
	struct child_end end;
	int64_t asked_ms = BEGUN_MS + 50;

	(void)state;
	child_stop(&child, TIMEOUT_MS, asked_ms);
	child_stop(&child, TIMEOUT_MS, asked_ms + 1);
	assert_string_equal(played_process.signals, "TERM CONT ");
	assert_int_equal(child_deadline_ms(&child), asked_ms + TIMEOUT_MS);
	assert_false(child_step(&child, asked_ms + TIMEOUT_MS - 1, &end));
	assert_string_equal(played_process.signals, "TERM CONT ");
	assert_false(child_step(&child, asked_ms + TIMEOUT_MS, &end));
	assert_string_equal(played_process.signals, "TERM CONT KILL ");
	assert_false(child_hangs(&child, asked_ms + TIMEOUT_MS + CHILD_GIVE_UP_MS - 1));
	assert_true(child_hangs(&child, asked_ms + TIMEOUT_MS + CHILD_GIVE_UP_MS));
	/* What hangs in the kernel is not given up, for a second one beside it would do harm. */
	assert_false(child_step(&child, asked_ms + 100000, &end));
	assert_int_equal(child.phase, CHILD_KILLED);
	assert_int_equal(child_deadline_ms(&child), FOREVER_MS);
	played_process_end(CLD_KILLED, SIGKILL);
	assert_true(child_step(&child, asked_ms + 100001, &end));
	assert_true(end.ordered);
	assert_int_equal(child.phase, CHILD_NONE);
}

/* P5: a leader that obeys does not save the others of its group, and they have the same time. */
static void stop_waits_for_the_group(void **state)
{
	struct child child = started();
	struct child_end end;

	(void)state;
	played_process.others = true;
	child_stop(&child, TIMEOUT_MS, BEGUN_MS);
	played_process_end(CLD_EXITED, 0);
	assert_true(child_step(&child, BEGUN_MS + 10, &end));
	assert_true(end.ordered);
	assert_int_equal(child.phase, CHILD_ASKED);
	assert_int_equal(child_deadline_ms(&child), BEGUN_MS + 10 + CHILD_LOOK_MS);
	assert_false(child_step(&child, BEGUN_MS + TIMEOUT_MS - 1, &end));
	assert_string_equal(played_process.signals, "TERM CONT ");
	assert_false(child_step(&child, BEGUN_MS + TIMEOUT_MS, &end));
	assert_string_equal(played_process.signals, "TERM CONT KILL ");
	assert_int_equal(child.phase, CHILD_KILLED);
	/* Those that are not its leader are given up. */
	assert_false(child_step(&child, BEGUN_MS + TIMEOUT_MS + CHILD_GIVE_UP_MS - 1, &end));
	assert_int_equal(child.phase, CHILD_KILLED);
	assert_false(child_step(&child, BEGUN_MS + TIMEOUT_MS + CHILD_GIVE_UP_MS, &end));
	assert_int_equal(child.phase, CHILD_NONE);
	child = started();
	played_process.others = true;
	child_stop(&child, TIMEOUT_MS, BEGUN_MS);
	played_process_end(CLD_EXITED, 0);
	assert_true(child_step(&child, BEGUN_MS + 10, &end));
	played_process.others = false;
	assert_false(child_step(&child, BEGUN_MS + 30, &end));
	assert_int_equal(child.phase, CHILD_NONE);
	assert_string_equal(played_process.signals, "TERM CONT ");
}

/* P3: only the process that started then is taken over; how it ends is not known. */
static void adoption_knows_the_process(void **state)
{
	struct child child = started();
	struct child_end end;

	(void)state;
	child_release(&child);
	assert_int_equal(child.phase, CHILD_NONE);
	assert_false(child_adopt(&child, PLAYED_PID, TICKS - 1));
	assert_int_equal(child.phase, CHILD_NONE);
	assert_true(child_adopt(&child, PLAYED_PID, TICKS));
	assert_false(child_step(&child, BEGUN_MS, &end));
	/* Its number is somebody else's now: nobody else is killed for it. */
	played_ticks = TICKS + 1;
	played_process.others = true;
	assert_true(child_step(&child, BEGUN_MS + 1, &end));
	assert_int_equal(end.cause, CAUSE_NONE);
	assert_int_equal(child.phase, CHILD_NONE);
	assert_int_equal(played_process.reaped, 0);
	assert_string_equal(played_process.signals, "");
	/* While it is nobody's, the group is that of the one that ended. */
	played_ticks = TICKS;
	assert_true(child_adopt(&child, PLAYED_PID, TICKS));
	played_process.ended = true;
	assert_true(child_step(&child, BEGUN_MS + 1, &end));
	assert_string_equal(played_process.signals, "KILL ");
}

static void start_that_fails_is_told(void **state)
{
	struct child child = {0};
	struct spawn spawn = {0};

	(void)state;
	played_process_begin();
	played_process.start_result = -EAGAIN;
	assert_int_equal(child_start(&child, &spawn, BEGUN_MS), -EAGAIN);
	assert_int_equal(child.phase, CHILD_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ends_are_told_apart),
	        cmocka_unit_test(stop_is_exact),
	        cmocka_unit_test(stop_waits_for_the_group),
	        cmocka_unit_test(adoption_knows_the_process),
	        cmocka_unit_test(start_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
