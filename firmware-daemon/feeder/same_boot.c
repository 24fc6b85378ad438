/* SPDX-License-Identifier: MIT
 *
 * What the ledger says of this boot.
 */
#include "same_boot.h"

#include "report.h"

/* What is longer than any person can have ordered is not believed. */
static void continue_maintenance(struct feeder *feeder, const struct last_boot *last, int64_t now_ms)
{
	int64_t until_ms = last->ledger.maintenance_until_ms;
	struct events events;
	int64_t left_ms;

	if (until_ms <= now_ms)
		return;
	left_ms = until_ms - now_ms;
	if (left_ms > (int64_t)MAX_HOLD_S * 1000)
		return;
	if (board_hold(&feeder->board, (uint32_t)left_ms, now_ms, &events))
		feeder_tell_all(feeder, &events);
}

/* An outage, or a shutdown, in which the feeder before this one was killed. */
static void continue_outage(struct feeder *feeder, const struct last_boot *last, int64_t now_ms)
{
	static const enum board_state states[LEDGER_PHASE_COUNT] = {
	        [LEDGER_OUTAGE] = BOARD_RECOVERING,
	        [LEDGER_REBOOT] = BOARD_REBOOTING,
	        [LEDGER_LETGO] = BOARD_LETGO,
	};
	int64_t since_ms = last->ledger.phase_ms;
	int64_t heard_ms = now_ms + feeder->rules.ladder->detection_ms - feeder->rules.ladder->restart_for_ms;
	bool was_let_go = last->ledger.phase == LEDGER_LETGO && last->ledger.cause == CAUSE_SHUTDOWN;
	bool is_going_down = last->ledger.phase == LEDGER_GOING_DOWN || was_let_go;
	struct events events = {.count = 0};

	/* 0 is BOARD_STARTING: the other phases are none. */
	if (last->is_new || (states[last->ledger.phase] == BOARD_STARTING && !is_going_down) || since_ms <= 0 ||
	        since_ms > now_ms)
		return;
	/* Its end may not have reached the disk: once there is time to hear that all is well. */
	if (last->ledger.phase == LEDGER_OUTAGE && !last->ledger.continued && since_ms < heard_ms)
		since_ms = heard_ms < now_ms ? heard_ms : now_ms;
	if (is_going_down)
		(void)board_go_down(&feeder->rules, &feeder->board, was_let_go ? 0 : since_ms, now_ms, &events);
	else
		board_continue(&feeder->rules, &feeder->board, states[last->ledger.phase], since_ms, now_ms, &events);
	feeder_tell_all(feeder, &events);
}

void same_boot_continue(struct feeder *feeder, const struct last_boot *last, int64_t now_ms)
{
	continue_maintenance(feeder, last, now_ms);
	continue_outage(feeder, last, now_ms);
}
