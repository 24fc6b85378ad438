/* SPDX-License-Identifier: MIT
 *
 * feeder/loss: a watchdog that takes no feed is reported once, and taken again when it returns.
 */
#include "feeder/loss.h"
#include "os/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct feeder feeder;
static struct snapshot snapshot;
static struct flat flat;
static struct event told[8];
static int told_count, retakes, retake_result, lines;

int __wrap_dog_retake(const struct flat *config, struct dog *dog, struct dog_state *state);
void __wrap_feeder_tell_helper(struct feeder *who, struct event event);
void __wrap_log_line(enum log_priority priority, const char *format, ...);

int __wrap_dog_retake(const struct flat *config, struct dog *dog, struct dog_state *state)
{
	(void)config;
	(void)state;
	retakes++;
	snprintf(dog->why, sizeof(dog->why), "%s", retake_result ? "it is another one" : "");
	return retake_result;
}

void __wrap_feeder_tell_helper(struct feeder *who, struct event event)
{
	(void)who;
	assert_true(told_count < 8);
	told[told_count++] = event;
}

void __wrap_log_line(enum log_priority priority, const char *format, ...)
{
	(void)format;
	assert_int_equal(priority, LOG_PRIORITY_ERROR);
	lines++;
}

static int begin(void **state)
{
	(void)state;
	memset(&feeder, 0, sizeof(feeder));
	memset(&snapshot, 0, sizeof(snapshot));
	memset(&flat, 0, sizeof(flat));
	feeder.snapshot = &snapshot;
	feeder.flat = &flat;
	told_count = retakes = retake_result = lines = 0;
	return 0;
}

/* P8, P10: a device that is gone is reported at the first feed, once, and so is its return, with how long it was gone. */
static void gone_and_back(void **state)
{
	(void)state;
	loss_note_feed(&feeder, 0, 1000);
	assert_int_equal(snapshot.dog.fed_ms, 1000);
	loss_note_feed(&feeder, -ENODEV, 2000);
	loss_note_feed(&feeder, -EBADF, 3000);
	assert_true(feeder.unfed);
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, EVENT_WATCHDOG_LOST);
	assert_int_equal(told[0].detail, ENODEV);
	assert_int_equal(snapshot.dog.lost, ENODEV);
	assert_int_equal(snapshot.dog.failed_feeds, 2);
	assert_int_equal(snapshot.dog.fed_ms, 1000);
	loss_note_feed(&feeder, 0, 7000);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[1].kind, EVENT_WATCHDOG_BACK);
	assert_int_equal(told[1].span_ms, 5000);
	assert_int_equal(snapshot.dog.lost, 0);
	assert_false(feeder.unfed);
}

/* P10: one feed that fails on a busy bus is not yet a loss, and a device that answers is not opened again. */
static void one_failed_feed_is_no_loss(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		loss_note_feed(&feeder, -EIO, 1000 + i);
		loss_note_feed(&feeder, 0, 2000 + i);
	}
	assert_int_equal(told_count, 0);
	loss_note_feed(&feeder, -EIO, 3000);
	loss_note_feed(&feeder, -EIO, 4000);
	assert_int_equal(told_count, 1);
	loss_retake(&feeder, 5000);
	assert_int_equal(retakes, 0);
}

/* P10: what is gone is tried once a second; why it is not taken is said once. */
static void tried_once_a_second(void **state)
{
	(void)state;
	loss_retake(&feeder, 0);
	assert_int_equal(retakes, 0);
	loss_note_feed(&feeder, -ENODEV, 1000);
	retake_result = -ENODEV;
	for (int64_t now_ms = 1000; now_ms < 11000; now_ms += 100)
		loss_retake(&feeder, now_ms);
	assert_int_equal(retakes, 10);
	assert_int_equal(lines, 1);
	retake_result = 0;
	loss_retake(&feeder, 11000);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[1].kind, EVENT_WATCHDOG_BACK);
	loss_retake(&feeder, 20000);
	assert_int_equal(retakes, 11);
}

/* What stands in for a device, and process 1's, is not opened again. */
static void only_real_devices_are_opened(void **state)
{
	(void)state;
	flat.watchdog.simulated = true;
	loss_note_feed(&feeder, -ENODEV, 1000);
	loss_retake(&feeder, 2000);
	flat.watchdog.simulated = false;
	flat.watchdog.via = VIA_SYSTEMD;
	loss_retake(&feeder, 3000);
	assert_int_equal(retakes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(gone_and_back, begin),
	        cmocka_unit_test_setup(one_failed_feed_is_no_loss, begin),
	        cmocka_unit_test_setup(tried_once_a_second, begin),
	        cmocka_unit_test_setup(only_real_devices_are_opened, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
