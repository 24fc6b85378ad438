/* SPDX-License-Identifier: MIT
 *
 * publish/metrics_file: how seldom it is written, by a clock that is an argument.
 */
#include "publish/metrics_file.h"

#include "compiler/compile.h"
#include "os/storage/store.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_MS = 100000, HOUR_MS = 3600000, WRITER = 4711 };

static const char yaml[] = "watchdog: {device: /nowhere, timeout: 10s, simulated: true}\n"
                           "services: {web: {checks: [{tcp: '127.0.0.1:1'}], restart: 'true'}}\n"
                           "metrics: /metrics/feeddog.prom\n";

static struct flat *flat;
static struct metrics_file metrics;
static struct snapshot *snapshot;
static struct {
	int writes, error, kills;
	int busy_looks; /* so often the writer has not ended yet */
	bool in_memory;
	char last[16384];
} disk;

pid_t __wrap_foreign_file_begin(const char *path, const void *bytes, size_t size, uint32_t nobody);
int __wrap_foreign_file_end(pid_t pid, bool *in_memory);
int __wrap_kill(pid_t pid, int number);

pid_t __wrap_foreign_file_begin(const char *path, const void *bytes, size_t size, uint32_t nobody)
{
	(void)nobody;
	assert_string_equal(path, "/metrics/feeddog.prom");
	assert_true(size < sizeof(disk.last));
	memcpy(disk.last, bytes, size);
	disk.last[size] = '\0';
	disk.writes++;
	return WRITER;
}

int __wrap_foreign_file_end(pid_t pid, bool *in_memory)
{
	assert_int_equal(pid, WRITER);
	*in_memory = disk.in_memory;
	return disk.busy_looks-- > 0 ? -EAGAIN : disk.error;
}

int __wrap_kill(pid_t pid, int number)
{
	assert_int_equal(pid, WRITER);
	assert_int_equal(number, SIGKILL);
	disk.kills++;
	return 0;
}

static int begin(void **state)
{
	(void)state;
	snapshot = calloc(1, snapshot_size(flat->service_count, flat->check_count));
	memset(&disk, 0, sizeof(disk));
	snapshot->service_count = flat->service_count;
	snapshot->check_count = flat->check_count;
	snapshot->ladder.state = BOARD_WELL;
	metrics_file_begin(&metrics, flat, NOW_MS);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	metrics_file_end(&metrics, NULL, NOW_MS);
	free(snapshot);
	return 0;
}

/* Ten turns a second, as the actor may have; each feeds. */
static void pass(int64_t *now_ms, int64_t span_ms)
{
	int64_t until_ms = *now_ms + span_ms;

	for (; *now_ms < until_ms; *now_ms += 100) {
		snapshot->dog.feeds++;
		snapshot_board(snapshot).checks[0].took_ms++;
		snapshot->ladder.feed_until_ms = *now_ms + 5000;
		metrics_file_step(&metrics, snapshot, true, *now_ms);
	}
}

/* P9: while only numbers run on, flash is written once in 5 minutes, memory every 15 s. */
static void numbers_that_run_on_are_written_seldom(void **state)
{
	int64_t now_ms = NOW_MS;

	(void)state;
	pass(&now_ms, HOUR_MS);
	assert_int_equal(disk.writes, 12);
	disk.in_memory = true;
	pass(&now_ms, METRICS_DISK_MS);
	disk.writes = 0;
	pass(&now_ms, HOUR_MS);
	assert_in_range(disk.writes, 239, 241);
}

static void a_change_is_written_at_once(void **state)
{
	int64_t now_ms = NOW_MS;

	(void)state;
	pass(&now_ms, 10000);
	assert_int_equal(disk.writes, 1);
	assert_non_null(strstr(disk.last, "\nfeeddog_state{state=\"well\"} 1\n"));
	snapshot->ladder.state = BOARD_RECOVERING;
	pass(&now_ms, METRICS_LOOK_MS);
	assert_int_equal(disk.writes, 2);
	assert_non_null(strstr(disk.last, "\nfeeddog_state{state=\"recovering\"} 1\n"));
	assert_non_null(strstr(disk.last, "\nfeeddog_state{state=\"well\"} 0\n"));
}

