/* SPDX-License-Identifier: MIT
 *
 * Which service needs which: names to indices, and the order that follows.
 */
#ifndef FEEDDOG_CONFIG_NEEDS_H
#define FEEDDOG_CONFIG_NEEDS_H

#include "draft.h"

/*
 * Looks up what every service needs and orders the services so that each comes after all that it needs, otherwise as they
 * stand in the file. Unknown names and circles are reported.
 */
void needs_resolve(struct draft *draft);

#endif
