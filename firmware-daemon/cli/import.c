/* SPDX-License-Identifier: MIT
 *
 * feeddog import: the configuration of another program, as one of feeddog, to standard output.
 */
#include "command.h"

#include "importer/autoheal.h"
#include "compiler/yaml/input.h"

#include <stdlib.h>
#include <string.h>

int command_import(const struct invocation *invocation)
{
	const char *file = invocation->arguments[1];
	char *text = NULL;
	size_t length = 0;
	const char *error;
	bool imported;

	if (strcmp(invocation->arguments[0], "autoheal") != 0) {
		complain("import: %.60s is not a format that is understood (feeddog import autoheal FILE)",
		        invocation->arguments[0]);
		return EX_USAGE;
	}
	error = input_read(file, &text, &length);
	if (error) {
		(void)fprintf(stderr, "%s: error: %s\n", file, error);
		return EX_CONFIG;
	}
	imported = autoheal_import(file, text, length, stdout, stderr);
	free(text);
	if (!imported)
		return EX_CONFIG;
	if (fflush(stdout) == EOF || ferror(stdout)) {
		complain("the configuration cannot be written to standard output (make room, or send it elsewhere)");
		return EX_OSERR;
	}
	return EX_OK;
}
