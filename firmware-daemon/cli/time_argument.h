/* SPDX-License-Identifier: MIT
 *
 * Durations on the command line, read as in the configuration.
 */
#ifndef FEEDDOG_CLI_TIME_ARGUMENT_H
#define FEEDDOG_CLI_TIME_ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

/* At least one millisecond. False: what is wrong with `text`, and what to write instead, was said. */
bool time_argument(const char *what, const char *text, uint32_t *ms);

#endif
