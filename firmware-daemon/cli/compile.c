/* SPDX-License-Identifier: MIT
 *
 * feeddog compile: the flat configuration to standard output. This is what feeddogd runs.
 */
#include "command.h"

#include "compiler/compile.h"
#include "compiler/trust.h"

#include <stdlib.h>
#include <unistd.h>

int command_compile(const struct invocation *invocation)
{
	const char *file = invocation->argument_count > 0 ? invocation->arguments[0] : invocation->config;
	char why[TRUST_TEXT_SIZE];
	struct flat *flat;
	bool written;

	if (isatty(STDOUT_FILENO)) {
		complain("the flat configuration is not for a terminal (send it to a file, or use `feeddog check`)");
		return EX_USAGE;
	}
	/* feeddogd runs this, and then what the file says: the sentence is feeddogd's, and names the path once. */
	if (geteuid() == 0 && !trust_only_owner_writes(file, 0, why)) {
		(void)fprintf(stderr, "feeddogd: %s\n", why);
		return EX_CONFIG;
	}
	flat = compile_file(file, stderr);
	if (!flat)
		return EX_CONFIG;
	written = fwrite(flat, 1, flat->size, stdout) == flat->size && fflush(stdout) == 0;
	free(flat);
	if (!written) {
		complain(
		        "the flat configuration cannot be written to standard output (make room, or send it elsewhere)");
		return EX_OSERR;
	}
	return EX_OK;
}
