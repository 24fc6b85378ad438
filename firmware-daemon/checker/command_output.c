/* SPDX-License-Identifier: MIT
 *
 * What the command of a check prints.
 */
#include "command_output.h"

#include "loop.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int command_output_begin(struct probe *probe, struct command_output *output)
{
	int ends[2];

	output->size = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 || probe_watch(probe, ends[0]) < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return -1;
	}
	output->fd = ends[0];
	return ends[1];
}

static void end_reading(struct probe *probe, struct command_output *output)
{
	probe_close(probe, output->fd);
	output->fd = -1;
}

/* Reads on when the text is full: a command whose pipe is closed or full would fail because of it. */
void command_output_read(struct probe *probe, struct command_output *output)
{
	char piece[4096];
	ssize_t length = read(output->fd, piece, sizeof(piece));

	if (length < 0)
		return;
	size_t room = sizeof(output->text) - output->size;
	size_t taken = (size_t)length < room ? (size_t)length : room;
	memcpy(output->text + output->size, piece, taken);
	output->size += taken;
	if (length == 0)
		end_reading(probe, output);
}

void command_output_publish(struct probe *probe, const struct command_output *output)
{
	output_page_write(&probe->checker->output, probe->check, output->text, output->size);
}

void command_output_end(struct probe *probe, struct command_output *output)
{
	if (output->fd >= 0)
		command_output_read(probe, output);
	if (output->fd >= 0)
		end_reading(probe, output);
	command_output_publish(probe, output);
}
