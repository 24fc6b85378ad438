/* SPDX-License-Identifier: MIT
 *
 * core/snapshot: a reader believes a copy only if nothing was changed meanwhile, and the arrays lie where they should.
 */
#include "core/snapshot.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct snapshot *page_of(uint16_t services, uint16_t checks)
{
	struct snapshot *page = calloc(1, snapshot_size(services, checks));

	assert_non_null(page);
	page->service_count = services;
	page->check_count = checks;
	return page;
}

static void test_size_and_places(void **state)
{
	struct snapshot *page = page_of(3, 5);
	struct board board = snapshot_board(page);
	uint8_t *end = (uint8_t *)page + snapshot_size(3, 5);

	(void)state;
	assert_int_equal(snapshot_size(0, 0), sizeof(struct snapshot));
	assert_ptr_equal(board.ladder, &page->ladder);
	assert_ptr_equal(board.services, page + 1);
	assert_ptr_equal(board.checks, board.services + 3);
	assert_ptr_equal(board.checks + 5, end);
	/* What is written to the last of each stays within, which the sanitizer watches. */
	memset(&board.services[2], 0xff, sizeof(board.services[2]));
	memset(&board.checks[4], 0xff, sizeof(board.checks[4]));
	free(page);
}

/* P15: the largest configuration that there may be is a matter of some hundred kilobytes. */
static void test_the_largest_fits(void **state)
{
	(void)state;
	assert_in_range(snapshot_size(MAX_SERVICES, MAX_CHECKS), 1, 1536 * 1024);
	assert_in_range(snapshot_size(10, 30), 1, 8192);
}

static void test_a_quiet_page_is_copied(void **state)
{
	struct snapshot *page = page_of(1, 1), *copy = page_of(1, 1);

	(void)state;
	snapshot_write_begin(page);
	page->at_ms = 4711;
	snapshot_board(page).checks[0].streak = 9;
	snapshot_write_end(page);
	assert_int_equal(page->version, 2);
	assert_true(snapshot_copy(page, copy, snapshot_size(1, 1)));
	assert_memory_equal(page, copy, snapshot_size(1, 1));
	free(page);
	free(copy);
}

/* P15: a feeder that died, or was stopped, in the middle of a change is not believed, however often one asks. */
static void test_a_page_in_change_is_refused(void **state)
{
	struct snapshot *page = page_of(1, 1), *copy = page_of(1, 1);

	(void)state;
	snapshot_write_begin(page);
	assert_int_equal(page->version, 1);
	for (int i = 0; i < 3; i++)
		assert_false(snapshot_copy(page, copy, snapshot_size(1, 1)));
	snapshot_write_end(page);
	assert_true(snapshot_copy(page, copy, snapshot_size(1, 1)));
	free(page);
	free(copy);
}

enum { SERVICES = 200 };

struct writer {
	struct snapshot *page;
	bool stop;
};

/* A feeder that does nothing but change its page: all of it holds one number, except in the middle of a change. */
static void *write_on(void *argument)
{
	struct writer *writer = argument;
	struct board board = snapshot_board(writer->page);

	for (int64_t n = 0; !__atomic_load_n(&writer->stop, __ATOMIC_RELAXED); n++) {
		snapshot_write_begin(writer->page);
		writer->page->at_ms = n;
		for (int i = 0; i < SERVICES; i++)
			board.services[i].since_ms = n;
		snapshot_write_end(writer->page);
	}
	return NULL;
}

/* P15: the feeder changes its page without waiting for anybody, and still no copy that is believed is half of a change. */
static void test_no_believed_copy_is_half_of_a_change(void **state)
{
	struct writer writer = {.page = page_of(SERVICES, 0)};
	struct snapshot *copy = page_of(SERVICES, 0);
	pthread_t thread;
	int believed = 0;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
	for (int i = 0; i < 200000 && believed < 20000; i++) {
		struct board board = snapshot_board(copy);

		if (!snapshot_copy(writer.page, copy, snapshot_size(SERVICES, 0)))
			continue;
		believed++;
		for (int s = 0; s < SERVICES; s++)
			assert_int_equal(board.services[s].since_ms, copy->at_ms);
	}
	__atomic_store_n(&writer.stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(snapshot_copy(writer.page, copy, snapshot_size(SERVICES, 0)));
	free(writer.page);
	free(copy);
}

static void test_versions_wrap(void **state)
{
	struct snapshot *page = page_of(0, 0), *copy = page_of(0, 0);

	(void)state;
	page->version = UINT32_MAX - 1;
	snapshot_write_begin(page);
	assert_false(snapshot_copy(page, copy, snapshot_size(0, 0)));
	snapshot_write_end(page);
	assert_int_equal(page->version, 0);
	assert_true(snapshot_copy(page, copy, snapshot_size(0, 0)));
	free(page);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_size_and_places),
	        cmocka_unit_test(test_the_largest_fits),
	        cmocka_unit_test(test_a_quiet_page_is_copied),
	        cmocka_unit_test(test_a_page_in_change_is_refused),
	        cmocka_unit_test(test_no_believed_copy_is_half_of_a_change),
	        cmocka_unit_test(test_versions_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
