/* SPDX-License-Identifier: MIT
 *
 * Any bytes as RUN/status.json, read by `feeddog status`: what is shown cannot drive a terminal, and a board is well only
 * where the file says so.
 */
#include "fuzz.h"

#include "cli/command.h"
#include "cli/status_table.h"
#include "cli/status_view.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct invocation invocation = {.run_dir = fuzz_folder()};
	struct status_view view;
	struct capture capture;
	char path[256], why[STATUS_WHY_SIZE];

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	fuzz_write_file(fuzz_path("status.json", path), bytes, size);
	capture_begin(&capture);
	/* Nobody holds the lock of this folder, so nothing is running, whatever the file says. */
	must(command_status(&invocation) != EX_OK);
	status_view_open(&view, invocation.run_dir);
	if (view.reading == STATUS_READ) {
		view.running = RUNNING_YES;
		status_table(stdout, false, &view);
	} else {
		(void)fputs(status_view_why(&view, invocation.run_dir, why), stdout);
		must(*why != '\0');
	}
	status_view_close(&view);
	capture_end(&capture);
	must(capture.out_size + capture.error_size > 0);
	must(is_plain_text(capture.out_text, capture.out_size));
	must(is_plain_text(capture.error_text, capture.error_size));
	capture_free(&capture);
	return 0;
}
