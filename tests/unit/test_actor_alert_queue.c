/* SPDX-License-Identifier: MIT
 *
 * publish/alert_queue: what waits, what is left out, and that it is counted.
 */
#include "publish/alert_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW_MS = 1000 };

static struct alert_queue queue;

static struct alert_message message_of(int number, uint16_t service, bool always)
{
	struct alert_message message = {.wall_s = number, .event.service = service, .always = always};

	(void)snprintf(message.text, sizeof(message.text), "message %d", number);
	return message;
}

static void add_of(uint16_t service, int number, int64_t now_ms)
{
	struct alert_message message = message_of(number, service, false);

	alert_queue_add(&queue, &message, false, now_ms);
}

static void add(int number, bool always, bool first_is_sent, int64_t now_ms)
{
	struct alert_message message = message_of(number, 0, always);

	alert_queue_add(&queue, &message, first_is_sent, now_ms);
}

/* What comes too fast is counted, and the last of it is told when its turn comes, to the millisecond. */
static void the_last_word_is_told(void **state)
{
	(void)state;
	alert_queue_begin(&queue, NOW_MS);
	assert_int_equal(alert_queue_release_ms(&queue), FOREVER_MS);
	for (int i = 0; i < ALERT_SHARE + 5; i++)
		add(i, false, false, NOW_MS);
	assert_int_equal(queue.count, ALERT_SHARE);
	assert_int_equal(alert_queue_release_ms(&queue), NOW_MS + ALERT_SHARE_EACH_MS);
	assert_false(alert_queue_release(&queue, false, NOW_MS + ALERT_SHARE_EACH_MS - 1));
	assert_true(alert_queue_release(&queue, false, NOW_MS + ALERT_SHARE_EACH_MS));
	assert_int_equal(queue.messages[ALERT_SHARE].wall_s, ALERT_SHARE + 4);
	assert_int_equal(queue.messages[ALERT_SHARE].missed, 4);
	assert_false(alert_queue_release(&queue, false, NOW_MS + 10 * ALERT_SHARE_EACH_MS));
	assert_int_equal(alert_queue_release_ms(&queue), FOREVER_MS);
}

/* One service that flaps without end leaves room for the first words of another, and neither's last word is the other's. */
static void one_that_flaps_silences_no_other(void **state)
{
	(void)state;
	alert_queue_begin(&queue, NOW_MS);
	for (int i = 0; i < 100; i++)
		add_of(0, i, NOW_MS);
	for (int64_t now_ms = NOW_MS; now_ms < NOW_MS + 3600000; now_ms += 1000) {
		add_of(0, 100, now_ms);
		while (alert_queue_release(&queue, false, now_ms))
			alert_queue_sent(&queue);
		while (queue.count > 0)
			alert_queue_sent(&queue);
	}
	int64_t later_ms = NOW_MS + 3600000;
	add_of(1, 1000, later_ms);
	assert_int_equal(queue.count, 1);
	assert_int_equal(queue.messages[0].wall_s, 1000);
	assert_int_equal(queue.messages[0].missed, 0);
	alert_queue_sent(&queue);
	/* Both are silent from here on; each has its last word. */
	for (int i = 0; i < 100; i++)
		add_of(1, 1001 + i, later_ms);
	add_of(0, 101, later_ms);
	bool told[2] = {false, false};
	for (int64_t now_ms = later_ms; alert_queue_release_ms(&queue) != FOREVER_MS || queue.count > 0;) {
		for (; queue.count > 0; alert_queue_sent(&queue)) {
			told[0] = told[0] || queue.messages[0].wall_s == 101;
			told[1] = told[1] || queue.messages[0].wall_s == 1100;
		}
		if (alert_queue_release_ms(&queue) != FOREVER_MS && alert_queue_release_ms(&queue) > now_ms)
			now_ms = alert_queue_release_ms(&queue);
		(void)alert_queue_release(&queue, false, now_ms);
	}
	assert_true(told[0] && told[1]);
}

/* More services than are told apart: still all are heard, and all together at most so much. */
static void many_that_flap_are_one(void **state)
{
	(void)state;
	alert_queue_begin(&queue, NOW_MS);
	for (int i = 0; i < 1000; i++)
		add_of((uint16_t)(i % 40), i, NOW_MS);
	assert_int_equal(queue.count, ALERT_BURST);
	int64_t now_ms = NOW_MS;
	for (int i = 0; i < ALERT_SOURCES; i++) {
		now_ms = alert_queue_release_ms(&queue);
		assert_true(alert_queue_release(&queue, false, now_ms));
	}
	assert_int_equal(alert_queue_release_ms(&queue), FOREVER_MS);
	uint32_t told = queue.count;
	for (uint32_t i = 0; i < queue.count; i++)
		told += queue.messages[i].missed;
	assert_int_equal(told, 1000);
}

/* No ten minutes have more than twenty. */
static void the_rate_is_bounded(void **state)
{
	enum { STEP_MS = 1000, WINDOW_MS = 600000 };
	int64_t sent_ms[400] = {0};
	unsigned sent = 0;

	(void)state;
	alert_queue_begin(&queue, NOW_MS);
	for (int64_t now_ms = NOW_MS; now_ms < NOW_MS + 24 * 3600000LL; now_ms += STEP_MS) {
		add_of((uint16_t)(now_ms / STEP_MS % 3), 0, now_ms);
		while (alert_queue_release(&queue, false, now_ms))
			;
		for (; queue.count > 0; alert_queue_sent(&queue)) {
			assert_true(sent < 400);
			sent_ms[sent++] = now_ms;
			assert_true(sent <= 20 || now_ms - sent_ms[sent - 21] >= WINDOW_MS);
		}
	}
	assert_true(sent > 200);
}

