/* SPDX-License-Identifier: MIT
 *
 * Any text as a configuration, by the way of `feeddog compile`. A text is refused with an error that can be shown on a
 * terminal, or becomes a block that passes the reader's test and that the policy can be run with.
 */
#include "fuzz.h"

#include "compiler/compile.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *said = NULL;
	size_t length = 0;
	FILE *messages = open_memstream(&said, &length);
	struct flat *flat;
	const char *why = "";

	must(messages != NULL);
	flat = compile_text("f.yaml", (const char *)bytes, size, messages);
	must(fclose(messages) == 0);
	must(is_plain_text(said, length));
	must(flat || strstr(said, ": error: "));
	if (flat) {
		must(flat_verify(flat, flat->size, &why));
		policy_run(flat, false);
	}
	free(flat);
	free(said);
	return 0;
}
