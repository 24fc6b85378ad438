/* SPDX-License-Identifier: MIT
 *
 * What the command of a check prints: the beginning is kept and published with the result.
 */
#ifndef FEEDDOG_CHECKER_COMMAND_OUTPUT_H
#define FEEDDOG_CHECKER_COMMAND_OUTPUT_H

#include <stddef.h>

struct probe;

enum { COMMAND_OUTPUT_SIZE = 256 };

struct command_output {
	int fd;      /* the reading end of the command's pipe; -1: none */
	size_t size; /* bytes of text in use */
	char text[COMMAND_OUTPUT_SIZE];
};

/* The writing end of a new pipe for the command; -1: there is none, and the command runs without it. */
int command_output_begin(struct probe *probe, struct command_output *output);

/* When the pipe is readable. */
void command_output_read(struct probe *probe, struct command_output *output);

/* Before a result is reported, for the programs that show it. */
void command_output_publish(struct probe *probe, const struct command_output *output);

/* When the command has ended: reads the rest, closes the pipe and publishes. */
void command_output_end(struct probe *probe, struct command_output *output);

#endif
