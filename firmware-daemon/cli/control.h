/* SPDX-License-Identifier: MIT
 *
 * Sending feeddogd a request over RUN/control. It sends no answer: the result shows in status.json or in the ledger.
 */
#ifndef FEEDDOG_CLI_CONTROL_H
#define FEEDDOG_CLI_CONTROL_H

#include "core/record.h"

/* Sends the request. 0; otherwise the exit code, after one sentence on standard error. */
int control_tell(const char *run_dir, enum control_verb verb, uint32_t duration_ms);

#endif
