/* SPDX-License-Identifier: MIT
 *
 * Any text as Autoheal's conf.yaml: what is made of it is a configuration that `feeddog check` takes, or there is an error
 * and nothing is made. (That it is one is tested by the import itself, which says "please report this" where it is not.)
 *
 * Found: a pname that was an alias, and so refused, was looked into (corpus: pname_alias).
 */
#include "fuzz.h"

#include "importer/autoheal.h"

#include <stdlib.h>
#include <string.h>

/* A line of the input may hold any words, but is never the last: a caret follows it. */
static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct capture capture;
	bool imported;

	capture_begin(&capture);
	imported = autoheal_import("conf.yaml", (const char *)bytes, size, stdout, stderr);
	capture_end(&capture);
	must(imported == (capture.out_size > 0));
	must(imported || strstr(capture.error_text, ": error: "));
	must(!ends_with(capture.error_text, "(please report this)\n"));
	must(is_plain_text(capture.error_text, capture.error_size));
	capture_free(&capture);
	return 0;
}