/* P9: what changes without end is bounded too, and its last state is written in the end. */
static void flapping_is_bounded(void **state)
{
	int64_t now_ms = NOW_MS;

	(void)state;
	for (int i = 0; i < 3600; i++) {
		snapshot->ladder.state = i % 2 ? BOARD_WELL : BOARD_DOUBT;
		pass(&now_ms, 1000);
	}
	assert_in_range(disk.writes, 200, METRICS_BURST + 241);
	snapshot->ladder.state = BOARD_HOLD;
	pass(&now_ms, METRICS_CHANGE_MS + METRICS_LOOK_MS);
	assert_non_null(strstr(disk.last, "\nfeeddog_state{state=\"hold\"} 1\n"));
}

static void the_end_is_said(void **state)
{
	int64_t now_ms = NOW_MS;

	(void)state;
	pass(&now_ms, 1000);
	assert_non_null(strstr(disk.last, "\nfeeddog_up 1\n"));
	metrics_file_end(&metrics, snapshot, now_ms);
	assert_non_null(strstr(disk.last, "\nfeeddog_up 0\n"));
	assert_non_null(strstr(disk.last, "\nfeeddog_feeding 0\n"));
	assert_null(strstr(disk.last, "feeddog_state{state=\"well\"} 1"));
}

/* P9: a write that is under way at the end is waited for, or its file would say for ever that feeddog is up. */
static void the_end_is_said_after_a_slow_write(void **state)
{
	int64_t now_ms = NOW_MS;

	(void)state;
	pass(&now_ms, 1000);
	snapshot->ladder.state = BOARD_RECOVERING;
	while (metrics.writer == 0)
		pass(&now_ms, 100);
	disk.busy_looks = 3;
	metrics_file_end(&metrics, snapshot, now_ms);
	assert_non_null(strstr(disk.last, "\nfeeddog_up 0\n"));
}

/* P5, P18: a write that hangs, as on a dead file system, is killed; one that cannot be killed is waited for and holds up no other. */
static void a_write_that_hangs_is_killed(void **state)
{
	int64_t now_ms = NOW_MS;

	(void)state;
	disk.error = -EAGAIN;
	pass(&now_ms, METRICS_WITHIN_MS);
	assert_int_equal(disk.kills, 0);
	pass(&now_ms, 100);
	assert_int_equal(disk.kills, 1);
	assert_int_equal(metrics.error, ETIMEDOUT);
	snapshot->ladder.state = BOARD_HOLD;
	pass(&now_ms, HOUR_MS);
	assert_int_equal(disk.kills, 1);
	assert_int_equal(disk.writes, 1);
	/* It ends at last: the next one is written at once. */
	disk.error = -EINTR;
	while (disk.writes == 1)
		pass(&now_ms, 100);
	disk.error = 0;
	pass(&now_ms, 200);
	assert_int_equal(disk.writes, 2);
	assert_int_equal(metrics.error, 0);
}

static void nobody_wants_any(void **state)
{
	(void)state;
	metrics.path = NULL;
	metrics_file_step(&metrics, snapshot, true, NOW_MS);
	metrics_file_end(&metrics, snapshot, NOW_MS);
	assert_int_equal(disk.writes, 0);
}

int main(void)
{
#define MEASURED(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
	        MEASURED(numbers_that_run_on_are_written_seldom),
	        MEASURED(a_change_is_written_at_once),
	        MEASURED(flapping_is_bounded),
	        MEASURED(the_end_is_said),
	        MEASURED(the_end_is_said_after_a_slow_write),
	        MEASURED(a_write_that_hangs_is_killed),
	        MEASURED(nobody_wants_any),
	};

	flat = compile_text("test", yaml, sizeof(yaml) - 1, stderr);
	if (!flat)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(flat);
	return failed;
}
