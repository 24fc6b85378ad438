/* SPDX-License-Identifier: MIT
 *
 * P1, P2, P4, P5, P6, P7, P12: any rules for a small board, and anything that may happen to it, in any order. What tests/model/ walks
 * through for some boards whole, is played here for all boards as far as the input goes; the same witness watches, and after
 * each step the policy's own invariant holds.
 */
#include "fuzz.h"

#include "../model/model.h"

#include "core/invariant.h"

#include <stdlib.h>

enum { STEPS_LAST = 400 };

static uint32_t seconds(struct input *input, unsigned most)
{
	return take_byte(input) % (most + 1) * UNIT_MS;
}

static void take_check(struct input *input, struct plan *plan, uint16_t service)
{
	static const uint8_t levels[] = {LEVEL_REBOOT, LEVEL_REBOOT, LEVEL_RESTART, LEVEL_ALERT};

	plan->checks[plan->check_count++] = (struct check_rule){
	        .service = service,
	        .interval_ms = seconds(input, 3) + UNIT_MS,
	        .timeout_ms = seconds(input, 1) + UNIT_MS,
	        .retries = (uint16_t)(take_byte(input) % 3 + 1),
	        .level = levels[take_byte(input) % 4],
	};
}

/* A service needs only those before it, so the order is that of the numbers. */
static void take_service(struct input *input, struct plan *plan)
{
	uint16_t index = plan->service_count++;
	struct service_rule *service = &plan->services[index];
	uint8_t how = take_byte(input);
	uint16_t before = 0;

	for (uint16_t i = 0; i < index; i++)
		before = (uint16_t)(before + plan->services[i].need_count);
	*service = (struct service_rule){
	        .start_period_ms = seconds(input, 3),
	        .first_check = plan->check_count,
	        .first_need = before,
	        .attempts = take_byte(input) % 3,
	        .can_restart = how & 1,
	        .can_start = how >> 1 & how & 1,
	        .propagate = how >> 2 & 1,
	};
	for (uint16_t need = 0; need < index; need++)
		if (how >> (3 + need) & 1)
			plan->needs[before + service->need_count++] = need;
	plan->order[index] = index;
	for (int i = 0; i < 2 && plan->check_count < MODEL_CHECKS; i++)
		if (i == 0 || how & 0x80)
			take_check(input, plan, index);
	service->check_count = (uint16_t)(plan->check_count - service->first_check);
	/* Where nothing may climb, the witness would not know when the board, or what waits, has started. */
	if (service->need_count > 0 || index == 0)
		plan->checks[service->first_check].level = LEVEL_REBOOT;
}

static void take_plan(struct input *input, struct plan *plan)
{
	unsigned services = take_byte(input) % MODEL_SERVICES + 1;

	*plan = (struct plan){
	        .ladder = {.restart_for_ms = seconds(input, 4),
	                .reboot_within_ms = seconds(input, 3),
	                .settle_ms = seconds(input, 3),
	                .reboot_settle_ms = seconds(input, 4),
	                .reboot_limit = take_byte(input) % 3,
	                .then_reboot = take_byte(input) % 4 == 3},
	        .may = take_byte(input) & (MAY_SLOW | MAY_PERSON | MAY_STORAGE | MAY_POWER),
	};
	for (unsigned i = 0; i < services && plan->check_count < MODEL_CHECKS; i++)
		take_service(input, plan);
}

/* With FEEDDOG_TELL=1 all of it is told, for a person who reads how a promise was broken. */
static void tell(const struct world *world, unsigned happening, const char *broken)
{
	happening_print(happening);
	printf(" -> %s, lease %lld s", board_state_name((enum board_state)world->ladder.state),
	        (long long)(world->ladder.feed_until_ms - world->now_ms) / UNIT_MS);
	for (unsigned i = 0; i < MODEL_SERVICES; i++)
		printf(", %s", health_name((enum health)world->services[i].health));
	printf("%s%s\n", broken ? ": " : "", broken ? broken : "");
	(void)fflush(stdout);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	struct plan plan;
	struct model model;
	struct world world;
	bool tells = getenv("FEEDDOG_TELL") != NULL;
	bool late;

	take_plan(&input, &plan);
	model_make(&model, &plan);
	world_begin(&model, &world);
	must(rules_are_sound(&model.rules));
	for (int i = 0; i < STEPS_LAST && input.size > 0; i++) {
		unsigned happening = take_byte(&input) % HAPPEN_COUNT;
		struct board board = {&world.ladder, world.services, world.checks};
		const char *broken;

		if (!happening_can(&model, &world, happening))
			continue;
		broken = happening_play(&model, &world, happening, &late);
		if (broken || tells)
			tell(&world, happening, broken);
		must(broken == NULL);
		must(board_invariant(&model.rules, &board, world.now_ms));
	}
	return 0;
}
