/* SPDX-License-Identifier: MIT
 *
 * The part of the configuration that each helper gets.
 */
#ifndef FEEDDOG_FEEDER_CONFIG_PARTS_H
#define FEEDDOG_FEEDER_CONFIG_PARTS_H

#include "config/flat.h"
#include "core/event.h"

/*
 * Makes the sealed copies for checker and LED, which hold none of the texts that only others need; `whole` is the actor's.
 * Before arming. 0 or -errno.
 */
__attribute__((warn_unused_result)) int config_parts_open(const struct flat *flat, int whole, int parts[HELPER_COUNT]);

#endif
