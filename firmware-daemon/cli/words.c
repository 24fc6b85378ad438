/* SPDX-License-Identifier: MIT
 *
 * From words back to their enums.
 */
#include "words.h"

#include <string.h>

/* One body for five enums: the functions that name them differ in their types only. */
#define VALUE_OF(enumeration, count, name_of)                                                                          \
	for (unsigned i = 0; i < (unsigned)(count); i++)                                                               \
		if (strcmp(word, name_of((enumeration)i)) == 0)                                                        \
			return (enumeration)i;                                                                         \
	return count

enum board_state board_state_of(const char *word)
{
	VALUE_OF(enum board_state, BOARD_STATE_COUNT, board_state_name);
}

enum health health_of(const char *word)
{
	VALUE_OF(enum health, HEALTH_COUNT, health_name);
}

enum end_cause end_cause_of(const char *word)
{
	VALUE_OF(enum end_cause, END_CAUSE_COUNT, end_cause_name);
}

enum cause cause_of(const char *word)
{
	VALUE_OF(enum cause, CAUSE_COUNT, cause_name);
}

enum check_kind check_kind_of(const char *word)
{
	VALUE_OF(enum check_kind, KIND_COUNT, check_kind_name);
}
