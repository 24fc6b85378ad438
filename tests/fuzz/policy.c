/* SPDX-License-Identifier: MIT
 *
 * A board without a feeder.
 */
#include "policy.h"

#include "core/invariant.h"
#include "fuzz.h"

#include <stdlib.h>

enum { STEPS = 40 };

static void answer(const struct rules *rules, const struct board *board, uint16_t check, int64_t now_ms)
{
	struct result result = {
	        .started_ms = now_ms, .check = check, .outcome = check % 3 ? OUTCOME_GOOD : OUTCOME_BAD};

	if (check < rules->check_count)
		(void)board_result(rules, board, &result, now_ms);
}

static void step(const struct rules *rules, const struct board *board, int64_t now_ms)
{
	struct events events;

	do {
		board_step(rules, board, now_ms, &events);
		if (events.late)
			board_checker_replaced(rules, board, now_ms);
	} while (events.more);
	must(board_invariant(rules, board, now_ms));
	must(board_deadline_ms(rules, board) > now_ms);
}

void policy_run(const struct flat *flat, bool answers)
{
	struct rules rules = flat_rules(flat);
	struct ladder ladder;
	struct board board = {
	        .ladder = &ladder,
	        .services = calloc(rules.service_count + 1U, sizeof(struct service_state)),
	        .checks = calloc(rules.check_count + 1U, sizeof(struct check_state)),
	};
	int64_t now_ms = 1000;

	must(board.services && board.checks && rules_are_sound(&rules));
	board_begin(&rules, &board, 0, now_ms);
	for (uint16_t i = 0; i < STEPS && now_ms < FOREVER_MS; i++) {
		if (answers)
			answer(&rules, &board, i, now_ms);
		step(&rules, &board, now_ms);
		now_ms = board_deadline_ms(&rules, &board);
	}
	must(answers || ladder.state != BOARD_WELL || rules.check_count == 0);
	free(board.services);
	free(board.checks);
}
