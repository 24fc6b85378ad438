/* SPDX-License-Identifier: MIT
 *
 * Processes and pid files as the outside writes them.
 */
#include "os/pidfd.h"
#include "os/pidfile.h"
#include "os/procfs.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define REST(flags, started)                                                                                           \
	" 1 42 42 0 -1 " flags " 1 2 3 4 5 6 7 8 20 0 1 0 " started " 1000 200 18446744073709551615 1\n"

static void a_stat_line(void **state)
{
	struct procfs_process process;

	(void)state;
	assert_int_equal(procfs_parse("42 (nginx) S" REST("4194560", "87654321098"), &process), 0);
	assert_int_equal(process.pid, 42);
	assert_string_equal(process.comm, "nginx");
	assert_int_equal(process.state, 'S');
	assert_true(process.started_ticks == 87654321098);
	assert_false(process.kernel_thread);
}

static void names_that_mislead(void **state)
{
	struct procfs_process process;

	(void)state;
	assert_int_equal(procfs_parse("42 (a) R 1 (b) Z" REST("4194560", "5"), &process), 0);
	assert_string_equal(process.comm, "a) R 1 (b");
	assert_int_equal(process.state, 'Z');
	assert_int_equal(procfs_parse("42 () S" REST("0", "5"), &process), 0);
	assert_string_equal(process.comm, "");
	assert_int_equal(procfs_parse("42 (a name that is longer than fifteen) I" REST("2097152", "5"), &process), 0);
	assert_string_equal(process.comm, "a name that is ");
	assert_true(process.kernel_thread);
}

static void what_is_no_stat_line(void **state)
{
	static const char *const texts[] = {"", "42", "42 (", "42 )", "42 )(", "(a) S", "42 (a)", "42 (a) S",
	        "42 (a) S 1 2 3", "x (a) S" REST("0", "5"), "42 (a) S" REST("x", "5"), "42 (a) S" REST("0", "x")};
	struct procfs_process process;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(procfs_parse(texts[i], &process), -EINVAL);
}

/* A child that goes by a name, waits, and is found; the caller ends it. */
static pid_t child_named(const char *name)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		(void)!write(ready[1], "!", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void the_oldest_of_a_name(void **state)
{
	struct procfs_process found;
	pid_t first = child_named("fd-unit-oldest");
	struct procfs_process process;

	(void)state;
	assert_int_equal(procfs_read(first, &process), 0);
	/* Start times are counted in hundredths of a second. */
	usleep(30000);
	pid_t second = child_named("fd-unit-oldest");
	assert_int_equal(procfs_find("fd-unit-oldest", &found), 0);
	assert_int_equal(found.pid, first);
	/* Ended, and not looked at: it is not there. */
	int fd = pidfd_of(first);
	assert_true(fd >= 0);
	assert_true(pidfd_is_alive(fd));
	kill(first, SIGKILL);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)first, &info, WEXITED | WNOWAIT), 0);
	assert_false(pidfd_is_alive(fd));
	assert_int_equal(procfs_find("fd-unit-oldest", &found), 0);
	assert_int_equal(found.pid, second);
	end(first);
	end(second);
	assert_int_equal(procfs_find("fd-unit-oldest", &found), -ENOENT);
	assert_int_equal(pidfd_of(first), -ESRCH);
	assert_false(pidfd_is_alive(fd));
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void pid_files(void **state)
{
	static const struct {
		const char *text;
		int pid;
	} cases[] = {
	        {"1", 1},
	        {"42\n", 42},
	        {" \t42 \r\n", 42},
	        {"42\n/var/lib/x\n5432\n", 42},
	        {"4194304", 4194304},
	        {"", -EINVAL},
	        {"\n", -EINVAL},
	        {"0", -EINVAL},
	        {"-42", -EINVAL},
	        {"+42", -EINVAL},
	        {"42x", -EINVAL},
	        {"4194305", -EINVAL},
	        {"99999999999999999999", -EINVAL},
	        {"pid: 42", -EINVAL},
	};
	char path[] = "/tmp/feeddog-pidfile.XXXXXX";
	struct pidfile file;

	(void)state;
	close(mkstemp(path));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(path, cases[i].text);
		assert_int_equal(pidfile_read(path, &file), cases[i].pid < 0 ? cases[i].pid : 0);
		if (cases[i].pid > 0)
			assert_int_equal(file.pid, cases[i].pid);
	}
	unlink(path);
	assert_int_equal(pidfile_read(path, &file), -ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pidfile_read(path, &file), -EINVAL);
	unlink(path);
}

static void one_writing_and_another(void **state)
{
	char path[] = "/tmp/feeddog-pidfile.XXXXXX";
	struct pidfile first;
	struct pidfile second;
	struct timespec times[2] = {{1000, 0}, {1000, 0}};

	(void)state;
	close(mkstemp(path));
	write_file(path, "42");
	assert_int_equal(utimensat(0, path, times, 0), 0);
	assert_int_equal(pidfile_read(path, &first), 0);
	assert_int_equal(pidfile_read(path, &second), 0);
	assert_true(pidfile_same(&first, &second));
	times[1].tv_nsec = 1;
	assert_int_equal(utimensat(0, path, times, 0), 0);
	assert_int_equal(pidfile_read(path, &second), 0);
	assert_false(pidfile_same(&first, &second));
	times[1].tv_nsec = 0;
	write_file(path, "43");
	assert_int_equal(utimensat(0, path, times, 0), 0);
	assert_int_equal(pidfile_read(path, &second), 0);
	assert_false(pidfile_same(&first, &second));
	unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_stat_line),
	        cmocka_unit_test(names_that_mislead),
	        cmocka_unit_test(what_is_no_stat_line),
	        cmocka_unit_test(the_oldest_of_a_name),
	        cmocka_unit_test(pid_files),
	        cmocka_unit_test(one_writing_and_another),
	};

	return cmocka_run_group_tests_name("checker/procfs", tests, NULL, NULL);
}
