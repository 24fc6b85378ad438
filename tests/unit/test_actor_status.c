/* SPDX-License-Identifier: MIT
 *
 * publish/status_file: RUN/status.json to the letter, from a snapshot as the feeder leaves it.
 */
#include "publish/status_file.h"

#include "compiler/compile.h"
#include "os/storage/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW_MS = 100000, WALL_S = 1700000000 };

static const char yaml[] = "watchdog: {device: /run/stand-in, timeout: 10s, simulated: true}\n"
                           "services:\n"
                           "  web:\n"
                           "    checks: [{tcp: '127.0.0.1:1', name: port}, {process: {name: httpd}}]\n"
                           "    restart: 'true'\n"
                           "    needs: [database]\n"
                           "  database: {checks: [{tcp: '127.0.0.1:2'}]}\n"
                           "  bot: {run: [/bin/bot]}\n"
                           "ladder: {reboots: {limit: 3}}\n";

static struct flat *flat;
static struct order_slot slots[4];
static struct orders orders = {.slots = slots};
static struct status_file status;
static struct snapshot *live; /* the feeder's mapping */
static size_t size;

static struct {
	int writes, error;
	char path[64];
} store;

int __wrap_store_replace(const char *path, const void *bytes, size_t length, mode_t mode);

int __wrap_store_replace(const char *path, const void *bytes, size_t length, mode_t mode)
{
	(void)snprintf(store.path, sizeof(store.path), "%s", path);
	assert_int_equal(mode, 0644);
	assert_int_equal(((const char *)bytes)[0], '{');
	assert_int_equal(((const char *)bytes)[length - 1], '\n');
	store.writes++;
	return store.error;
}

static void fill_snapshot(void)
{
	struct board board;

	snapshot_write_begin(live);
	live->service_count = flat->service_count;
	live->check_count = flat->check_count;
	live->reboot_limit = 3;
	live->last_cause = END_REBOOT;
	live->last_why = CAUSE_STATUS;
	(void)snprintf(live->last_service, sizeof(live->last_service), "web");
	(void)snprintf(live->dog.identity, sizeof(live->dog.identity), "a \"dog\"");
	live->dog.timeout_ms = 10000;
	live->dog.fed_ms = NOW_MS - 250;
	live->dog.feeds = 42;
	live->helpers[HELPER_CHECKER] = (struct helper_state){.pid = 11, .restarts = 1};
	live->helpers[HELPER_ACTOR] = (struct helper_state){.pid = 12};
	live->ladder = (struct ladder){
	        .feed_until_ms = NOW_MS + 5000,
	        .since_ms = NOW_MS - 12999,
	        .unsettled = 1,
	        .state = BOARD_RECOVERING,
	        .service = 0,
	        .check = 1,
	        .cause = CAUSE_EXITED,
	};
	board = snapshot_board(live);
	board.services[0] = (struct service_state){
	        .health = HEALTH_DOWN, .restarts = 2, .attempts = 1, .since_ms = NOW_MS - 3000, .culprit = 1};
	board.services[1] = (struct service_state){.health = HEALTH_UNKNOWN, .since_ms = NOW_MS + 1};
	board.services[2] = (struct service_state){.health = HEALTH_UP, .since_ms = NOW_MS};
	slots[2].child = (struct child){.phase = CHILD_RUNS, .leader.pid = 815};
	slots[2].last_exit = (struct last_exit){
	        .known = true, .end = {.cause = CAUSE_EXIT_CODE, .detail = 3}, .at_ms = NOW_MS - 1500};
	board.checks[3] = (struct check_state){
	        .health = HEALTH_UP, .cause = CAUSE_OK, .detail = 0, .heard_ms = NOW_MS - 77, .took_ms = 3};
	board.checks[0] = (struct check_state){
	        .health = HEALTH_UP, .cause = CAUSE_OK, .detail = 0, .heard_ms = NOW_MS - 77, .took_ms = 3};
	board.checks[1] = (struct check_state){
	        .health = HEALTH_DOWN, .cause = CAUSE_EXITED, .detail = 4711, .heard_ms = NOW_MS - 3000, .streak = 2};
	board.checks[2] =
	        (struct check_state){.health = HEALTH_UNKNOWN, .cause = CAUSE_NONE, .heard_ms = NOW_MS - 9000};
	snapshot_write_end(live);
}

static int begin(void **state)
{
	int fd = memfd_create("snapshot", MFD_CLOEXEC);

	(void)state;
	size = snapshot_size(flat->service_count, flat->check_count);
	memset(&store, 0, sizeof(store));
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
		return -1;
	live = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int error = status_file_begin(&status, &orders, "/run/dog", "boot-id", fd);
	(void)close(fd);
	return error || live == MAP_FAILED ? -1 : 0;
}

