/* SPDX-License-Identifier: MIT
 *
 * Thin: what systemd's configuration says, drop-ins and all, as systemd reads it: sorted by name, one of a name, the first
 * folder that has it; what is said last holds.
 */
#ifndef FEEDDOG_OS_MANAGER_CONF_H
#define FEEDDOG_OS_MANAGER_CONF_H

#include <stdbool.h>
#include <stddef.h>

struct manager_setting {
	char value[64];
	char file[256];   /* that decides */
	char beaten[256]; /* the one that says it too and does not decide: the last of them, "" where there is none */
};

/*
 * The value of a key of `family` ("system", "journald") below a root. False where no file says it; the struct is then empty.
 */
bool manager_conf_read(const char *root, const char *family, const char *key, struct manager_setting *setting);

#endif
