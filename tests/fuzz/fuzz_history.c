/* SPDX-License-Identifier: MIT
 *
 * Any bytes as STATE/history.jsonl, read by `feeddog history`: what is shown cannot drive a terminal, and what --json
 * prints is JSON.
 *
 * Found: a line with something behind its object (corpus: behind) counted as whole, for libfyaml reads up to the end of the
 * object; --json handed it on, and what it printed was no JSON. A text was cut in the middle of a letter (corpus: cut_letter), whose
 * rest a terminal would look for in what comes next.
 */
#include "fuzz.h"

#include "cli/command.h"
#include "cli/json/json_check.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static char *wrap(const char *array, size_t size)
{
	char *text = malloc(size + sizeof("{\"all\":}"));

	must(text != NULL);
	memcpy(text, "{\"all\":", 7);
	memcpy(text + 7, array, size);
	memcpy(text + 7 + size, "}", 2);
	return text;
}

static void check_json(const char *array, size_t size)
{
	char *text = wrap(array, size);

	must(json_is_object(text, strlen(text)));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	struct invocation invocation = {.state_dir = fuzz_folder()};
	struct capture capture;
	char path[256];
	int code;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (take_byte(&input) & 1)
		invocation.values[OPTION_JSON] = "";
	fuzz_write_file(fuzz_path("history.jsonl", path), input.bytes, input.size);
	capture_begin(&capture);
	code = command_history(&invocation);
	capture_end(&capture);
	must(code == EX_OK);
	must(is_plain_text(capture.error_text, capture.error_size));
	if (invocation.values[OPTION_JSON])
		check_json(capture.out_text, capture.out_size);
	else
		must(is_plain_text(capture.out_text, capture.out_size));
	capture_free(&capture);
	return 0;
}
