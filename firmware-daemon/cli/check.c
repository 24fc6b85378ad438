/* SPDX-License-Identifier: MIT
 *
 * feeddog check: OK, or every error of a configuration.
 */
#include "command.h"

#include "compiler/compile.h"
#include "compiler/trust.h"

#include <stdlib.h>
#include <unistd.h>

/* Who else can write the file, or read what it holds. feeddogd refuses the first where it runs as root. */
static void warn(const char *file, const struct flat *flat)
{
	char why[TRUST_TEXT_SIZE];

	if (!trust_only_owner_writes(file, geteuid(), why))
		(void)fprintf(stderr, "%s: warning: %s\n", file, why);
	if (!trust_keeps_secrets(file, flat, why))
		(void)fprintf(stderr, "%s: warning: %s\n", file, why);
}

int command_check(const struct invocation *invocation)
{
	const char *file = invocation->argument_count > 0 ? invocation->arguments[0] : invocation->config;
	struct flat *flat = compile_file_with_notes(file, stderr);

	if (!flat)
		return EX_CONFIG;
	warn(file, flat);
	free(flat);
	if (puts("OK") == EOF || fflush(stdout) == EOF) {
		complain("the answer cannot be written to standard output (make room, or send it elsewhere)");
		return EX_OSERR;
	}
	return EX_OK;
}