static int finish(void **state)
{
	(void)state;
	status_file_end(&status, false, NOW_MS);
	munmap((void *)status.live, size);
	munmap(live, size);
	return 0;
}

/* P8, and the contract: the keys and words of status.json are relied on from outside. */
static void words_are_to_the_letter(void **state)
{
	static const char expected[] =
	        "{\"version\":1,\"state\":\"recovering\",\"since_s\":12,\"feeding\":true,\"lease_ms\":5000,"
	        "\"dog\":{\"device\":\"/run/stand-in\",\"identity\":\"a \\\"dog\\\"\",\"timeout_s\":10,\"fed_ago_ms\":250,"
	        "\"feeds\":42,\"failed_feeds\":0,\"lost\":false},"
	        "\"services\":{"
	        "\"web\":{\"health\":\"down\",\"since_s\":3,\"restarts\":2,\"attempts\":1,"
	        "\"waiting_for\":[\"database\"],\"checks\":["
	        "{\"name\":\"port\",\"kind\":\"tcp\",\"health\":\"up\",\"cause\":\"ok\",\"detail\":0,\"age_ms\":77,"
	        "\"took_ms\":3,\"failures\":0},"
	        "{\"name\":\"process\",\"kind\":\"process\",\"health\":\"down\",\"cause\":\"exited\",\"detail\":4711,"
	        "\"age_ms\":3000,\"took_ms\":0,\"failures\":2}]},"
	        "\"database\":{\"health\":\"unknown\",\"since_s\":0,\"restarts\":0,\"attempts\":0,"
	        "\"waiting_for\":[],\"checks\":["
	        "{\"name\":\"tcp\",\"kind\":\"tcp\",\"health\":\"unknown\",\"cause\":\"none\",\"detail\":0,\"age_ms\":null,"
	        "\"took_ms\":0,\"failures\":0}]},"
	        "\"bot\":{\"health\":\"up\",\"since_s\":0,\"restarts\":0,\"attempts\":0,\"waiting_for\":[],\"pid\":815,"
	        "\"last_exit\":{\"cause\":\"exit-code\",\"detail\":3,\"at_s\":98.5,\"ordered\":false},\"checks\":["
	        "{\"name\":\"run\",\"kind\":\"process\",\"health\":\"up\",\"cause\":\"ok\",\"detail\":0,\"age_ms\":77,"
	        "\"took_ms\":3,\"failures\":0}]}},"
	        "\"reboots\":{\"unsettled\":1,\"limit\":3,\"proven\":false},"
	        "\"last_boot\":{\"cause\":\"reboot\",\"service\":\"web\",\"check\":null,\"why\":\"status\",\"counted\":false},"
	        "\"helpers\":{\"checker\":{\"pid\":11,\"restarts\":1,\"dropped\":0},"
	        "\"actor\":{\"pid\":12,\"restarts\":0,\"dropped\":0},\"led\":{\"pid\":0,\"restarts\":0,\"dropped\":0}},"
	        "\"culprit\":{\"service\":\"web\",\"check\":\"process\",\"cause\":\"exited\"},"
	        "\"reason\":null,\"uncounted\":null,\"running\":true,\"boot\":\"boot-id\",\"at_ms\":100000,\"at_wall\":1700000000}";

	(void)state;
	fill_snapshot();
	assert_true(status_file_build(&status, true, NOW_MS, WALL_S));
	assert_string_equal(status.json.text, expected);
}

/* P1: feeding is what the lease says, to the millisecond; without the feeder nobody feeds. */
static void feeding_is_what_the_lease_says(void **state)
{
	(void)state;
	fill_snapshot();
	assert_true(status_file_build(&status, true, NOW_MS + 4999, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeding\":true,\"lease_ms\":1,"));
	assert_true(status_file_build(&status, true, NOW_MS + 5000, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeding\":false,\"lease_ms\":0,"));
	assert_true(status_file_build(&status, false, NOW_MS, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeding\":false,\"lease_ms\":0,"));
	assert_non_null(strstr(status.json.text, "\"running\":false"));
}

/*
 * P8: what the dog does not take does not feed it. It counted as feeding as long as the lease allowed it, so that a board whose
 * device failed was well in all that was shown of it, until the hardware reset it.
 */
static void feeding_is_what_the_dog_took(void **state)
{
	(void)state;
	fill_snapshot();
	live->ladder.feed_until_ms = NOW_MS + 60000;
	assert_true(status_file_build(&status, true, NOW_MS + 9749, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeding\":true,\"lease_ms\":50251,"));
	assert_true(status_file_build(&status, true, NOW_MS + 9750, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeding\":false,\"lease_ms\":0,"));
	live->dog.fed_ms = NEVER_MS;
	assert_true(status_file_build(&status, true, NOW_MS, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeding\":false,\"lease_ms\":0,"));
}

