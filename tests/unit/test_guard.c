/* SPDX-License-Identifier: MIT
 *
 * os/process/guard: commands end with the process that has started them, however it ends, and at their deadline. With real processes:
 * a helper that starts a command of two processes, which do nothing until they are killed.
 */
#include "os/process/guard.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Shared with the guards, which are forks of this process. */
static struct {
	bool poll_fails;
	bool close_range_fails;
	atomic_int polls;
} * calls;

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	calls->polls++;
	if (!calls->poll_fails)
		return __real_poll(fds, count, timeout_ms);
	errno = ENOMEM;
	return -1;
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, unsigned first, unsigned last, unsigned flags);

/* The guard makes no other call by its number than close_range(). */
long __wrap_syscall(long number, unsigned first, unsigned last, unsigned flags)
{
	if (!calls->close_range_fails)
		return __real_syscall(number, first, last, flags);
	errno = EPERM;
	return -1;
}

enum { LONG_MS = 60000, SHORT_MS = 200, PATIENCE_MS = 10000 };

struct scene {
	pid_t helper;
	pid_t group;
	struct guard guard; /* as the helper has it */
};

__attribute__((noreturn)) static void do_nothing(void)
{
	for (;;)
		(void)pause();
}

/* A command whose leader has started another process. Like a program that was executed it has no end of the pipe. */
static pid_t start_command(const struct guard *guard)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(guard->fd);
		(void)setsid();
		(void)fork();
		do_nothing();
	}
	while (kill(-pid, 0) != 0)
		(void)usleep(1000);
	return pid;
}

__attribute__((noreturn)) static void be_helper(int out, uint32_t for_ms, bool forgets)
{
	struct scene scene = {0};

	/* cmocka would go on with the next test instead. */
	(void)signal(SIGSEGV, SIG_DFL);
	if (guard_open(&scene.guard) != 0)
		_exit(1);
	scene.group = start_command(&scene.guard);
	guard_watch(&scene.guard, scene.group, for_ms);
	if (forgets)
		guard_forget(&scene.guard, scene.group);
	(void)!write(out, &scene, sizeof(scene));
	do_nothing();
}

/* The scene of the test that runs; what is left of it when an assertion fails must not keep the next one waiting. */
static struct scene scene;

static void begin(uint32_t for_ms, bool forgets)
{
	int ends[2];

	/* Whoever loses its parent is ours to wait for. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(pipe(ends), 0);
	pid_t helper = fork();
	if (helper == 0)
		be_helper(ends[1], for_ms, forgets);
	assert_int_equal(read(ends[0], &scene, sizeof(scene)), sizeof(scene));
	(void)close(ends[0]);
	(void)close(ends[1]);
	scene.helper = helper;
}

/* Waits for the ended, the helper aside; whether the whole group has gone in time. */
static bool group_ends(int patience_ms)
{
	for (int waited_ms = 0; waited_ms < patience_ms; waited_ms += 10) {
		while (waitpid(-scene.group, NULL, WNOHANG) > 0)
			continue;
		if (kill(-scene.group, 0) != 0)
			return true;
		(void)usleep(10000);
	}
	return false;
}

/* Ends what the scene has but the guard, which must end by itself. */
static void end(void)
{
	bool are_there = true;

	(void)kill(-scene.group, SIGKILL);
	(void)kill(scene.helper, SIGKILL);
	for (int waited_ms = 0; are_there && waited_ms < PATIENCE_MS; waited_ms += 10, (void)usleep(10000)) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		are_there = waitpid(-1, NULL, WNOHANG) == 0;
	}
	assert_false(are_there);
	scene = (struct scene){0};
}

