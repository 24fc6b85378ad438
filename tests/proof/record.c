/* SPDX-License-Identifier: MIT
 *
 * Records: whatever bytes come, only what is right in every field is believed, and nothing is read beyond their end.
 */
#include "core/record.h"

#include "core/rules.h"
#include "core/state.h"
#include "prove.h"

#include <stdlib.h>

enum { RECORD_LAST = 64 };

struct scene {
	struct channel_state was;
	struct channel_state channel;
	uint16_t service_count;
	uint16_t check_count;
	int64_t now_ms;
	size_t size;
	uint8_t *record; /* of exactly that size */
};

static void any_scene(struct scene *scene)
{
	ASSUME(scene->size <= RECORD_LAST);
	scene->record = malloc(scene->size);
	ASSUME(scene->record);
	scene->channel = scene->was;
}

static bool is_newer(const struct scene *scene, uint32_t generation, uint32_t sequence, int64_t at_ms)
{
	uint32_t ahead = sequence - scene->was.sequence;

	return generation == scene->was.generation && ahead >= 1 && ahead <= INT32_MAX && 0 <= at_ms &&
	        at_ms <= scene->now_ms && scene->channel.sequence == sequence &&
	        scene->channel.dropped == scene->was.dropped;
}

static bool is_refused(const struct scene *scene)
{
	return scene->channel.sequence == scene->was.sequence && scene->channel.generation == scene->was.generation &&
	        scene->channel.dropped == scene->was.dropped + 1;
}

void prove_result(void)
{
	struct scene scene;
	struct result out;
	bool taken;

	any_scene(&scene);
	taken = record_take_result(&scene.channel, scene.record, scene.size, scene.check_count, scene.now_ms, &out);
	PROVE(!taken || is_newer(&scene, out.generation, out.sequence, out.started_ms),
	        "P4: a result is newer than the last, of the checker that is believed, and not of the future");
	PROVE(!taken ||
	                (out.check < scene.check_count && out.outcome < OUTCOME_COUNT && out.cause < CAUSE_COUNT &&
	                        out.conclusive < CONCLUSIVE_COUNT && scene.size == sizeof(out)),
	        "P4: a result is right in every field");
	PROVE(taken || is_refused(&scene), "P4: what is refused is counted, and changes nothing");
	REACHED();
}

void prove_event(void)
{
	struct scene scene;
	struct event out;
	bool taken;

	any_scene(&scene);
	taken = record_take_event(
	        &scene.channel, scene.record, scene.size, scene.service_count, scene.check_count, scene.now_ms, &out);
	PROVE(!taken || is_newer(&scene, out.generation, out.sequence, out.at_ms),
	        "P5: an order is newer than the last");
	PROVE(!taken ||
	                ((out.service == NO_INDEX || out.service < scene.service_count) &&
	                        (out.check == NO_INDEX || out.check < scene.check_count) &&
	                        out.kind < EVENT_KIND_COUNT && out.state < BOARD_STATE_COUNT &&
	                        out.cause < CAUSE_COUNT && out.helper <= HELPER_NONE && out.why < HOLD_WHY_COUNT &&
	                        scene.size == sizeof(out)),
	        "P5: an order is right in every field");
	PROVE(taken || is_refused(&scene), "P5: what is refused is counted, and changes nothing");
	REACHED();
}

void prove_led_news(void)
{
	struct scene scene;
	struct led_news out;
	bool taken;

	any_scene(&scene);
	taken = record_take_led_news(&scene.channel, scene.record, scene.size, scene.now_ms, &out);
	PROVE(!taken ||
	                (is_newer(&scene, out.generation, out.sequence, out.at_ms) && out.pattern < LED_PATTERN_COUNT &&
	                        out.number <= MAX_SERVICES && scene.size == sizeof(out)),
	        "P8: what the LED shows is newer than the last, and right in every field");
	PROVE(taken || is_refused(&scene), "P8: what is refused is counted, and changes nothing");
	REACHED();
}

void prove_storage_news(void)
{
	struct scene scene;
	struct storage_news out;
	bool taken;

	any_scene(&scene);
	taken = record_take_storage_news(&scene.channel, scene.record, scene.size, scene.now_ms, &out);
	PROVE(!taken ||
	                (is_newer(&scene, out.generation, out.sequence, out.at_ms) && out.stable <= 1 &&
	                        out.refused <= 1 && out.error >= 0 && scene.size == sizeof(out)),
	        "P6: what is said of the storage is newer than the last, and right in every field");
	PROVE(taken || is_refused(&scene), "P6: what is refused is counted, and changes nothing");
	REACHED();
}

void prove_control(void)
{
	struct scene scene;
	struct control out;
	bool taken;

	any_scene(&scene);
	taken = record_take_control(scene.record, scene.size, &out);
	PROVE(!taken || (scene.size == sizeof(out) && out.verb < CONTROL_COUNT),
	        "P7: a person's word is one that is known");
	PROVE(!taken || out.verb != CONTROL_HOLD || (out.duration_ms >= 1000 && out.duration_ms / 1000 <= MAX_HOLD_S),
	        "P7: maintenance always ends");
	PROVE(!taken || out.duration_ms / 1000 <= MAX_HOLD_S, "P7: no other word lasts for longer");
	REACHED();
}
