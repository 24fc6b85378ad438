/* SPDX-License-Identifier: MIT
 *
 * What the proofs are written in. A proof is a function prove_NAME(): it takes values of which nothing is known (a variable
 * that is not set has any), assumes what the policy may rely on, calls the real core/ once, and states what must be true
 * afterwards. CBMC shows that no values make it false, and that no values make the code undefined. Each statement starts with
 * the promise that it proves, if any.
 */
#ifndef FEEDDOG_TESTS_PROVE_H
#define FEEDDOG_TESTS_PROVE_H

#include <stdbool.h>
#include <stdint.h>

/* From here on nothing is known of an object that is not a function's own. */
#define ANY(object) __CPROVER_havoc_object(&(object))
#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition, sentence) __CPROVER_assert(condition, sentence)

/*
 * The end of a proof can be reached: what was assumed does not exclude itself. The runner expects that this one is refuted,
 * and counts it as failed where it holds.
 */
#define REACHED() __CPROVER_assert(0, "reached")

/*
 * The clock counts from boot and is not negative. It does not come near this, which is a thousand years, and so nothing that
 * is added to it overflows.
 */
#define CLOCK_LAST_MS (INT64_C(1) << 45)

#endif
