/* SPDX-License-Identifier: MIT
 *
 * What a watchdog must prove before the board is called guarded: that its driver resets the board, that it has the timeout that
 * was asked for, and that it counts down. What is not known is not taken for good.
 */
#ifndef FEEDDOG_FEEDER_DOG_PROVE_H
#define FEEDDOG_FEEDER_DOG_PROVE_H

#include "os/hardware/watchdog_class.h"
#include "dog.h"

/*
 * Examines the open device, and sets its timeout. Fills state->identity, state->timeout_ms, dog->can_disarm and
 * dog->stops_when_closed. EXIT_OK; otherwise the exit code, after dog_refuse().
 *
 * A watchdog that cannot be disarmed is not refused for its timeout: that would reset the board in every boot. It is fed for
 * the timeout that it has, and dog->why says so.
 */
int dog_prove(struct dog *dog, const struct watchdog_facts *facts, int wanted_s, struct dog_state *state);

/* Waits until the time left is seen to change, at most half of the timeout. EXIT_OK also where the driver does not tell. */
int dog_prove_count(struct dog *dog, struct dog_state *state);

/* Writes why the watchdog cannot be used, with the remedy in parentheses, into dog->why. EXIT_NO_DOG. */
__attribute__((format(printf, 2, 3))) int dog_refuse(struct dog *dog, const char *format, ...);

/* The same, for a timeout beyond what the hardware can count. */
int dog_refuse_timeout(struct dog *dog, int wanted_s, int limit_s, bool is_longest);

#endif
