/* SPDX-License-Identifier: MIT
 *
 * The longest way down, drawn: a bar for each rung, as long as its time, but never too short for its name.
 */
#include "explain.h"

#include "words/span_text.h"

#include <stdio.h>
#include <string.h>

enum { DRAWN_WIDTH = 72, STAGES = 4, MARGIN = 2 };

struct stage {
	const char *name;
	int64_t ms;
	int width;
	char sign;
};

/* In proportion, where that leaves room for the names. */
static void fit(struct stage stages[STAGES])
{
	int64_t whole_ms = 0;
	int room = DRAWN_WIDTH;

	for (int i = 0; i < STAGES; i++) {
		if (stages[i].ms == 0)
			continue;
		whole_ms += stages[i].ms;
		stages[i].width = (int)strlen(stages[i].name) + 2 * MARGIN;
		room -= stages[i].width;
	}
	for (int i = 0; i < STAGES && room > 0; i++)
		stages[i].width += (int)(room * stages[i].ms / whole_ms);
}

static void draw_bars(const struct stage stages[STAGES])
{
	(void)putchar('|');
	for (int i = 0; i < STAGES; i++) {
		int blank = stages[i].width - (int)strlen(stages[i].name) - 2;

		if (stages[i].ms == 0)
			continue;
		for (int n = 0; n < blank / 2; n++)
			(void)putchar(stages[i].sign);
		(void)printf(" %s ", stages[i].name);
		for (int n = 0; n < blank - blank / 2; n++)
			(void)putchar(stages[i].sign);
		(void)putchar('|');
	}
	(void)putchar('\n');
}

static void draw_times(const struct stage stages[STAGES])
{
	char text[SPAN_TEXT_SIZE];
	int64_t at_ms = 0;
	int written = printf("0s");
	int column = 0;

	for (int i = 0; i < STAGES; i++) {
		if (stages[i].ms == 0)
			continue;
		at_ms += stages[i].ms;
		column += stages[i].width + 1;
		(void)span_text(text, at_ms);
		/* Each ends below its mark, so that the last one does not run over the edge. */
		written += printf("%*s", column + 1 - written, text);
	}
	(void)putchar('\n');
}

void explain_timeline(const struct flat *flat)
{
	const struct ladder_rule *ladder = &flat->ladder;
	struct stage stages[STAGES] = {
	        {"detection", ladder->detection_ms, 0, '-'},
	        {"restarts", ladder->restart_for_ms, 0, '='},
	        {"reboot", ladder->reboot_within_ms, 0, '#'},
	        {"bites", flat->watchdog.timeout_ms, 0, '~'},
	};

	fit(stages);
	(void)puts("\nThe longest way from the last good verdict to the reset by the hardware:\n");
	draw_bars(stages);
	draw_times(stages);
}
