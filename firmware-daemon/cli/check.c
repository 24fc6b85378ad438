/* SPDX-License-Identifier: MIT
 *
 * feeddog check: OK, or every error of a configuration.
 */
#include "command.h"

#include "../config/compile.h"

#include <stdlib.h>

int command_check(const struct invocation *invocation)
{
	const char *file = invocation->argument_count > 0 ? invocation->arguments[0] : invocation->config;
	struct flat *flat = compile_file_with_notes(file, stderr);

	if (!flat)
		return EX_CONFIG;
	free(flat);
	if (puts("OK") == EOF || fflush(stdout) == EOF) {
		complain("the answer cannot be written to standard output (make room, or send it elsewhere)");
		return EX_OSERR;
	}
	return EX_OK;
}
