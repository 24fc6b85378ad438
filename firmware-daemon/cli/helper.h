/* SPDX-License-Identifier: MIT
 *
 * Playing the feeder to one helper: `probe` to the checker, `led` to the LED. The helper is spawned as feeddogd spawns it,
 * with the configuration in a sealed memfd and a channel.
 */
#ifndef FEEDDOG_CLI_HELPER_H
#define FEEDDOG_CLI_HELPER_H

#include "command.h"

#include "config/flat.h"

#include <sys/types.h>

struct helper_process {
	pid_t pid;
	int channel; /* our end, non-blocking */
};

enum { HELPER_GENERATION = 1 };

/* Starts the sister `name`; `option` is one more of its options, or NULL. False: the sentence was said. */
bool helper_start(struct helper_process *helper, const char *name, const char *option, const struct flat *flat,
        const struct invocation *invocation);

/* Closes the channel, and sees to it that the helper is gone soon. Its exit code; 128 + the signal that killed it. */
int helper_stop(struct helper_process *helper);

#endif
