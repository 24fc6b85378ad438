/* SPDX-License-Identifier: MIT
 *
 * Any bytes on the channels between the programs: a record that is believed has every field in its range, comes from the
 * sender that is believed, is newer than the last, and not from the future. All others are counted and change nothing.
 */
#include "fuzz.h"

#include "core/record.h"
#include "core/rules.h"
#include "core/state.h"

#include <string.h>

enum { SERVICES = 3, CHECKS = 5, RECORD_SIZE = 64, FITTING = 16 };

/* The fields that every record begins with. */
struct head {
	uint32_t generation, sequence;
	int64_t at_ms;
};

struct hearing {
	struct channel_state before, channel;
	int64_t now_ms;
	uint8_t record[RECORD_SIZE];
	size_t size;
};

static void check_result(struct hearing *hearing)
{
	struct result out;

	if (!record_take_result(&hearing->channel, hearing->record, hearing->size, CHECKS, hearing->now_ms, &out))
		return;
	must(out.check < CHECKS && out.outcome < OUTCOME_COUNT && out.cause < CAUSE_COUNT &&
	        out.conclusive < CONCLUSIVE_COUNT);
	must(out.started_ms >= 0 && out.started_ms <= hearing->now_ms);
	must(out.seen_ms >= 0 && out.seen_ms <= out.started_ms);
}

static void check_event(struct hearing *hearing)
{
	struct event out;

	if (!record_take_event(
	            &hearing->channel, hearing->record, hearing->size, SERVICES, CHECKS, hearing->now_ms, &out))
		return;
	must(out.kind < EVENT_KIND_COUNT && out.state < BOARD_STATE_COUNT && out.cause < CAUSE_COUNT);
	must(out.service < SERVICES || out.service == NO_INDEX);
	must(out.check < CHECKS || out.check == NO_INDEX);
	must(out.helper <= HELPER_NONE && out.at_ms >= 0 && out.at_ms <= hearing->now_ms);
}

static void check_led_news(struct hearing *hearing)
{
	struct led_news out;

	if (!record_take_led_news(&hearing->channel, hearing->record, hearing->size, hearing->now_ms, &out))
		return;
	must(out.pattern < LED_PATTERN_COUNT && out.number <= MAX_SERVICES && out.at_ms <= hearing->now_ms);
	/* What it shows at any time is one of its slots. */
	(void)led_pattern_looks((enum led_pattern)out.pattern);
}

static void check_storage_news(struct hearing *hearing)
{
	struct storage_news out;

	if (!record_take_storage_news(&hearing->channel, hearing->record, hearing->size, hearing->now_ms, &out))
		return;
	must(out.stable <= 1 && out.error >= 0 && out.at_ms >= 0 && out.at_ms <= hearing->now_ms);
}

/* Random bytes hardly ever continue a sequence, so some are made to. */
static void make_fitting(struct hearing *hearing)
{
	struct head head;

	memcpy(&head, hearing->record, sizeof(head));
	head.generation = hearing->channel.generation;
	head.sequence = hearing->channel.sequence + 1;
	head.at_ms = hearing->now_ms - head.at_ms % 4096;
	memcpy(hearing->record, &head, sizeof(head));
}

static void check_channel(const struct hearing *hearing)
{
	const struct channel_state *before = &hearing->before, *after = &hearing->channel;
	struct head head;

	memcpy(&head, hearing->record, sizeof(head));
	if (after->dropped != before->dropped) {
		must(after->dropped == before->dropped + 1 && after->sequence == before->sequence);
		return;
	}
	must(head.generation == before->generation && after->sequence == head.sequence);
	must((int32_t)(head.sequence - before->sequence) > 0);
	must(after->generation == before->generation);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static void (*const checks[])(struct hearing *) = {
	        check_result, check_event, check_led_news, check_storage_news};
	static const size_t sizes[] = {
	        sizeof(struct result), sizeof(struct event), sizeof(struct led_news), sizeof(struct storage_news)};
	struct input input = {bytes, size};
	struct hearing hearing = {.now_ms = (int64_t)(take_number(&input, 4) + 1)};

	hearing.channel = (struct channel_state){
	        .generation = (uint32_t)take_number(&input, 1), .sequence = (uint32_t)take_number(&input, 4)};
	while (input.size > 0) {
		uint8_t how = take_byte(&input);
		unsigned kind = how % 4;

		hearing.size = sizes[kind];
		if (how & 0x80)
			hearing.size = take_byte(&input) % (RECORD_SIZE + 1);
		(void)take_some(&input, hearing.record, hearing.size);
		if (how & FITTING)
			make_fitting(&hearing);
		hearing.before = hearing.channel;
		checks[kind](&hearing);
		check_channel(&hearing);
	}
	return 0;
}
