/* SPDX-License-Identifier: MIT
 *
 * Colours, where people look at a terminal that has them and did not ask to be spared (NO_COLOR, TERM=dumb). Thin.
 */
#ifndef FEEDDOG_CLI_STYLE_H
#define FEEDDOG_CLI_STYLE_H

#include "core/result.h"
#include "core/state.h"

#include <stdio.h>

enum colour { COLOUR_PLAIN, COLOUR_GOOD, COLOUR_DOUBT, COLOUR_BAD, COLOUR_FAINT, COLOUR_COUNT };

/* Whether standard output is to be coloured. */
bool style_wanted(void);

/* Writes `text` padded with blanks to `width`, which counts what is seen; in the colour where `colours`. */
void style_put(FILE *out, bool colours, enum colour colour, const char *text, int width);

enum colour style_of_state(enum board_state state);
enum colour style_of_health(enum health health);
enum colour style_of_outcome(enum outcome outcome);

#endif
