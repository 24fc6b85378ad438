/* SPDX-License-Identifier: MIT
 *
 * `feeddog status [--json] [--watch]`.
 */
#include "command.h"
#include "status_table.h"
#include "status_view.h"
#include "style.h"

#include "cli/json/json_view.h"
#include "core/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WATCH_EVERY_S = 1 };

static int judge(const struct status_view *view)
{
	switch (view->reading) {
	case STATUS_READ:
		break;
	case STATUS_NONE:
		return view->running == RUNNING_YES ? EX_NOT_WELL : EX_NOT_RUNNING;
	case STATUS_NO_ACCESS:
	case STATUS_GARBLED:
		return EX_OSERR;
	}
	if (view->running != RUNNING_YES)
		return EX_NOT_RUNNING;
	bool well = strcmp(view->state, board_state_name(BOARD_WELL)) == 0;
	return well && view->age_ms <= STATUS_OLD_MS && json_is_true(view->root, "feeding") ? EX_OK : EX_NOT_WELL;
}

/* Reads and shows it once; the exit code. `in_place`: on a screen that shows nothing else, so errors go there too. */
static int show(FILE *out, bool in_place, const struct invocation *invocation)
{
	struct status_view view;
	char why[STATUS_WHY_SIZE];

	status_view_open(&view, invocation->run_dir);
	int code = judge(&view);
	if (view.reading != STATUS_READ)
		(void)fprintf(
		        in_place ? out : stderr, "feeddog: %s\n", status_view_why(&view, invocation->run_dir, why));
	else if (invocation->values[OPTION_JSON])
		(void)fwrite(view.text, 1, view.length, out);
	else
		status_table(out, style_wanted(), &view);
	status_view_close(&view);
	return code;
}

/* In place, as much of it as fits: from the top left corner, each line's old rest wiped away, and then all below. */
static void repaint(const char *text)
{
	struct winsize window;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_row > 1;
	int rows = known ? window.ws_row - 1 : 1000;

	(void)fputs("\033[H", stdout);
	for (; *text && rows > 0; rows--) {
		int length = (int)strcspn(text, "\n");
		(void)printf("%.*s\033[K\n", length, text);
		text += length + (text[length] == '\n');
	}
	(void)fputs("\033[J", stdout);
}

/* Until a signal or a closed pipe ends it; the exit code is that of the last look. */
static int watch(const struct invocation *invocation)
{
	bool in_place = isatty(STDOUT_FILENO) && !invocation->values[OPTION_JSON];
	char *text = NULL;
	size_t length;

	for (;;) {
		FILE *out = open_memstream(&text, &length);
		if (!out) {
			complain("status: %s", strerror(errno));
			return EX_OSERR;
		}
		int code = show(out, in_place, invocation);
		(void)fclose(out);
		if (in_place)
			repaint(text);
		else if (length > 0)
			(void)printf("%s%s", text, invocation->values[OPTION_JSON] ? "" : "\n");
		free(text);
		if (fflush(stdout) != 0)
			return code;
		(void)sleep(WATCH_EVERY_S);
	}
}

int command_status(const struct invocation *invocation)
{
	return invocation->values[OPTION_WATCH] ? watch(invocation) : show(stdout, false, invocation);
}
