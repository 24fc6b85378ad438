/* SPDX-License-Identifier: MIT
 *
 * The fingerprint of a set of services (promise P16): a hash over what is written of services and checks, and over the
 * defaults that they take. Alerts, LED, metrics, ladder and watchdog are no part of it. Pure.
 */
#ifndef FEEDDOG_CONFIG_FINGERPRINT_H
#define FEEDDOG_CONFIG_FINGERPRINT_H

#include "compiler/yaml/yaml.h"

/* The hash so far with a node of the configuration, its key and all below it. 0: nothing so far. */
uint64_t fingerprint_node(uint64_t hash, const struct node *node);

uint64_t fingerprint_number(uint64_t hash, uint64_t number);

#endif
