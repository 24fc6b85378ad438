/* SPDX-License-Identifier: MIT
 *
 * One line of STATE/history.jsonl. Pure but for memory.
 *
 * Always there: boot (its id), at_s (seconds of the boot's clock), wall (seconds since 1970, as far as the board knows
 * it), event, state (of the board after it). Where they apply: service, check, cause, detail, and by kind of event:
 *
 *   boot            unsettled, last_cause, last_service, last_check, last_why; where it is played: began_s, for its clock
 *                   is that of the machine
 *   service-down    up_s                    service-up      down_s
 *   restart         attempt                 restart-done    took_s, command
 *   restart-failed  took_s, command, reason reboot, letgo, hold  unsettled
 *   maintenance     for_s, reason           resumed         by_person (0 or 1)
 *   settled         forgotten               helper-died     helper, pid
 *   reboot-done, reboot-failed  took_s, reason    exited    ordered, ran_s
 *   disarmed        disarmed (0 or 1)       storage         stable (0 or 1), detail (errno)
 *
 * output: what the command of the check printed, its first line.
 *
 * suppressed: that many lines before this one were left out, because they repeated too fast.
 */
#ifndef FEEDDOG_ACTOR_HISTORY_LINE_H
#define FEEDDOG_ACTOR_HISTORY_LINE_H

#include "json_writer.h"

#include "config/flat.h"
#include "core/event.h"
#include "core/ledger.h"

/* Whether an event belongs into the history. */
enum history_kept {
	HISTORY_LEFT_OUT,
	HISTORY_LIMITED, /* may repeat without end, so it is rate-limited */
	HISTORY_ALWAYS,  /* rare by nature, or the last word of a boot */
};

enum history_kept history_kept(enum event_kind kind);

struct history_facts {
	const struct flat *flat;
	const struct ledger *ledger;
	const struct event *event;
	const char *reason;  /* or NULL */
	const char *command; /* "start", or NULL */
	const char *output;  /* what the command of the check printed, or "" */
	int64_t wall_s;
	uint64_t suppressed;
	bool played; /* the boot is: FEEDDOG_BOOT_ID */
};

void history_line(struct json_writer *json, const struct history_facts *facts);

#endif
