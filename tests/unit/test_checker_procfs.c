/* SPDX-License-Identifier: MIT
 *
 * Processes and pid files as the outside writes them.
 */
#include "checker/loop.h"
#include "os/clock.h"
#include "os/process/pidfd.h"
#include "os/process/pidfile.h"
#include "os/process/procfs_list.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
		/* A test that fails leaves it behind, and a later one would find it by its name. */
		alarm(60);
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

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* P4: a name counts as a whole where the kernel keeps only 15 characters of it, and its namesakes are not taken for it. */
static void whole_names(void **state)
{
	static const char *const names[] = {"fd-unit-scheduler-one", "fd-unit-scheduler-two", "fd-unit-schedul"};
	char path[128];
	int ready[2];
	char byte;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct procfs_process process;
		(void)snprintf(path, sizeof(path), "/tmp/%s", names[i]);
		(void)unlink(path);
		assert_int_equal(symlink("/bin/sleep", path), 0);
		assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
		pid_t pid = fork();
		if (pid == 0) {
			execl(path, path, "1000", NULL);
			_exit(1);
		}
		close(ready[1]);
		assert_int_equal(read(ready[0], &byte, 1), 0);
		close(ready[0]);
		assert_int_equal(procfs_read(pid, &process), 0);
		procfs_read_name(&process);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(procfs_is_named(&process, names[k]), i == k);
		assert_false(procfs_is_in_container(pid));
		end(pid);
		unlink(path);
	}
}

/* A script is called by its own name, and its argv[0] is its interpreter. */
static void whole_name_of_a_script(void **state)
{
	static const char path[] = "/tmp/fd-unit-script-of-a-long-name";
	struct procfs_process process;
	int ready[2];
	char byte;

	(void)state;
	write_file(path, "#!/bin/sh\necho\nread line\n");
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int silent[2];
		(void)!pipe(silent);
		dup2(silent[0], 0);
		dup2(ready[1], 1);
		execl(path, path, NULL);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(procfs_read(pid, &process), 0);
	procfs_read_name(&process);
	assert_true(procfs_is_named(&process, "fd-unit-script-of-a-long-name"));
	assert_false(procfs_is_named(&process, "fd-unit-script-of-a-long-namesake"));
	assert_false(procfs_is_named(&process, "fd-unit-script-"));
	end(pid);
	unlink(path);
}

static void *serve(void *ready)
{
	(void)!write(*(int *)ready, "!", 1);
	while (pause() < 0)
		;
	return ready;
}