static int teardown(void **state)
{
	(void)state;
	calls->poll_fails = calls->close_range_fails = false;
	if (scene.helper == 0)
		return 0;
	(void)kill(scene.guard.pid, SIGKILL);
	(void)kill(-scene.group, SIGKILL);
	(void)kill(scene.helper, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	scene = (struct scene){0};
	return 0;
}

/* P5: a command ends with the program that started it, with all that it has started, also when that is killed. */
static void commands_end_with_their_helper(void **state)
{
	static const int how[] = {SIGKILL, SIGTERM, SIGSEGV};

	(void)state;
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		begin(LONG_MS, false);

		assert_int_equal(kill(-scene.group, 0), 0);
		assert_int_equal(kill(scene.helper, how[i]), 0);
		assert_true(group_ends(PATIENCE_MS));
		end();
	}
}

static char state_of(pid_t pid)
{
	siginfo_t info = {0};

	/* Ended and not waited for. */
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid ? 'Z' : 'S';
}

/* P5: a command ends at its deadline, also when the program that started it is stopped. */
static void commands_end_at_their_deadline(void **state)
{
	begin(SHORT_MS, false);
	int members = 2;

	(void)state;
	assert_int_equal(kill(scene.helper, SIGSTOP), 0);
	/* The stopped helper does not wait for the leader; the other one is handed to us. */
	for (int waited_ms = 0; members == 2 && waited_ms < PATIENCE_MS; waited_ms += 10, (void)usleep(10000))
		members -= waitpid(-scene.group, NULL, WNOHANG) > 0;
	assert_int_equal(members, 1);
	assert_int_equal(state_of(scene.helper), 'S');
	end();
}

/* What was waited for is left alone: its number may be somebody else's. */
static void what_is_forgotten_is_left_alone(void **state)
{
	begin(SHORT_MS, true);

	(void)state;
	assert_false(group_ends(2 * SHORT_MS));
	assert_int_equal(kill(scene.helper, SIGKILL), 0);
	assert_false(group_ends(SHORT_MS));
	end();
}

/* P5: the guard outlives the signals by which a whole unit is stopped, and a guard that is stopped holds up nobody. */
static void the_guard_stays(void **state)
{
	begin(LONG_MS, false);

	(void)state;
	assert_int_equal(kill(scene.guard.pid, SIGTERM), 0);
	assert_int_equal(kill(scene.guard.pid, SIGHUP), 0);
	assert_int_equal(kill(scene.helper, SIGKILL), 0);
	assert_true(group_ends(PATIENCE_MS));
	end();
}

/* P5, P15: a guard whose calls fail for ever rests between them, and ends with its helper. */
static void a_guard_ends_when_its_calls_fail(void **state)
{
	(void)state;
	for (int which = 0; which < 2; which++) {
		calls->poll_fails = which == 0;
		calls->close_range_fails = which == 1;
		calls->polls = 0;
		begin(LONG_MS, false);

		(void)usleep(1000 * SHORT_MS);
		assert_true(calls->polls <= 10);
		assert_int_equal(kill(scene.helper, SIGKILL), 0);
		assert_true(group_ends(PATIENCE_MS));
		end();
	}
}

static void a_stopped_guard_holds_up_nobody(void **state)
{
	struct guard guard;

	(void)state;
	assert_int_equal(guard_open(&guard), 0);
	assert_int_equal(kill(guard.pid, SIGSTOP), 0);
	for (int i = 0; i < 100000; i++)
		guard_forget(&guard, 12345678);
	assert_int_equal(kill(guard.pid, SIGKILL), 0);
	guard_close(&guard);
	guard_watch(&guard, 12345678, 1);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

int main(void)
{
	calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (calls == MAP_FAILED)
		return 1;
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(commands_end_with_their_helper, teardown),
	        cmocka_unit_test_teardown(commands_end_at_their_deadline, teardown),
	        cmocka_unit_test_teardown(what_is_forgotten_is_left_alone, teardown),
	        cmocka_unit_test_teardown(the_guard_stays, teardown),
	        cmocka_unit_test_teardown(a_guard_ends_when_its_calls_fail, teardown),
	        cmocka_unit_test_teardown(a_stopped_guard_holds_up_nobody, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
