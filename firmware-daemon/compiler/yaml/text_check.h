/* SPDX-License-Identifier: MIT
 *
 * Whether a configuration is text at all, before a parser sees it.
 */
#ifndef FEEDDOG_CONFIG_TEXT_CHECK_H
#define FEEDDOG_CONFIG_TEXT_CHECK_H

#include "compiler/problems.h"

/* False where the text is not UTF-8, holds control characters or YAML directives: then the first of them was reported. */
bool text_is_sound(const struct source *source, struct problems *problems);

#endif
