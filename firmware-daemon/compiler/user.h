/* SPDX-License-Identifier: MIT
 *
 * Thin: users of this machine. Only the compiler asks for them, since the C library may load and run anything for it.
 */
#ifndef FEEDDOG_CONFIG_USER_H
#define FEEDDOG_CONFIG_USER_H

#include "config/flat.h"

enum user_found {
	USER_FOUND,
	USER_GROUPS_CUT, /* found, and in more than MAX_GROUPS groups */
	USER_UNKNOWN,    /* then uid and gid are UINT32_MAX */
};

/* Fills everything but the name. */
enum user_found user_find(const char *name, struct identity *identity);

/* Adds a group by name, if it exists and there is room. */
void user_add_group(struct identity *identity, const char *group);

#endif
