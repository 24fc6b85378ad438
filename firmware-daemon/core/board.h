/* SPDX-License-Identifier: MIT
 *
 * The whole policy in one place: checks, services and the ladder, driven by results and by time. This is what the daemon,
 * the simulator and the model checker call. Pure: it allocates nothing and calls nothing; the arrays are the caller's.
 *
 * Use: board_begin() once; board_result() for each record; then board_step() until it has no more
 * to say; feed while board_may_feed(); be back at board_deadline_ms().
 */
#ifndef FEEDDOG_CORE_BOARD_H
#define FEEDDOG_CORE_BOARD_H

#include "event.h"
#include "ladder.h"
#include "service.h"

struct board {
	struct ladder *ladder;
	struct service_state *services; /* rules.service_count of them */
	struct check_state *checks;     /* rules.check_count of them */
};

enum {
	EVENTS_ROOM = 32,
};

/* Events of one step, oldest first. */
struct events {
	uint16_t count;
	uint16_t room; /* used by board_step() alone */
	bool more;     /* this is not all: call again, the rest comes then */
	bool late;     /* some check is late: the checker should be replaced */
	struct event list[EVENTS_ROOM];
};

/* `unsettled`: reboots from the ledger. */
void board_begin(const struct rules *rules, const struct board *board, uint16_t unsettled, int64_t now_ms);

/* After board_begin(), where feeddogd was killed in this boot: see ladder_continue(). */
void board_continue(const struct rules *rules, const struct board *board, enum board_state state, int64_t since_ms,
        int64_t now_ms, struct events *events);

/* Takes one result, already validated. False where it was too old to count. */
bool board_result(const struct rules *rules, const struct board *board, const struct result *result, int64_t now_ms);

/*
 * True where the result's check has changed its health since the last step, so that taking it now would hide that: a service
 * that was down for a moment was down. board_step() first.
 */
bool board_has_to_step(const struct board *board, const struct result *result);

/* Lets time pass to now_ms and says what follows. */
void board_step(const struct rules *rules, const struct board *board, int64_t now_ms, struct events *events);

/* A person asks for maintenance or its end; the events say what came of it. False where it is refused. */
bool board_hold(const struct board *board, uint32_t duration_ms, int64_t now_ms, struct events *events);
bool board_resume(const struct rules *rules, const struct board *board, int64_t now_ms, struct events *events);

/* The system says that it shuts down, or said so at since_ms to a feeddogd that was killed: see ladder_go_down(). */
bool board_go_down(
        const struct rules *rules, const struct board *board, int64_t since_ms, int64_t now_ms, struct events *events);

/* The checker was replaced at now_ms: its checks are late only after it has had time to answer. */
void board_checker_replaced(const struct rules *rules, const struct board *board, int64_t now_ms);

/* From the ledger, after board_begin(): this set of services was never well on this board, see ladder_unproven(). */
void board_unproven(const struct board *board);

/* Nothing was heard of the actor for some time, or it is heard again. */
void board_actor_silent(const struct board *board, bool silent);

/* From the ledger, after board_begin(): so many boots in a row ended without a word. */
void board_unexplained(const struct board *board, uint16_t count);

/*
 * The actor found that the ledger can (true) or cannot be written. Once a reboot was ordered it changes nothing: a disk that
 * the reboot itself has made read-only must not take it back.
 */
void board_storage(const struct board *board, bool stable);

/* The actor said at at_ms that it does not do the reboot that was ordered, since it cannot be counted. */
void board_reboot_refused(const struct board *board, int64_t at_ms);

bool board_may_feed(const struct board *board, int64_t now_ms);

/* The next time at which board_step() may have something to say though no result came. */
int64_t board_deadline_ms(const struct rules *rules, const struct board *board);

#endif
