/* SPDX-License-Identifier: MIT
 *
 * How `feeddog` says that something went wrong. Thin.
 */
#include "command.h"

#include <stdarg.h>

void complain(const char *format, ...)
{
	va_list arguments;

	(void)fputs("feeddog: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
}
