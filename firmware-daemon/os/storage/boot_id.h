/* SPDX-License-Identifier: MIT
 *
 * Thin: which boot this is.
 */
#ifndef FEEDDOG_OS_BOOT_ID_H
#define FEEDDOG_OS_BOOT_ID_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the kernel's random id of this boot to id[size]; `simulated`: the environment's FEEDDOG_BOOT_ID in its place,
 * where it is set, so that boots can be played on any machine. "" where the kernel does not tell.
 */
void boot_id_read(bool simulated, char id[], size_t size);

/* Whether FEEDDOG_BOOT_ID stands in: such a boot begins where feeddogd says so, and not with the clock. */
bool boot_id_is_played(bool simulated);

#endif
