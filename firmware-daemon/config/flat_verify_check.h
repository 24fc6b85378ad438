/* SPDX-License-Identifier: MIT
 *
 * The parts of flat_verify(), which see to it that no field of a block leads outside of it. Pure.
 */
#ifndef FEEDDOG_CONFIG_FLAT_VERIFY_CHECK_H
#define FEEDDOG_CONFIG_FLAT_VERIFY_CHECK_H

#include "flat.h"

bool flat_text_is_sound(const struct flat *flat, text_at at);

/* Names are copied into records with room for NAME_SIZE, and name files below RUN. */
bool flat_name_is_sound(const struct flat *flat, text_at at);

bool flat_command_is_sound(const struct flat *flat, struct command command);

bool flat_duration_is_sound(uint32_t ms);

bool flat_check_is_sound(const struct flat *flat, const struct check_rule *rule, const struct check_spec *spec);

#endif
