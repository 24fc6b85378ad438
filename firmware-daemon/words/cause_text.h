/* SPDX-License-Identifier: MIT
 *
 * Causes and ends as people say them: "http status 503", "let go because of web (http)". Pure, and total: every cause has
 * its words, and so has a value that is none.
 */
#ifndef FEEDDOG_CONFIG_CAUSE_TEXT_H
#define FEEDDOG_CONFIG_CAUSE_TEXT_H

#include "config/flat.h"
#include "core/result.h"
#include "core/state.h"

enum { CAUSE_TEXT_SIZE = 96 };

/* `kind` may be KIND_COUNT where it is not known. Returns text. */
char *cause_text(enum cause cause, enum check_kind kind, int32_t detail, char text[CAUSE_TEXT_SIZE]);

/* "planned reboot or shutdown": why the last boot ended. `service` and `check` are names, "" for none. Returns text. */
enum { END_TEXT_SIZE = 160 };
char *end_text(enum end_cause cause, const char *service, const char *check, char text[END_TEXT_SIZE]);

#endif