/* P14: a reboot and the like is told however much another service has to say. */
static void what_is_rare_is_never_held_back(void **state)
{
	(void)state;
	alert_queue_begin(&queue, NOW_MS);
	for (int i = 0; i < ALERT_SHARE + 3; i++)
		add(i, false, false, NOW_MS);
	add(99, true, false, NOW_MS);
	assert_int_equal(queue.count, ALERT_SHARE + 1);
	assert_int_equal(queue.messages[ALERT_SHARE].wall_s, 99);
	assert_int_equal(queue.messages[ALERT_SHARE].missed, 3);
	/* What was held back is counted, and old news now. */
	assert_int_equal(alert_queue_release_ms(&queue), FOREVER_MS);
}

/* P14: nor does it give way where the receiver is away and the queue is full of what is not rare. */
static void what_is_rare_is_left_out_last(void **state)
{
	(void)state;
	for (int sent = 0; sent <= 1; sent++) {
		int64_t now_ms = NOW_MS;
		alert_queue_begin(&queue, now_ms);
		add(0, false, false, now_ms);
		add(1000, true, false, now_ms);
		for (int i = 1; i < 2 * ALERT_QUEUE_LAST; i++, now_ms += 2LL * ALERT_SHARE_EACH_MS)
			add(i, false, sent == 1, now_ms);
		assert_int_equal(queue.count, ALERT_QUEUE_LAST);
		assert_int_equal(queue.messages[sent].wall_s, 1000);
		assert_int_equal(queue.messages[0].wall_s, sent ? 0 : 1000);
		uint32_t told = queue.count;
		for (uint32_t i = 0; i < queue.count; i++)
			told += queue.messages[i].missed;
		assert_int_equal(told, 2 * ALERT_QUEUE_LAST + 1);
	}
}

/* The oldest is left out and counted by the next, but never the one that is being sent. */
static void a_full_queue_drops_the_oldest(void **state)
{
	for (int sent = 0; sent <= 1; sent++) {
		(void)state;
		alert_queue_begin(&queue, NOW_MS);
		for (int i = 0; i < ALERT_QUEUE_LAST + 10; i++)
			add(i, true, sent == 1, NOW_MS);
		assert_int_equal(queue.count, ALERT_QUEUE_LAST);
		assert_int_equal(queue.messages[0].wall_s, sent ? 0 : 10);
		assert_int_equal(queue.messages[sent].wall_s, 10 + sent);
		assert_int_equal(queue.messages[sent].missed, 10);
		assert_int_equal(queue.messages[sent + 1].missed, 0);
		assert_int_equal(queue.messages[ALERT_QUEUE_LAST - 1].wall_s, ALERT_QUEUE_LAST + 9);
	}
	for (uint32_t left = ALERT_QUEUE_LAST; left > 0; left--) {
		assert_int_equal(queue.count, left);
		alert_queue_sent(&queue);
	}
	alert_queue_sent(&queue);
	assert_int_equal(queue.count, 0);
}

/* P18: a message that its receiver refuses for good is gone, and the next one says that it is missing. */
static void a_refused_message_is_counted(void **state)
{
	(void)state;
	alert_queue_begin(&queue, NOW_MS);
	add(0, false, false, NOW_MS);
	add(1, false, false, NOW_MS);
	alert_queue_refused(&queue);
	assert_int_equal(queue.count, 1);
	assert_int_equal(queue.messages[0].missed, 1);
	alert_queue_refused(&queue);
	assert_int_equal(queue.count, 0);
}

/* It is kept whole or not at all: every byte that is changed, and every length, is found out. */
static void only_what_is_whole_is_taken(void **state)
{
	char path[] = "/tmp/feeddog-queue-XXXXXX";
	static struct alert_queue taken;
	static unsigned char bytes[16384];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	alert_queue_begin(&queue, NOW_MS);
	for (int i = 0; i < 5; i++)
		add(i, false, false, NOW_MS);
	assert_int_equal(alert_queue_keep(path, 7, &queue), 0);
	(void)close(fd);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	assert_true(alert_queue_take(path, 7, &taken));
	assert_int_equal(taken.count, 5);
	assert_memory_equal(taken.messages, queue.messages, 5 * sizeof(queue.messages[0]));
	assert_false(alert_queue_take(path, 8, &taken));
	assert_false(alert_queue_take("/no/such/file", 7, &taken));
	for (size_t i = 0; i < 2 * size; i += 7) {
		file = fopen(path, "w");
		assert_non_null(file);
		bytes[i % size] ^= 0x10;
		(void)fwrite(bytes, 1, i < size ? size : i - size, file);
		bytes[i % size] ^= 0x10;
		(void)fclose(file);
		assert_false(alert_queue_take(path, 7, &taken));
	}
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_last_word_is_told),
	        cmocka_unit_test(one_that_flaps_silences_no_other),
	        cmocka_unit_test(many_that_flap_are_one),
	        cmocka_unit_test(the_rate_is_bounded),
	        cmocka_unit_test(what_is_rare_is_never_held_back),
	        cmocka_unit_test(what_is_rare_is_left_out_last),
	        cmocka_unit_test(a_full_queue_drops_the_oldest),
	        cmocka_unit_test(a_refused_message_is_counted),
	        cmocka_unit_test(only_what_is_whole_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
