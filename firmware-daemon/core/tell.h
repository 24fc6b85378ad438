/* SPDX-License-Identifier: MIT
 *
 * What a step of the board has to say, in events: each change once. What finds no room is said in the next step. Pure.
 */
#ifndef FEEDDOG_CORE_TELL_H
#define FEEDDOG_CORE_TELL_H

#include "board.h"

/* Before a step: nothing is said yet, and there is room for so many. */
void tell_clear(struct events *events, uint16_t room);

/* A new event with everything that does not apply left out; NULL where there is no more room in this step. */
struct event *tell_event(struct events *events, const struct board *board, enum event_kind kind, int64_t now_ms);

/* Says of which check the event is, and what ails it. Nothing, for NO_INDEX. */
void tell_blame(struct event *event, const struct rules *rules, const struct board *board, uint16_t check);

/* The check begins to fail, or is clean again. */
void tell_check(
        const struct rules *rules, const struct board *board, uint16_t index, int64_t now_ms, struct events *events);

/*
 * Reports what changes nothing and should be known: a check that may only alert is down, any check is blind, or a good
 * result came with a warning.
 */
void tell_warning(
        const struct rules *rules, const struct board *board, uint16_t index, int64_t now_ms, struct events *events);

/* The service is down, or up again. */
void tell_service(
        const struct rules *rules, const struct board *board, uint16_t index, int64_t now_ms, struct events *events);

/* The ladder has made a move; `before` is how it was. */
void tell_move(const struct board *board, enum ladder_move move, const struct ladder *before, int64_t now_ms,
        struct events *events);

#endif
