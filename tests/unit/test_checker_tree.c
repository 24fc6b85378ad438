/* SPDX-License-Identifier: MIT
 *
 * Who belongs to a process, and how much of the CPU they used, with children that come and go.
 */
#include "checker/process/watched_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TREE(array, newest)                                                                                            \
	{                                                                                                              \
		.list = {.processes = (array), .count = COUNT_OF(array)}, .newest_ticks = (newest)                     \
	}

static struct procfs_process process(pid_t pid, uint64_t started, uint64_t own, uint64_t waited)
{
	return (struct procfs_process){.pid = pid, .started_ticks = started, .own_ticks = own, .waited_ticks = waited};
}

static void work_of_those_who_stay(void **state)
{
	struct procfs_process before[] = {process(10, 5, 100, 50), process(11, 6, 10, 0)};
	struct procfs_process now[] = {process(10, 5, 130, 50), process(11, 6, 17, 0)};
	const struct watched_tree a = TREE(before, 90);
	const struct watched_tree b = TREE(now, 95);

	(void)state;
	assert_int_equal(watched_tree_ticks(&a, &b), 37);
	assert_int_equal(watched_tree_ticks(&a, &a), 0);
}

static void a_child_that_came(void **state)
{
	struct procfs_process before[] = {process(10, 5, 100, 0)};
	struct procfs_process now[] = {process(10, 5, 101, 0), process(12, 95, 20, 3)};
	const struct watched_tree a = TREE(before, 90);
	const struct watched_tree b = TREE(now, 95);

	(void)state;
	assert_int_equal(watched_tree_ticks(&a, &b), 24);
}

/* Its past work is its parent's now; only what it did since the last look counts. */
static void a_child_that_went(void **state)
{
	struct procfs_process before[] = {process(10, 5, 100, 7), process(11, 6, 1000, 500)};
	struct procfs_process now[] = {process(10, 5, 101, 7 + 1500 + 30)};
	const struct watched_tree a = TREE(before, 90);
	const struct watched_tree b = TREE(now, 90);

	(void)state;
	assert_int_equal(watched_tree_ticks(&a, &b), 31);
}

static void a_child_between_two_looks(void **state)
{
	struct procfs_process before[] = {process(10, 5, 100, 0)};
	struct procfs_process now[] = {process(10, 5, 100, 40)};
	const struct watched_tree a = TREE(before, 90);
	const struct watched_tree b = TREE(now, 90);

	(void)state;
	assert_int_equal(watched_tree_ticks(&a, &b), 40);
}

/* Nobody waited for it (SIGCHLD ignored, or it left the tree): its work is lost, and no more than its own. */
static void a_child_that_nobody_waited_for(void **state)
{
	struct procfs_process before[] = {process(10, 5, 100, 0), process(11, 6, 1000, 0)};
	struct procfs_process now[] = {process(10, 5, 120, 0)};
	const struct watched_tree a = TREE(before, 90);
	const struct watched_tree b = TREE(now, 90);

	(void)state;
	assert_int_equal(watched_tree_ticks(&a, &b), 20);
}

static void a_number_that_is_used_again(void **state)
{
	struct procfs_process before[] = {process(10, 5, 100, 0), process(11, 6, 1000, 0)};
	struct procfs_process now[] = {process(10, 5, 100, 1000), process(11, 95, 8, 0)};
	const struct watched_tree a = TREE(before, 90);
	const struct watched_tree b = TREE(now, 95);

	(void)state;
	assert_int_equal(watched_tree_ticks(&a, &b), 8);
}

/* P3: one that joins the tree with a long past is no peak. */
static void one_that_joins(void **state)
{
	struct procfs_process before[] = {process(10, 5, 100, 0)};
	struct procfs_process now[] = {process(10, 5, 100, 0), process(12, 20, 100000, 0)};
	struct procfs_process later[] = {process(10, 5, 100, 0), process(12, 20, 100009, 0)};
	const struct watched_tree a = TREE(before, 90);
	const struct watched_tree b = TREE(now, 90);
	const struct watched_tree c = TREE(later, 90);

	(void)state;
	assert_int_equal(watched_tree_ticks(&a, &b), 0);
	assert_int_equal(watched_tree_ticks(&b, &c), 9);
}

static void who_belongs(void **state)
{
	/* 20 and 21 are a ring, 30's parent is unknown. */
	static const pid_t pairs[][2] = {
	        {1, 0}, {2, 0}, {10, 1}, {11, 10}, {12, 11}, {13, 10}, {15, 1}, {20, 21}, {21, 20}, {30, 99}};
	static const pid_t wanted[] = {10, 11, 12, 13};
	struct procfs_process processes[COUNT_OF(pairs)];
	struct procfs_list list = {.processes = processes, .count = COUNT_OF(pairs)};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		processes[i] = (struct procfs_process){.pid = pairs[i][0], .parent = pairs[i][1]};
	assert_int_equal(procfs_list_keep_tree(&list, 10), 0);
	assert_int_equal(list.count, COUNT_OF(wanted));
	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		assert_int_equal(processes[i].pid, wanted[i]);
	assert_non_null(procfs_list_find(&list, 12));
	assert_null(procfs_list_find(&list, 14));
	assert_int_equal(procfs_list_keep_tree(&list, 99), 0);
	assert_int_equal(list.count, 0);
	assert_null(procfs_list_find(&list, 12));
}

static void the_real_one(void **state)
{
	struct procfs_list list = {0};
	int alive[2];
	int status;

	(void)state;
	assert_int_equal(pipe(alive), 0);
	pid_t child = fork();
	if (child == 0) {
		char byte;

		close(alive[1]);
		_exit(read(alive[0], &byte, 1) == 0 ? 0 : 1);
	}
	/* Twice, for it is used again. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(procfs_list(&list), 0);
		assert_true(list.count >= 2);
		assert_int_equal(procfs_list_keep_tree(&list, getpid()), 0);
		assert_int_equal(list.count, 2);
		const struct procfs_process *found = procfs_list_find(&list, child);
		assert_non_null(found);
		assert_int_equal(found->parent, getpid());
		assert_true(procfs_list_find(&list, getpid())->resident_bytes > 100000);
	}
	close(alive[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(alive[0]);
	free(list.processes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(work_of_those_who_stay),
	        cmocka_unit_test(a_child_that_came),
	        cmocka_unit_test(a_child_that_went),
	        cmocka_unit_test(a_child_between_two_looks),
	        cmocka_unit_test(a_child_that_nobody_waited_for),
	        cmocka_unit_test(a_number_that_is_used_again),
	        cmocka_unit_test(one_that_joins),
	        cmocka_unit_test(who_belongs),
	        cmocka_unit_test(the_real_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
