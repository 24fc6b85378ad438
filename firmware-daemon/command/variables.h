/* SPDX-License-Identifier: MIT
 *
 * An environment with more in it, for a command that is told why it runs. Pure but for the memory, which the caller owns.
 */
#ifndef FEEDDOG_ACTOR_VARIABLES_H
#define FEEDDOG_ACTOR_VARIABLES_H

#include "config/flat.h"
#include "core/event.h"

#include <stddef.h>

struct variable {
	const char *name, *value;
};

/*
 * What is in `base` (NULL: nothing), except where it is among `own[count]`, and then those. One block, to be given to
 * free(); its strings are its own or base's. NULL: no memory.
 */
char **variables_join(char *const base[], const struct variable own[], size_t count);

/* Why an order was given: FEEDDOG_SERVICE, FEEDDOG_CHECK, FEEDDOG_CAUSE and FEEDDOG_DETAIL, beside what is in `base`. */
char **variables_of_order(char *const base[], const struct flat *flat, const struct event *order);

#endif