/* P4: a process is alive while any of its threads is, though the kernel calls its main thread a zombie. */
static void main_thread_that_ended(void **state)
{
	struct procfs_process process;
	int ready[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		pthread_t thread;
		prctl(PR_SET_NAME, "fd-unit-threads");
		if (pthread_create(&thread, NULL, serve, &ready[1]) == 0)
			syscall(SYS_exit, 0);
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	usleep(50000);
	assert_int_equal(procfs_read(pid, &process), 0);
	assert_true(procfs_is_alive(&process));
	assert_int_not_equal(process.thread, pid);
	assert_true(process.resident_bytes > 0);
	procfs_read_name(&process);
	assert_true(procfs_is_named(&process, "fd-unit-threads"));
	setpgid(pid, pid);
	int fd = pidfd_of(pid);
	assert_true(pidfd_is_alive(fd));
	kill(pid, SIGKILL);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(procfs_read(pid, &process), 0);
	assert_false(procfs_is_alive(&process));
	assert_false(pidfd_is_alive(fd));
	close(fd);
	end(pid);
	close(ready[0]);
	close(ready[1]);
}

/* P4: a look that has no descriptors left does not say that nobody is there. */
static void look_without_descriptors(void **state)
{
	struct procfs_list list = {0};
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	int lowest = dup(0);
	none = before;
	/* One for the folder itself. */
	none.rlim_cur = (rlim_t)lowest + 1;
	close(lowest);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int error = procfs_list(&list);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(error, -EMFILE);
	free(list.processes);
}

/* The same of a process that is not our child. */
static pid_t stranger_named(const char *name)
{
	int told[2];
	pid_t pid = 0;

	assert_int_equal(pipe(told), 0);
	pid_t parent = fork();
	if (parent == 0) {
		pid = child_named(name);
		(void)!write(told[1], &pid, sizeof(pid));
		_exit(0);
	}
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(read(told[0], &pid, sizeof(pid)), sizeof(pid));
	close(told[0]);
	close(told[1]);
	return pid;
}

/* P4: a process of a name is the one that started first; one that ended is not there, though nobody has waited for it. */
static void the_oldest_of_a_name(void **state)
{
	static struct checker checker = {.run_dir = "/nowhere"};
	const struct procfs_process *found;
	pid_t first = stranger_named("fd-unit-oldest");
	int error;

	(void)state;
	/* Start times are counted in hundredths of a second. */
	usleep(30000);
	pid_t second = stranger_named("fd-unit-oldest");
	assert_non_null(process_table_read(&checker, clock_now_ms(), &error));
	found = process_table_find(&checker, "fd-unit-oldest");
	assert_non_null(found);
	assert_int_equal(found->pid, first);
	int fd = pidfd_of(first);
	kill(first, SIGKILL);
	while (pidfd_is_alive(fd))
		usleep(1000);
	close(fd);
	/* Two looks are further apart than a millisecond. */
	usleep(2000);
	assert_non_null(process_table_read(&checker, clock_now_ms(), &error));
	found = process_table_find(&checker, "fd-unit-oldest");
	assert_non_null(found);
	assert_int_equal(found->pid, second);
	kill(second, SIGKILL);
	process_table_close(&checker);
}

/* P4: neither a command of ours nor what it started is the service, though they have its name. */
static void own_commands_are_not_the_service(void **state)
{
	char run_dir[] = "/tmp/feeddog-jobs-XXXXXX";
	struct checker checker = {.run_dir = run_dir};
	struct procfs_process process;
	char path[128], text[64];
	int error;

	(void)state;
	/* A child of the checker, as the command of a check is. */
	pid_t child = child_named("fd-unit-own");
	assert_non_null(process_table_read(&checker, clock_now_ms(), &error));
	assert_null(process_table_find(&checker, "fd-unit-own"));
	end(child);
	process_table_close(&checker);
	/* A restart command, which the actor has noted. */
	pid_t command = stranger_named("fd-unit-init");
	assert_non_null(process_table_read(&checker, clock_now_ms(), &error));
	assert_non_null(process_table_find(&checker, "fd-unit-init"));
	process_table_close(&checker);
	assert_non_null(mkdtemp(run_dir));
	(void)snprintf(path, sizeof(path), "%s/jobs", run_dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/jobs/web", run_dir);
	assert_int_equal(procfs_read(command, &process), 0);
	(void)snprintf(text, sizeof(text), "%d %llu\n", (int)command, (unsigned long long)process.started_ticks);
	write_file(path, text);
	assert_non_null(process_table_read(&checker, clock_now_ms(), &error));
	assert_null(process_table_find(&checker, "fd-unit-init"));
	process_table_close(&checker);
	/* The note of an earlier process of that number. */
	(void)snprintf(text, sizeof(text), "%d %llu\n", (int)command, (unsigned long long)process.started_ticks - 1);
	write_file(path, text);
	assert_non_null(process_table_read(&checker, clock_now_ms(), &error));
	assert_non_null(process_table_find(&checker, "fd-unit-init"));
	process_table_close(&checker);
	kill(command, SIGKILL);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(run_dir);
}

/* P3: one look serves all that ask within it, and looks rest in between. */
static void one_look_serves_all(void **state)
{
	static struct checker checker = {.run_dir = "/nowhere"};
	int error = 0;
	int64_t asked_ms = clock_now_ms();
	const struct procfs_list *list = NULL;

	(void)state;
	while (!(list = process_table_ask(&checker, asked_ms, &error))) {
		assert_int_equal(error, -EAGAIN);
		while (clock_now_ms() < checker.processes.next_ms)
			usleep(200);
	}
	int64_t began_ms = checker.processes.list_began_ms;
	assert_ptr_equal(process_table_ask(&checker, asked_ms, &error), list);
	assert_int_equal(checker.processes.list_began_ms, began_ms);
	/* Who asks for a later look waits until this one has rested. */
	checker.processes.next_ms = clock_now_ms() + 1000;
	usleep(2000);
	assert_null(process_table_ask(&checker, clock_now_ms(), &error));
	assert_int_equal(error, -EAGAIN);
	assert_int_equal(checker.processes.list_began_ms, began_ms);
	assert_false(checker.processes.look.proc != NULL);
	process_table_close(&checker);
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
	        cmocka_unit_test(own_commands_are_not_the_service),
	        cmocka_unit_test(one_look_serves_all),
	        cmocka_unit_test(whole_names),
	        cmocka_unit_test(whole_name_of_a_script),
	        cmocka_unit_test(main_thread_that_ended),
	        cmocka_unit_test(look_without_descriptors),
	        cmocka_unit_test(pid_files),
	        cmocka_unit_test(one_writing_and_another),
	};

	return cmocka_run_group_tests_name("checker/procfs", tests, NULL, NULL);
}