/* P7: the reason of a maintenance is shown while there is one. */
static void reason_is_shown_in_maintenance_only(void **state)
{
	(void)state;
	(void)snprintf(status.reason, sizeof(status.reason), "new \"disk\"");
	fill_snapshot();
	assert_true(status_file_build(&status, true, NOW_MS, WALL_S));
	assert_non_null(strstr(status.json.text, "\"reason\":null"));
	live->ladder.state = BOARD_MAINTENANCE;
	assert_true(status_file_build(&status, true, NOW_MS, WALL_S));
	assert_non_null(strstr(status.json.text, "\"reason\":\"new \\\"disk\\\"\""));
}

/* P6: why reboots cannot be counted is shown. */
static void uncounted_reboots_are_shown(void **state)
{
	(void)state;
	(void)snprintf(status.why_unstable, sizeof(status.why_unstable), "it is in memory");
	fill_snapshot();
	assert_true(status_file_build(&status, true, NOW_MS, WALL_S));
	assert_non_null(strstr(status.json.text, "\"uncounted\":\"it is in memory\""));
}

static void nothing_is_shown_before_the_first_snapshot(void **state)
{
	(void)state;
	assert_false(status_file_build(&status, true, NOW_MS, WALL_S));
	status_file_step(&status, true, NOW_MS);
	assert_int_equal(store.writes, 0);
	assert_int_equal(status.write_at_ms, NOW_MS + STATUS_RETRY_MS);
	fill_snapshot();
	status_file_step(&status, true, NOW_MS + STATUS_RETRY_MS - 1);
	assert_int_equal(store.writes, 0);
	status_file_step(&status, true, NOW_MS + STATUS_RETRY_MS);
	assert_int_equal(store.writes, 1);
	assert_string_equal(store.path, "/run/dog/status.json");
}

/* A feeder that died in the middle of a change leaves the last whole snapshot standing. */
static void torn_snapshot_keeps_the_last(void **state)
{
	(void)state;
	fill_snapshot();
	assert_true(status_file_build(&status, true, NOW_MS, WALL_S));
	snapshot_write_begin(live);
	live->dog.feeds = 99;
	assert_true(status_file_build(&status, true, NOW_MS + 1000, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeds\":42"));
	assert_non_null(strstr(status.json.text, "\"fed_ago_ms\":1250"));
	snapshot_write_end(live);
	assert_true(status_file_build(&status, true, NOW_MS + 1000, WALL_S));
	assert_non_null(strstr(status.json.text, "\"feeds\":99"));
}

/* A snapshot of another shape is not believed. */
static void foreign_snapshot_is_refused(void **state)
{
	(void)state;
	fill_snapshot();
	live->check_count++;
	assert_false(status_file_build(&status, true, NOW_MS, WALL_S));
	int fd = memfd_create("snapshot", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)size - 1), 0);
	struct status_file other;
	assert_int_equal(status_file_begin(&other, &orders, "/run/dog", "boot-id", fd), -EINVAL);
	(void)close(fd);
	assert_int_equal(status_file_begin(&other, &orders, "/run/dog", "boot-id", -1), -EBADF);
}

/* At most once a second; P9: a run folder that cannot be written costs nothing else. */
static void written_once_a_second(void **state)
{
	(void)state;
	fill_snapshot();
	store.error = -ENOSPC;
	for (int64_t now_ms = NOW_MS; now_ms < NOW_MS + 10000; now_ms += 10)
		status_file_step(&status, true, now_ms);
	assert_int_equal(store.writes, 10);
	status_file_step(&status, true, NOW_MS + 9999);
	assert_int_equal(store.writes, 10);
	status_file_step(&status, true, NOW_MS + 10000);
	assert_int_equal(store.writes, 11);
}

int main(void)
{
#define WITH_SNAPSHOT(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
	        WITH_SNAPSHOT(words_are_to_the_letter),
	        WITH_SNAPSHOT(feeding_is_what_the_lease_says),
	        WITH_SNAPSHOT(feeding_is_what_the_dog_took),
	        WITH_SNAPSHOT(reason_is_shown_in_maintenance_only),
	        WITH_SNAPSHOT(uncounted_reboots_are_shown),
	        WITH_SNAPSHOT(nothing_is_shown_before_the_first_snapshot),
	        WITH_SNAPSHOT(torn_snapshot_keeps_the_last),
	        WITH_SNAPSHOT(foreign_snapshot_is_refused),
	        WITH_SNAPSHOT(written_once_a_second),
	};

	flat = compile_text("test", yaml, sizeof(yaml) - 1, stderr);
	if (!flat)
		return 1;
	orders.flat = flat;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(flat);
	return failed;
}
