/* SPDX-License-Identifier: MIT
 *
 * What no single key can tell: whether the keys of a mapping fit each other, and whether the whole makes sense.
 */
#ifndef FEEDDOG_CONFIG_CROSS_CHECK_H
#define FEEDDOG_CONFIG_CROSS_CHECK_H

#include "schema.h"

/* Called for each mapping whose keys are all right, by schema_read(). */
void cross_check(struct draft *draft, enum section section, const struct node *map, void *target);

/* Called once all is read: what the parts mean for each other. */
void cross_check_whole(struct draft *draft);

#endif
