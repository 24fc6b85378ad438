/* SPDX-License-Identifier: MIT
 *
 * Whether a text is one JSON object and nothing else, to the letter of RFC 8259. Pure. libfyaml, which reads it then, is
 * more generous: it stops at the end of an object whatever follows, and takes YAML's words for values.
 */
#ifndef FEEDDOG_CONFIG_JSON_CHECK_H
#define FEEDDOG_CONFIG_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_DEPTH_LAST = 16 };

bool json_is_object(const char *text, size_t length);

#endif
