/* SPDX-License-Identifier: MIT
 *
 * What the exit status of a command means: 0 is good and anything else is bad. With `plugin: true` the codes of monitoring
 * plugins: 0 good, 1 a warning, 3 blind, anything else bad. A program that cannot be run proves nothing about the server, so
 * that is blind; a shell reports it as exit code 126 or 127, and so does os/spawn.
 */
#ifndef FEEDDOG_CHECKER_COMMAND_VERDICT_H
#define FEEDDOG_CHECKER_COMMAND_VERDICT_H

#include "probe.h"

/* A status of waitpid(). */
struct verdict command_verdict(const struct check_spec *spec, int status);

/* Of several programs, up to the first that is bad, the worst verdict counts. Cause none: none has run yet. */
void command_verdict_add(struct verdict *worst, struct verdict verdict);

#endif
