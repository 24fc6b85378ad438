/* SPDX-License-Identifier: MIT
 *
 * The last run is the one that the event is about, or a later one.
 */
#include "check_output.h"

#include "core/result.h"

const char *check_output(
        const struct output_page *page, const struct flat *flat, const struct event *event, char text[OUTPUT_TEXT_SIZE])
{
	bool is_result = event->cause == CAUSE_EXIT_CODE || event->cause == CAUSE_WARNING ||
	        event->cause == CAUSE_SIGNAL || event->cause == CAUSE_TIMEOUT || event->cause == CAUSE_BLIND;

	text[0] = '\0';
	if (!page || !is_result || event->check >= flat->check_count ||
	        flat_checks(flat)[event->check].kind != KIND_COMMAND)
		return text;
	return output_page_read(page, event->check, text);
}
