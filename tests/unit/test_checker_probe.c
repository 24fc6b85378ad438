/* SPDX-License-Identifier: MIT
 *
 * When a run begins, what it sends, and whose fault a timeout is, with a clock and a channel that the test plays.
 */
#include "checker/loop.h"
#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct {
	int64_t now_ms;
	int send_error;
	int sent, told;
	struct result last;
} played;

int64_t __wrap_clock_now_ms(void);
int __wrap_channel_send(int fd, const void *record, size_t size);
void __wrap_log_line(enum log_priority priority, const char *format, ...);

int64_t __wrap_clock_now_ms(void)
{
	return played.now_ms;
}

int __wrap_channel_send(int fd, const void *record, size_t size)
{
	(void)fd;
	assert_int_equal(size, sizeof(played.last));
	if (played.send_error)
		return played.send_error;
	memcpy(&played.last, record, size);
	played.sent++;
	return 0;
}

void __wrap_log_line(enum log_priority priority, const char *format, ...)
{
	(void)priority;
	(void)format;
	played.told++;
}

struct world {
	struct checker checker;
	struct probe probe;
	struct check_rule rule;
};

static const struct verdict good = {.outcome = OUTCOME_GOOD, .cause = CAUSE_OK, .detail = 200};

/* A probe every 100 ms with 60 ms for each; the first was due at 1000. */
static void begin(struct world *world)
{
	memset(&played, 0, sizeof(played));
	played.now_ms = 1000;
	*world = (struct world){
	        .rule = {.interval_ms = 100, .timeout_ms = 60},
	        .checker.generation = 9,
	        .probe = {.check = 3, .due_ms = 1000},
	};
	world->probe.checker = &world->checker;
	world->probe.rule = &world->rule;
	assert_int_equal(schedule_open(&world->checker.schedule, 1), 0);
}

static void due_on_the_grid(void **state)
{
	/* When the run starts, and when the next one is due. */
	static const int64_t cases[][2] = {
	        {1000, 1100}, {1001, 1100}, {1099, 1100}, {1100, 1200}, {1101, 1200}, {1999, 2000}, {1000000, 1000100}};
	struct world world;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&world);
		played.now_ms = cases[i][0];
		probe_stamp(&world.probe);
		assert_int_equal(world.probe.started_ms, cases[i][0]);
		assert_int_equal(world.probe.due_ms, cases[i][1]);
		schedule_close(&world.checker.schedule);
	}
}

static void a_run_sends_one_result(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	probe_stamp(&world.probe);
	world.probe.running = true;
	played.now_ms = 1042;
	probe_report(&world.probe, good);
	probe_end(&world.probe, cannot_probe(EIO));
	assert_int_equal(played.sent, 1);
	assert_int_equal(played.last.generation, 9);
	assert_int_equal(played.last.sequence, 1);
	assert_int_equal(played.last.started_ms, 1000);
	assert_int_equal(played.last.took_ms, 42);
	assert_int_equal(played.last.check, 3);
	assert_int_equal(played.last.outcome, OUTCOME_GOOD);
	assert_int_equal(played.last.detail, 200);
	assert_false(world.probe.running);
	assert_int_equal(schedule_next_ms(&world.checker.schedule), 1100);
	schedule_close(&world.checker.schedule);
}

static void between_runs(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	probe_stamp(&world.probe);
	probe_end(&world.probe, good);
	played.now_ms = 1070;
	probe_notice(&world.probe,
	        (struct verdict){.outcome = OUTCOME_BAD,
	                .cause = CAUSE_EXITED,
	                .detail = 77,
	                .conclusive = CONCLUSIVE_YES,
	                .seen_ms = 1020});
	assert_int_equal(played.last.started_ms, 1070);
	assert_int_equal(played.last.seen_ms, 1020);
	assert_int_equal(played.last.took_ms, 0);
	assert_int_equal(played.last.sequence, 2);
	assert_int_equal(played.last.conclusive, CONCLUSIVE_YES);
	assert_int_equal(world.probe.due_ms, 1100);
	probe_look_at(&world.probe, 1090);
	assert_int_equal(schedule_next_ms(&world.checker.schedule), 1090);
	probe_look_at(&world.probe, 1190);
	assert_int_equal(schedule_next_ms(&world.checker.schedule), 1100);
	schedule_close(&world.checker.schedule);
}

/* P4: a checker that was kept from its own deadline knows nothing. */
static void whose_timeout(void **state)
{
	struct world world;
	int64_t edge_ms = 1060 + LATE_ALLOWANCE_MS / 2;

	(void)state;
	begin(&world);
	probe_stamp(&world.probe);
	for (played.now_ms = edge_ms - 1; played.now_ms <= edge_ms + 1; played.now_ms++) {
		struct verdict verdict = probe_timeout_verdict(&world.probe);

		assert_int_equal(verdict.outcome, played.now_ms > edge_ms ? OUTCOME_UNKNOWN : OUTCOME_BAD);
		assert_int_equal(verdict.cause, played.now_ms > edge_ms ? CAUSE_LATE : CAUSE_TIMEOUT);
	}
	schedule_close(&world.checker.schedule);
}

