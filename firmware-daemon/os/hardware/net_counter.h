/* SPDX-License-Identifier: MIT
 *
 * Thin: how many packets an interface has received.
 */
#ifndef FEEDDOG_OS_NET_COUNTER_H
#define FEEDDOG_OS_NET_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* 0, -ENODEV where there is no such interface in our network namespace, or another -errno. */
__attribute__((warn_unused_result)) int net_received(const char *interface, uint64_t *packets);

/* False where a line of /proc/net/dev is not about that interface. */
bool net_received_parse(const char *line, const char *interface, uint64_t *packets);

#endif
