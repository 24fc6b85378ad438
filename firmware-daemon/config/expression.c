/* SPDX-License-Identifier: MIT
 *
 * Extended regular expressions.
 *
 * The GNU C library writes out repetitions, `a+` as `aa*`: `((a{255}){255}){255}` or `a` with thirty pluses takes all
 * memory there is before it fails. So what an expression grows to is counted before regcomp() sees it.
 */
#include "expression.h"

#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LENGTH_LAST = 1000,
	GROWN_LAST = 20000,
	DEPTH_LAST = 100,
};

/* Behind a bracket expression that starts at `c`. */
static const char *skip_bracket(const char *c)
{
	c++;
	if (*c == '^')
		c++;
	if (*c == ']')
		c++;
	while (*c && *c != ']') {
		/* [:alpha:], [=a=], [.-.] */
		if (*c == '[' && c[1] && strchr(":=.", c[1])) {
			char kind = c[1];
			for (c += 2; *c && !(c[0] == kind && c[1] == ']'); c++)
				;
			c += *c ? 1 : 0;
		}
		c += *c ? 1 : 0;
	}
	return *c ? c + 1 : c;
}

/* How often `{n}`, `{n,}`, `{,m}` or `{n,m}` at `c` repeats what stands before it; `end` is behind it. */
static uint64_t repetition(const char *c, const char **end)
{
	uint64_t most = 2; /* "{1,}" is "+" */

	for (c++; *c && *c != '}'; c++) {
		if (*c >= '0' && *c <= '9') {
			char *after;
			uint64_t number = strtoul(c, &after, 10);
			most = number > most ? number : most;
			c = after - 1;
		}
	}
	*end = *c ? c + 1 : c;
	return most;
}

static uint64_t capped(uint64_t size)
{
	return size > GROWN_LAST ? GROWN_LAST + 1 : size;
}

/* How many atoms the expression is when its repetitions are written out; more than GROWN_LAST: too many to count. */
static uint64_t grown_size(const char *text)
{
	uint64_t sizes[DEPTH_LAST + 1] = {0}; /* of the open groups */
	uint64_t atom = 0;                    /* the last of the innermost, not yet counted */
	unsigned depth = 0;

	for (const char *c = text; *c;) {
		if (*c == '{') {
			atom = capped(atom * capped(repetition(c, &c)));
			continue;
		}
		if (*c == '+' || *c == '*' || *c == '?') {
			atom = capped(*c == '+' ? atom * 2 : atom);
			c++;
			continue;
		}
		if (*c == ')' && depth > 0) {
			atom = capped(sizes[depth] + atom);
			depth--;
			c++;
			continue;
		}
		sizes[depth] = capped(sizes[depth] + atom);
		atom = 1;
		if (*c == '(') {
			if (depth == DEPTH_LAST)
				return GROWN_LAST + 1;
			sizes[++depth] = 0;
		}
		if (*c == '[')
			c = skip_bracket(c);
		else
			c += *c == '\\' && c[1] ? 2 : 1;
	}
	for (; depth > 0; depth--)
		atom = capped(atom + sizes[depth]);
	return sizes[0] + atom;
}

/* They are no part of extended expressions, and looking for one can take for ever. */
static bool has_back_reference(const char *text)
{
	for (const char *c = strchr(text, '\\'); c && c[1]; c = strchr(c + 2, '\\'))
		if (c[1] >= '1' && c[1] <= '9')
			return true;
	return false;
}

bool expression_check(const char *text, char error[EXPRESSION_ERROR_SIZE])
{
	char reason[EXPRESSION_ERROR_SIZE / 2];
	regex_t expression;
	int code;

	if (strlen(text) > LENGTH_LAST || grown_size(text) > GROWN_LAST) {
		(void)snprintf(error, EXPRESSION_ERROR_SIZE,
		        "the regular expression is too large (write a shorter one, with smaller repetitions)");
		return false;
	}
	if (!*text) {
		(void)snprintf(
		        error, EXPRESSION_ERROR_SIZE, "the regular expression is empty (leave it out for any text)");
		return false;
	}
	if (has_back_reference(text)) {
		(void)snprintf(error, EXPRESSION_ERROR_SIZE,
		        "the regular expression refers back to a group (write out what \\1 to \\9 stand for)");
		return false;
	}
	code = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB);
	if (code == 0) {
		regfree(&expression);
		return true;
	}
	(void)regerror(code, &expression, reason, sizeof(reason));
	(void)snprintf(error, EXPRESSION_ERROR_SIZE,
	        "the regular expression is wrong: %s (write \\ before a character that stands for itself)", reason);
	return false;
}
