/* SPDX-License-Identifier: MIT
 *
 * What is not YAML: libfyaml's words for it turned into advice, and tabs found.
 */
#ifndef FEEDDOG_CONFIG_YAML_SYNTAX_H
#define FEEDDOG_CONFIG_YAML_SYNTAX_H

#include "compiler/problems.h"

/* A search for tabs in the indentation, which goes once through the text. */
struct tabs {
	const struct source *source;
	struct problems *problems;
	uint32_t searched; /* up to here */
};

/*
 * Reports every tab in the indentation up to `to`, and says how many there were. Only places between tokens are searched,
 * so that a tab inside of a block of text is left alone; so is one in an empty line or before a comment.
 */
unsigned tabs_report(struct tabs *tabs, uint32_t to);

/* Leaves out what comes before `to`. */
void tabs_skip(struct tabs *tabs, uint32_t to);

/* Reports a syntax error at a place by libfyaml's message. Where a tab stands nearby, that is what is reported. */
void syntax_report(struct tabs *tabs, struct place place, const char *message);

/*
 * Reports a block of text (`|` or `>`), whose lines are at `block`, that is not indented deeper than what it belongs to, at
 * `parent`. libfyaml 0.7.12 takes the keys that follow for lines of it, and returns bytes that it never wrote. False: it was
 * reported, and what follows cannot be made sense of.
 */
bool block_is_indented(struct problems *problems, const struct source *source, struct place block, struct place parent);

/* From a line and column that count from 1 to bytes. */
uint32_t syntax_position(const struct source *source, int line, int column);

#endif
