/* SPDX-License-Identifier: MIT
 *
 * The channel from the checker to the feeder, and what may go wrong on it.
 */
#include "sim.h"

static void receive(struct sim *sim, const struct letter *letter)
{
	uint64_t dropped = sim->world.from_checker.dropped;

	(void)world_receive(&sim->world, &letter->result, letter->size);
	if (sim->world.from_checker.dropped != dropped)
		return;
	if (letter->is_wrong)
		broken(sim, "P4: a record that is not as it should be was believed");
	watch_record(sim, &letter->result);
}

static void post(struct sim *sim, const struct letter *letter)
{
	struct wire *wire = &sim->wire;

	if (wire->count == LETTERS_LAST)
		wire->lost++;
	else
		wire->letters[wire->count++] = *letter;
}

/* None of these may be believed, whatever it says. */
static void garble(const struct sim *sim, struct letter *letter)
{
	struct result *result = &letter->result;

	letter->is_wrong = true;
	switch (chance(sim, 3, 8)) {
	case 0:
		letter->size--;
		break;
	case 1:
		letter->size = 0;
		break;
	case 2:
		result->generation++;
		break;
	case 3:
		result->sequence = sim->world.from_checker.sequence;
		break;
	case 4:
		result->started_ms = sim->world.now_ms + 1 + (int64_t)chance(sim, 4, 100000);
		break;
	case 5:
		result->check = (uint16_t)(sim->rules.check_count + chance(sim, 5, 1000));
		break;
	case 6:
		result->outcome = (uint8_t)(OUTCOME_COUNT + chance(sim, 6, 200));
		break;
	default:
		result->reserved[chance(sim, 7, 3)] = 1;
		break;
	}
}

static void hand_over(struct sim *sim, struct letter *letter)
{
	struct wire *wire = &sim->wire;
	int64_t now_ms = sim->world.now_ms;

	bool newer = !letter->is_wrong;

	/* A time in the future would not be one when it comes. */
	if (now_ms < wire->swap_until_ms && !wire->is_holding && newer) {
		wire->held = *letter;
		wire->is_holding = true;
		return;
	}
	receive(sim, letter);
	if (now_ms < wire->double_until_ms) {
		letter->is_wrong = true;
		receive(sim, letter);
	}
	if (wire->is_holding) {
		wire->is_holding = false;
		wire->held.is_wrong = newer;
		receive(sim, &wire->held);
	}
}

void wire_send(struct world *world, const struct result *record)
{
	struct sim *sim = (struct sim *)world;
	struct wire *wire = &sim->wire;
	struct letter letter = {.result = *record, .size = sizeof(*record)};
	int64_t now_ms = world->now_ms;

	if (now_ms < wire->lose_until_ms && (int64_t)chance(sim, 2000U + record->check, 100) < wire->lose) {
		wire->lost++;
		return;
	}
	if (now_ms < wire->garble_until_ms && (int64_t)chance(sim, 3000U + record->check, 100) < wire->garble)
		garble(sim, &letter);
	if (now_ms < wire->late_until_ms && !letter.is_wrong) {
		letter.at_ms = now_ms + wire->late_ms;
		post(sim, &letter);
		return;
	}
	hand_over(sim, &letter);
}

/* What a checker that is gone left behind. */
void wire_stale(struct sim *sim, uint16_t check)
{
	struct letter letter = {
	        .result = {.generation = sim->world.checker.generation - 1,
	                .sequence = UINT16_MAX,
	                .started_ms = sim->world.now_ms,
	                .check = check,
	                .outcome = OUTCOME_GOOD,
	                .cause = CAUSE_OK},
	        .size = sizeof(struct result),
	        .is_wrong = true,
	};

	receive(sim, &letter);
}

void wire_turn(struct sim *sim)
{
	struct wire *wire = &sim->wire;
	uint16_t kept = 0;

	for (uint16_t i = 0; i < wire->count; i++) {
		struct letter letter = wire->letters[i];

		if (letter.at_ms > sim->world.now_ms)
			wire->letters[kept++] = letter;
		else
			receive(sim, &letter);
	}
	wire->count = kept;
}

int64_t wire_next_ms(const struct sim *sim)
{
	int64_t next_ms = FOREVER_MS;

	for (uint16_t i = 0; i < sim->wire.count; i++)
		if (sim->wire.letters[i].at_ms < next_ms)
			next_ms = sim->wire.letters[i].at_ms;
	return next_ms;
}
