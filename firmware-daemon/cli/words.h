/* SPDX-License-Identifier: MIT
 *
 * From the words of status.json back to their enums. Pure. A word that is none of them reads as the enum's count.
 */
#ifndef FEEDDOG_CLI_WORDS_H
#define FEEDDOG_CLI_WORDS_H

#include "config/flat.h"
#include "core/result.h"
#include "core/state.h"

enum board_state board_state_of(const char *word);
enum health health_of(const char *word);
enum end_cause end_cause_of(const char *word);
enum cause cause_of(const char *word);
enum check_kind check_kind_of(const char *word);

#endif
