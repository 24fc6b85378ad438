/* SPDX-License-Identifier: MIT
 *
 * Whether a configuration is text at all, before a parser sees it.
 */
#include "text_check.h"

#include "core/utf8.h"

#include <string.h>

static bool is_control(char byte)
{
	return ((unsigned char)byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
}

static bool report_byte(struct problems *problems, const struct source *source, size_t at)
{
	struct place place = {(uint32_t)at, 1};
	unsigned char byte = (unsigned char)source->text[at];

	if (at < 2 && (byte == 0xff || byte == 0xfe))
		problem_error(problems, place, "this looks like UTF-16 (save the file as UTF-8)");
	else if (is_control(source->text[at]))
		problem_error(
		        problems, place, "a control character, byte 0x%02x, is not text (is this a YAML file?)", byte);
	else
		problem_error(problems, place, "byte 0x%02x is not UTF-8 (save the file as UTF-8)", byte);
	return false;
}

/* A byte order mark is passed over. */
static size_t text_start(const struct source *source)
{
	return source->length >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

bool text_is_sound(const struct source *source, struct problems *problems)
{
	bool line_starts = true;
	size_t step;

	for (size_t i = text_start(source); i < source->length; i += step) {
		step = utf8_character(source->text + i, source->length - i);
		if (step == 0 || is_control(source->text[i]))
			return report_byte(problems, source, i);
		/* libfyaml 0.7.12 never ends on some of them, and none is of use here. */
		if (line_starts && source->text[i] == '%') {
			problem_error(problems, (struct place){(uint32_t)i, 1},
			        "a YAML directive has no place here (leave this line out)");
			return false;
		}
		line_starts = source->text[i] == '\n' || source->text[i] == '\r';
	}
	return true;
}
