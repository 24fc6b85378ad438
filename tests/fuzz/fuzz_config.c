/* SPDX-License-Identifier: MIT
 *
 * Any text as a configuration, by the way of `feeddog compile`. A text is refused with an error that can be shown on a
 * terminal, or becomes a block that passes the reader's test and that the policy can be run with.
 */
#include "fuzz.h"

#include "config/compile.h"
#include "core/invariant.h"

#include <stdlib.h>
#include <string.h>

static void run_policy(const struct flat *flat)
{
	struct rules rules = flat_rules(flat);
	struct ladder ladder;
	struct board board = {
	        .ladder = &ladder,
	        .services = calloc(rules.service_count + 1U, sizeof(struct service_state)),
	        .checks = calloc(rules.check_count + 1U, sizeof(struct check_state)),
	};
	struct events events;
	int64_t now_ms = 1000;

	must(board.services && board.checks && rules_are_sound(&rules));
	board_begin(&rules, &board, 0, now_ms);
	for (int i = 0; i < 40 && ladder.state != BOARD_LETGO; i++) {
		int64_t deadline_ms;

		do {
			board_step(&rules, &board, now_ms, &events);
			if (events.late)
				board_checker_replaced(&rules, &board, now_ms);
		} while (events.more);
		must(board_invariant(&rules, &board, now_ms));
		deadline_ms = board_deadline_ms(&rules, &board);
		must(deadline_ms > now_ms);
		if (deadline_ms == FOREVER_MS)
			break;
		now_ms = deadline_ms;
	}
	must(ladder.state != BOARD_WELL || rules.check_count == 0);
	free(board.services);
	free(board.checks);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *said = NULL;
	size_t length = 0;
	FILE *messages = open_memstream(&said, &length);
	struct flat *flat;
	const char *why = "";

	must(messages != NULL);
	flat = compile_text("f.yaml", (const char *)bytes, size, messages);
	must(fclose(messages) == 0);
	must(is_plain_text(said, length));
	must(flat || strstr(said, ": error: "));
	if (flat) {
		must(flat_verify(flat, flat->size, &why));
		run_policy(flat);
	}
	free(flat);
	free(said);
	return 0;
}
