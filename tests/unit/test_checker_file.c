/* SPDX-License-Identifier: MIT
 *
 * How old a file is, on a board whose wall clock jumps; with files and a clock that the test plays.
 */
#include "checker/loop.h"
#include "checker/slow_gauge.h"
#include "os/channel/channel.h"
#include "os/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_AGE_MS = 10000 };

#define YEAR_MS INT64_C(31536000000)

static struct {
	int64_t now_ms;
	struct reading reading;
	enum worker_answer answer;
	int asked, sent;
	struct result last;
} played;

int64_t __wrap_clock_now_ms(void);
int __wrap_channel_send(int fd, const void *record, size_t size);
int __wrap_worker_ask(
        struct probe *probe, struct worker *worker, void (*ask)(void *block), const void *block, size_t size);
enum worker_answer __wrap_worker_take(struct probe *probe, struct worker *worker, int fd, void *block, size_t size);

int64_t __wrap_clock_now_ms(void)
{
	return played.now_ms;
}

int __wrap_channel_send(int fd, const void *record, size_t size)
{
	(void)fd;
	assert_int_equal(size, sizeof(played.last));
	memcpy(&played.last, record, size);
	played.sent++;
	return 0;
}

int __wrap_worker_ask(
        struct probe *probe, struct worker *worker, void (*ask)(void *block), const void *block, size_t size)
{
	(void)probe;
	(void)worker;
	(void)ask;
	(void)block;
	assert_int_equal(size, sizeof(played.reading));
	played.asked++;
	return 0;
}

enum worker_answer __wrap_worker_take(struct probe *probe, struct worker *worker, int fd, void *block, size_t size)
{
	(void)probe;
	(void)worker;
	(void)fd;
	memcpy(block, &played.reading, size);
	return played.answer;
}

struct scene {
	struct checker checker;
	struct check_rule rule;
	struct check_spec spec;
	struct flat flat;
	struct probe probe;
};

static void begin(struct scene *scene)
{
	memset(&played, 0, sizeof(played));
	*scene = (struct scene){
	        .rule = {.interval_ms = 1000, .timeout_ms = 500},
	        .spec = {.above = NO_LIMIT, .below = NO_LIMIT, .within_ms = MAX_AGE_MS},
	};
	scene->probe = (struct probe){
	        .checker = &scene->checker, .flat = &scene->flat, .rule = &scene->rule, .spec = &scene->spec};
	assert_int_equal(schedule_open(&scene->checker.schedule, 1), 0);
	assert_int_equal(check_file.init(&scene->probe), 0);
}

static void end(struct scene *scene)
{
	check_file.cleanup(&scene->probe);
	assert_null(scene->probe.own);
	schedule_close(&scene->checker.schedule);
}

/* One run at a time of our clock; the file was changed at `changed` and is so old by the wall clock. */
static void run(struct scene *scene, int64_t now_ms, int64_t changed, int64_t wall_age_ms)
{
	played.now_ms = now_ms;
	played.answer = WORKER_ANSWERED;
	played.reading = (struct reading){.file = {.size = 5, .changed_ns = changed, .age_ms = wall_age_ms}};
	scene->probe.started_ms = now_ms;
	scene->probe.reported = false;
	scene->probe.running = true;
	check_file.event(&scene->probe, 0);
	assert_false(scene->probe.running);
}

static void assert_good(void)
{
	assert_int_equal(played.last.outcome, OUTCOME_GOOD);
	assert_int_equal(played.last.detail, 5);
}

static void assert_old(int32_t age_s)
{
	assert_int_equal(played.last.outcome, OUTCOME_BAD);
	assert_int_equal(played.last.cause, CAUSE_OLD);
	assert_int_equal(played.last.detail, age_s);
}

static void to_the_millisecond(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	run(&scene, 1000000, 7, 2000);
	assert_good();
	run(&scene, 1008000, 7, 10000);
	assert_good();
	run(&scene, 1008001, 7, 10001);
	assert_old(10);
	run(&scene, 1009000, 8, 300);
	assert_good();
	run(&scene, 1018700, 8, 10000);
	assert_good();
	run(&scene, 1018701, 8, 10001);
	assert_old(10);
	end(&scene);
}

/* P3: a wall clock that is set makes no file old. */
static void the_wall_clock_jumps_ahead(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	run(&scene, 1000, 7, 500);
	run(&scene, 2000, 7, 1500 + 20 * YEAR_MS);
	assert_good();
	/* The writing of before the jump is seen after it: it is no older than the last look. */
	run(&scene, 3000, 8, 100 + 20 * YEAR_MS);
	assert_good();
	run(&scene, 12000, 8, 9100 + 20 * YEAR_MS);
	assert_good();
	run(&scene, 12001, 8, 9101 + 20 * YEAR_MS);
	assert_old(10);
	end(&scene);
}

/* P4: nor does one that goes back keep a dead file fresh. */
static void the_wall_clock_jumps_back(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	run(&scene, 1000, 7, 0);
	run(&scene, 6000, 7, -YEAR_MS);
	assert_good();
	run(&scene, 11001, 7, -YEAR_MS);
	assert_old(10);
	end(&scene);
	/* A file of the future is new when it is first seen, and then ages like others. */
	begin(&scene);
	run(&scene, 1000, 7, -YEAR_MS);
	assert_good();
	run(&scene, 11001, 7, -YEAR_MS);
	assert_old(10);
	end(&scene);
}

/* Old from the start, as a program that has been dead since before we came. */
static void old_at_first_sight(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	run(&scene, 1000, 7, 3600000);
	assert_old(3600);
	end(&scene);
}

static void away_and_back(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	run(&scene, 1000, 7, 0);
	played.reading = (struct reading){.error = ENOENT};
	scene.probe.started_ms = 5000;
	scene.probe.reported = false;
	check_file.event(&scene.probe, 0);
	assert_int_equal(played.last.outcome, OUTCOME_BAD);
	assert_int_equal(played.last.cause, CAUSE_ABSENT);
	assert_int_equal(played.last.detail, ENOENT);
	/* The same writing, as where a mount came back. */
	run(&scene, 11001, 7, 10001);
	assert_old(10);
	run(&scene, 12000, 8, YEAR_MS);
	assert_good();
	end(&scene);
}

/* An answer that a run has not waited for says nothing; one that waits now asks again. */
static void an_answer_that_came_too_late(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	played.answer = WORKER_LATE;
	scene.probe.running = false;
	check_file.event(&scene.probe, 0);
	assert_int_equal(played.asked, 0);
	scene.probe.running = true;
	check_file.event(&scene.probe, 0);
	assert_int_equal(played.asked, 1);
	played.answer = WORKER_NOTHING;
	check_file.event(&scene.probe, 0);
	assert_int_equal(played.asked, 1);
	assert_int_equal(played.sent, 0);
	end(&scene);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(to_the_millisecond),
	        cmocka_unit_test(the_wall_clock_jumps_ahead),
	        cmocka_unit_test(the_wall_clock_jumps_back),
	        cmocka_unit_test(old_at_first_sight),
	        cmocka_unit_test(away_and_back),
	        cmocka_unit_test(an_answer_that_came_too_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
