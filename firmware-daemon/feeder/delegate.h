/* SPDX-License-Identifier: MIT
 *
 * `via: systemd`: process 1 keeps the hardware, and waits for us as a service (WatchdogSec) in place of a dog. What has to
 * be proven is another: that it does wait, for as long as the configuration says, and that the hardware waits for it.
 */
#ifndef FEEDDOG_FEEDER_DELEGATE_H
#define FEEDDOG_FEEDER_DELEGATE_H

#include "config/flat.h"

/* EXIT_OK; otherwise the exit code, after one sentence on standard error. */
int delegate_prove(const struct flat *flat, int manager_fd);

#endif