/* P4: results that are not taken are counted, told of once in a while, and leave a gap. */
static void feeder_that_does_not_read(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	played.send_error = -EAGAIN;
	for (int i = 0; i < 5; i++)
		probe_notice(&world.probe, good);
	assert_int_equal(world.checker.unsent, 5);
	assert_false(world.checker.over);
	played.send_error = 0;
	probe_notice(&world.probe, good);
	assert_int_equal(played.last.sequence, 6);
	assert_int_equal(played.told, 1);
	played.send_error = -EAGAIN;
	probe_notice(&world.probe, good);
	played.send_error = 0;
	probe_notice(&world.probe, good);
	assert_int_equal(played.told, 1);
	played.now_ms += 10000;
	probe_notice(&world.probe, good);
	assert_int_equal(played.told, 2);
	schedule_close(&world.checker.schedule);
}

static void feeder_that_is_gone(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	played.send_error = -EPIPE;
	probe_notice(&world.probe, good);
	assert_true(world.checker.over);
	schedule_close(&world.checker.schedule);
}

/* One run that takes no time, at the time at which it is due; returns when the next one is due. */
static int64_t run_at(struct world *world, struct verdict verdict, int64_t at_ms)
{
	played.now_ms = at_ms;
	probe_stamp(&world->probe);
	probe_end(&world->probe, verdict);
	assert_int_equal(world->probe.timer.at_ms, world->probe.due_ms);
	return world->probe.due_ms;
}

/* P2: after a failure the next run is due after the retry interval, until `retries` have failed in a row. */
static void asked_again_soon_after_a_failure(void **state)
{
	const struct verdict bad = {.outcome = OUTCOME_BAD, .cause = CAUSE_REFUSED};
	const struct verdict warning = {.outcome = OUTCOME_WARNING, .cause = CAUSE_WARNING};
	struct world world;

	(void)state;
	begin(&world);
	world.rule = (struct check_rule){.interval_ms = 100, .retry_interval_ms = 10, .timeout_ms = 60, .retries = 3};
	assert_int_equal(run_at(&world, bad, 1000), 1010);
	assert_int_equal(run_at(&world, cannot_probe(EMFILE), 1010), 1110);
	assert_int_equal(run_at(&world, is_blind(ENOENT), 1110), 1210);
	assert_int_equal(run_at(&world, bad, 1210), 1220);
	assert_int_equal(run_at(&world, bad, 1220), 1320);
	assert_int_equal(run_at(&world, bad, 1320), 1420);
	assert_int_equal(run_at(&world, good, 1420), 1520);
	assert_int_equal(run_at(&world, bad, 1520), 1530);
	assert_int_equal(run_at(&world, warning, 1530), 1630);
	assert_int_equal(run_at(&world, bad, 1630), 1640);
	schedule_close(&world.checker.schedule);
}

/* P2: the retry interval is measured from start to start, and a probe that took longer is followed at once. */
static void no_retry_before_the_probe_has_ended(void **state)
{
	const struct verdict bad = {.outcome = OUTCOME_BAD, .cause = CAUSE_TIMEOUT};
	struct world world;

	(void)state;
	begin(&world);
	world.rule = (struct check_rule){.interval_ms = 100, .retry_interval_ms = 10, .timeout_ms = 60, .retries = 3};
	probe_stamp(&world.probe);
	played.now_ms = 1060;
	probe_end(&world.probe, bad);
	assert_int_equal(world.probe.due_ms, 1010);
	assert_ptr_equal(schedule_take_due(&world.checker.schedule, 1060), &world.probe.timer);
	schedule_close(&world.checker.schedule);
}

/* P5: a failure that needs no retries needs none of the soon ones either. */
static void conclusive_is_asked_again_at_leisure(void **state)
{
	const struct verdict gone = {
	        .outcome = OUTCOME_BAD, .cause = CAUSE_EXITED, .conclusive = CONCLUSIVE_YES, .detail = 7};
	struct world world;

	(void)state;
	begin(&world);
	world.rule = (struct check_rule){.interval_ms = 100, .retry_interval_ms = 10, .timeout_ms = 60, .retries = 3};
	assert_int_equal(run_at(&world, gone, 1000), 1100);
	assert_int_equal(run_at(&world, gone, 1100), 1200);
	schedule_close(&world.checker.schedule);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(asked_again_soon_after_a_failure),
	        cmocka_unit_test(no_retry_before_the_probe_has_ended),
	        cmocka_unit_test(conclusive_is_asked_again_at_leisure),
	        cmocka_unit_test(due_on_the_grid),
	        cmocka_unit_test(a_run_sends_one_result),
	        cmocka_unit_test(between_runs),
	        cmocka_unit_test(whose_timeout),
	        cmocka_unit_test(feeder_that_does_not_read),
	        cmocka_unit_test(feeder_that_is_gone),
	};

	return cmocka_run_group_tests_name("checker/probe", tests, NULL, NULL);
}
