/* SPDX-License-Identifier: MIT
 *
 * Extended regular expressions: whether the checker can use one.
 */
#ifndef FEEDDOG_CONFIG_EXPRESSION_H
#define FEEDDOG_CONFIG_EXPRESSION_H

#include <stdbool.h>

enum { EXPRESSION_ERROR_SIZE = 200 };

/* False: `error` says what is wrong and what to write instead. */
bool expression_check(const char *text, char error[EXPRESSION_ERROR_SIZE]);

#endif
