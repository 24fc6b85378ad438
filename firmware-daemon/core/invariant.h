/* SPDX-License-Identifier: MIT
 *
 * What holds of every state that the policy can be in, between any two of its calls: after it began, and after every
 * result, step, word of a person and word of the actor. Pure. The model asks it on every edge, the tests of core/ in every
 * step, and the proof shows that no call leads out of it.
 *
 * Where a fact speaks of now_ms, time only makes it truer: what holds now holds later, if nothing is called in between.
 * It rests on rules_are_sound(), and on results whose probe did not start in the future (core/record.h).
 */
#ifndef FEEDDOG_CORE_INVARIANT_H
#define FEEDDOG_CORE_INVARIANT_H

#include "board.h"
#include "ledger.h"

/* What `feeddog compile` sees to: indices in range, durations of at most MAX_DURATION_S, and what rules_derive() makes. */
bool rules_are_sound(const struct rules *rules);

/*
 * A check: what it remembers lies in the past; what is up was good since its service was last restarted, and has not failed
 * `retries` times; a row of failures has a beginning.
 */
bool check_invariant(const struct rules *rules, uint16_t index, const struct check_state *state, int64_t now_ms);

/*
 * A service: who waits has needs that are not up; who is excused waits and does not climb; what is up has nothing owed to
 * it; a start command is pending only before the first order; a restart is never put off for longer than HOLD_RETRY_MS,
 * and no attempt was charged without a pause after it.
 */
bool service_invariant(const struct rules *rules, uint16_t index, const struct service_state *state, int64_t now_ms);

/*
 * The ladder: each rung ends within the budget that was fixed on entering it, and a lease within the longest that news
 * can be worth (P1, P2); whoever reboots or let go has counted it, within the limit (P6).
 */
bool ladder_invariant(const struct rules *rules, const struct ladder *ladder, int64_t now_ms);

/* All of them. */
bool board_invariant(const struct rules *rules, const struct board *board, int64_t now_ms);

/* The ledger, as it is read and after every event: what it names is in range, and every text ends. */
bool ledger_invariant(const struct ledger *ledger);

#endif
