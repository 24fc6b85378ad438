/* SPDX-License-Identifier: MIT
 *
 * Runs the policy with a configuration that the reader's test let through, from deadline to deadline: every step keeps the
 * invariant and comes to an end. Linked by FAKE_.
 */
#ifndef FEEDDOG_TESTS_FUZZ_POLICY_H
#define FEEDDOG_TESTS_FUZZ_POLICY_H

#include "config/flat.h"

/* `answers`: each check answers in its turn, well or badly; otherwise all of them are silent, and the board is not well. */
void policy_run(const struct flat *flat, bool answers);

#endif
