/* SPDX-License-Identifier: MIT
 *
 * The status as a table for people, at most 80 columns wide.
 */
#ifndef FEEDDOG_CLI_STATUS_TABLE_H
#define FEEDDOG_CLI_STATUS_TABLE_H

#include "status_view.h"

#include <stdbool.h>
#include <stdio.h>

/* `view` was read (STATUS_READ). */
void status_table(FILE *out, bool colours, const struct status_view *view);

#endif
