/* SPDX-License-Identifier: MIT
 *
 * Length, generation, sequence, every enum, every index, and a time that is not in the future: a record is believed when
 * all of them are right.
 */
#include "record.h"

#include "rules.h"
#include "state.h"

#include <string.h>

/* The sender's clock is the receiver's, so a time after now cannot be. Sequences may wrap: newer is what lies ahead. */
static bool fits(
        const struct channel_state *channel, uint32_t generation, uint32_t sequence, int64_t at_ms, int64_t now_ms)
{
	return generation == channel->generation && sequence - channel->sequence - 1 < INT32_MAX && at_ms >= 0 &&
	        at_ms <= now_ms;
}

static bool index_fits(uint16_t index, uint16_t count)
{
	return index == NO_INDEX || index < count;
}

static bool all_zero(const uint8_t bytes[], size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static bool judge(struct channel_state *channel, bool believed, uint32_t sequence)
{
	if (believed)
		channel->sequence = sequence;
	else
		channel->dropped++;
	return believed;
}

bool record_take_result(struct channel_state *channel, const void *record, size_t size, uint16_t check_count,
        int64_t now_ms, struct result *out)
{
	if (size != sizeof(*out))
		return judge(channel, false, 0);
	memcpy(out, record, sizeof(*out));
	return judge(channel,
	        fits(channel, out->generation, out->sequence, out->started_ms, now_ms) && out->seen_ms >= 0 &&
	                out->seen_ms <= out->started_ms && out->check < check_count && out->outcome < OUTCOME_COUNT &&
	                out->cause < CAUSE_COUNT && out->conclusive < CONCLUSIVE_COUNT &&
	                all_zero(out->reserved, sizeof(out->reserved)),
	        out->sequence);
}

bool record_take_event(struct channel_state *channel, const void *record, size_t size, uint16_t service_count,
        uint16_t check_count, int64_t now_ms, struct event *out)
{
	if (size != sizeof(*out))
		return judge(channel, false, 0);
	memcpy(out, record, sizeof(*out));
	return judge(channel,
	        fits(channel, out->generation, out->sequence, out->at_ms, now_ms) &&
	                index_fits(out->service, service_count) && index_fits(out->check, check_count) &&
	                out->kind < EVENT_KIND_COUNT && out->state < BOARD_STATE_COUNT && out->cause < CAUSE_COUNT &&
	                out->helper <= HELPER_NONE && out->why < HOLD_WHY_COUNT &&
	                all_zero(out->reserved, sizeof(out->reserved)),
	        out->sequence);
}

bool record_take_led_news(
        struct channel_state *channel, const void *record, size_t size, int64_t now_ms, struct led_news *out)
{
	if (size != sizeof(*out))
		return judge(channel, false, 0);
	memcpy(out, record, sizeof(*out));
	return judge(channel,
	        fits(channel, out->generation, out->sequence, out->at_ms, now_ms) && out->pattern < LED_PATTERN_COUNT &&
	                out->number <= MAX_SERVICES && all_zero(out->reserved, sizeof(out->reserved)),
	        out->sequence);
}

bool record_take_storage_news(
        struct channel_state *channel, const void *record, size_t size, int64_t now_ms, struct storage_news *out)
{
	if (size != sizeof(*out))
		return judge(channel, false, 0);
	memcpy(out, record, sizeof(*out));
	return judge(channel,
	        fits(channel, out->generation, out->sequence, out->at_ms, now_ms) && out->stable <= 1 &&
	                out->refused <= 1 && out->error >= 0 && all_zero(out->reserved, sizeof(out->reserved)),
	        out->sequence);
}

bool record_take_control(const void *record, size_t size, struct control *out)
{
	if (size != sizeof(*out))
		return false;
	memcpy(out, record, sizeof(*out));
	if (out->magic != CONTROL_MAGIC || out->verb >= CONTROL_COUNT || out->reserved != 0)
		return false;
	if (out->verb == CONTROL_HOLD)
		return out->duration_ms >= 1000 && out->duration_ms <= (uint32_t)MAX_HOLD_S * 1000;
	if (out->verb == CONTROL_DRILL)
		return out->duration_ms <= (uint32_t)MAX_HOLD_S * 1000;
	return out->duration_ms == 0;
}
