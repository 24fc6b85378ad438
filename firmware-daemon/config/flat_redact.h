/* SPDX-License-Identifier: MIT
 *
 * What each program may read of the configuration. Pure but for the memory it takes.
 */
#ifndef FEEDDOG_CONFIG_FLAT_REDACT_H
#define FEEDDOG_CONFIG_FLAT_REDACT_H

#include "flat.h"

enum flat_reader {
	READER_ALL,     /* the feeder and the actor */
	READER_CHECKER, /* no alerts, and no commands but those of checks */
	READER_LED,     /* the LED's place, and names */
};

/*
 * Overwrites with zeros each text of a verified block that `reader` has no need of. The block stays valid: a text that is
 * wiped reads as "". 0 or -ENOMEM.
 */
__attribute__((warn_unused_result)) int flat_redact(struct flat *flat, enum flat_reader reader);

#endif
