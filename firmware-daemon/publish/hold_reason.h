/* SPDX-License-Identifier: MIT
 *
 * Why a person asked for maintenance: `feeddog hold --reason` leaves it in RUN/hold.reason, because a control datagram
 * has no room for text. Thin.
 */
#ifndef FEEDDOG_ACTOR_HOLD_REASON_H
#define FEEDDOG_ACTOR_HOLD_REASON_H

#include <stddef.h>

/* Takes its first line, without control bytes, and removes the file. "" where there is none. */
void hold_reason_take(const char *run_dir, char reason[], size_t size);

#endif
