/* SPDX-License-Identifier: MIT
 *
 * command/job_output: root reads from, and gives away, nothing but a FIFO of its own.
 */
#include "command/job_output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char run_dir[64], path[128], other[128];

static int begin(void **state)
{
	(void)state;
	(void)snprintf(run_dir, sizeof(run_dir), "/tmp/feeddog-output-XXXXXX");
	assert_non_null(mkdtemp(run_dir));
	(void)snprintf(path, sizeof(path), "%s/output", run_dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/output/web", run_dir);
	(void)snprintf(other, sizeof(other), "%s/other", run_dir);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	*strrchr(path, '/') = '\0';
	return rmdir(path) | rmdir(run_dir);
}

/* P11: a file, a device or a link in the FIFO's place is neither read, nor written, nor given to the command's user. */
static void only_a_fifo_is_taken(void **state)
{
	struct job_output output = {0};
	struct stat before, after;

	(void)state;
	close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(link(other, path), 0);
	assert_int_equal(stat(other, &before), 0);
	job_output_begin(&output, run_dir, "web", 0);
	assert_true(output.fd < 0);
	assert_int_equal(job_output_open(&output, 12345, 12345, 0), -EEXIST);
	assert_int_equal(stat(other, &after), 0);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(other), 0);
	/* A link to a FIFO of somebody else. */
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(symlink(other, path), 0);
	job_output_begin(&output, run_dir, "web", 0);
	assert_true(output.fd < 0);
	assert_int_equal(job_output_open(&output, 12345, 12345, 0), -ELOOP);
	assert_int_equal(stat(other, &after), 0);
	assert_int_equal(after.st_uid, before.st_uid);
}

static void a_fifo_is_made(void **state)
{
	struct job_output output = {0};
	struct stat made;

	(void)state;
	job_output_begin(&output, run_dir, "web", 0);
	int writer = job_output_open(&output, getuid(), getgid(), 0);
	assert_true(writer >= 0);
	assert_int_equal(stat(path, &made), 0);
	assert_true(S_ISFIFO(made.st_mode));
	assert_int_equal(made.st_mode & 0777, 0600);
	close(writer);
	close(output.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(only_a_fifo_is_taken, begin, finish),
	        cmocka_unit_test_setup_teardown(a_fifo_is_made, begin, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
