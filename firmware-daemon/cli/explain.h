/* SPDX-License-Identifier: MIT
 *
 * The parts of `feeddog explain`.
 */
#ifndef FEEDDOG_CLI_EXPLAIN_H
#define FEEDDOG_CLI_EXPLAIN_H

#include "config/flat.h"

/* explain_timeline.c: the way from the last good verdict to the reset, drawn. */
void explain_timeline(const struct flat *flat);

/* explain_checks.c: what each check may do when it fails. */
void explain_checks(const struct flat *flat);

/* explain_warnings.c: where a setting makes a promise weak; `state_dir` knows how long services really took to start. */
void explain_warnings(const struct flat *flat, const char *state_dir);

#endif
