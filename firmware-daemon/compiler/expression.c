/* SPDX-License-Identifier: MIT
 *
 * What the checker will compile (pattern.h), `feeddog check` compiles too.
 */
#include "expression.h"

#include "pattern/pattern.h"

#include <stdio.h>
#include <string.h>

bool expression_check(const char *text, char error[EXPRESSION_ERROR_SIZE])
{
	const char *reason;
	struct pattern *pattern;

	if (!*text) {
		(void)snprintf(
		        error, EXPRESSION_ERROR_SIZE, "the regular expression is empty (leave it out for any text)");
		return false;
	}
	pattern = pattern_compile(text, &reason);
	if (pattern) {
		pattern_free(pattern);
		return true;
	}
	/* Some reasons end with their own remedy. */
	(void)snprintf(error, EXPRESSION_ERROR_SIZE, "the regular expression is wrong: %s%s", reason,
	        reason[strlen(reason) - 1] == ')' ? "" : " (write \\ before a character that stands for itself)");
	return false;
}
