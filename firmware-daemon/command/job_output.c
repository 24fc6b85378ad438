/* SPDX-License-Identifier: MIT
 *
 * Reading is as fast as it comes, so that no command waits for the log; saying is what is bounded.
 */
#include "job_output.h"

#include "slot_path.h"

#include "os/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DRAIN_PIECES = 16, DRAIN_PIECE_SIZE = 4096 };

static size_t begin_line(const struct job_output *output, char text[], size_t size)
{
	size_t length = (size_t)snprintf(text, size, "event=output");

	if (*output->name == '.')
		return log_append_text(text, size, length, "from", output->name + 1);
	if (*output->name)
		return log_append_text(text, size, length, "service", output->name);
	return log_append_text(text, size, length, "command", "reboot");
}

/* How many lines were left out stands in the next line that is not: a line of its own for it would double the flood. */
static size_t add_suppressed(struct job_output *output, char text[], size_t size)
{
	size_t length = begin_line(output, text, size);
	char number[24];

	if (output->suppressed > 0) {
		(void)snprintf(number, sizeof(number), "%" PRIu64, output->suppressed);
		length = log_append_text(text, size, length, "suppressed", number);
	}
	output->suppressed = 0;
	return length;
}

static void tell_suppressed(struct job_output *output)
{
	char text[LOG_LINE_SIZE];

	if (output->suppressed == 0)
		return;
	(void)add_suppressed(output, text, sizeof(text));
	log_line(LOG_PRIORITY_INFO, "%s", text);
}

/* The time in which a further line may be said. */
static int64_t line_each_ms(const struct job_output *output)
{
	return output->running ? OUTPUT_LINE_MS : OUTPUT_LEFT_LINE_MS;
}

/* The log is asked for room, which costs system calls, only where the command may say something. */
static bool may_say(struct job_output *output, int64_t now_ms)
{
	int64_t each_ms = line_each_ms(output);

	return bucket_has(&output->lines, OUTPUT_BURST, each_ms, now_ms) && log_has_room() &&
	        bucket_take(&output->lines, OUTPUT_BURST, each_ms, now_ms);
}

static void say_line(struct job_output *output, int64_t now_ms)
{
	char text[LOG_LINE_SIZE];
	char line[OUTPUT_LINE_SIZE + 4];
	size_t length = output->length;
	bool cut = output->cut;

	output->length = 0;
	output->cut = false;
	while (length > 0 && (output->line[length - 1] == '\r' || output->line[length - 1] == ' '))
		length--;
	if (length == 0)
		return;
	if (!may_say(output, now_ms)) {
		output->suppressed++;
		return;
	}
	(void)snprintf(line, sizeof(line), "%.*s%s", (int)length, output->line, cut ? "..." : "");
	(void)log_append_text(text, sizeof(text), add_suppressed(output, text, sizeof(text)), "text", line);
	log_line(LOG_PRIORITY_INFO, "%s", text);
}

static void take_byte(struct job_output *output, char byte, int64_t now_ms)
{
	if (byte == '\0')
		byte = ' ';
	if (byte == '\n')
		say_line(output, now_ms);
	else if (output->length < OUTPUT_LINE_SIZE)
		output->line[output->length++] = byte;
	else
		output->cut = true;
}

static void close_output(struct job_output *output, int64_t now_ms)
{
	job_output_end(output, now_ms);
	(void)close(output->fd);
	(void)unlink(output->path);
	output->fd = -1;
}

/* The end to read from; -errno. */
static int open_reader(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode))
		return fd;
	(void)close(fd);
	return -EEXIST;
}

void job_output_begin(struct job_output *output, const char *run_dir, const char *name, int64_t now_ms)
{
	slot_path(output->path, run_dir, "output", name);
	output->name = name;
	bucket_fill(&output->lines, OUTPUT_BURST, now_ms);
	output->fd = open_reader(output->path);
	if (output->fd >= 0)
		job_output_drain(output, now_ms);
}

int job_output_open(struct job_output *output, uint32_t uid, uint32_t gid, int64_t now_ms)
{
	int writer;

	if (output->fd < 0) {
		if (mkfifo(output->path, 0600) < 0 && errno != EEXIST)
			return -errno;
		output->fd = open_reader(output->path);
		if (output->fd < 0)
			return output->fd;
		output->length = 0;
		output->cut = false;
	}
	/* Its user's own, because many programs open /dev/stderr by that name. */
	if (geteuid() == 0 && fchown(output->fd, uid, gid) < 0)
		return -errno;
	/* For reading too: this end stays usable when the actor is gone. Opening it so does not wait for anyone. */
	writer = open(output->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (writer < 0)
		return -errno;
	output->running = true;
	bucket_fill(&output->lines, OUTPUT_BURST, now_ms);
	return writer;
}

void job_output_step(struct job_output *output, int64_t now_ms)
{
	if (output->suppressed > 0 && now_ms - output->heard_ms >= OUTPUT_QUIET_MS &&
	        bucket_take(&output->lines, OUTPUT_BURST, line_each_ms(output), now_ms))
		tell_suppressed(output);
}

void job_output_drain(struct job_output *output, int64_t now_ms)
{
	char piece[DRAIN_PIECE_SIZE];

	for (int i = 0; i < DRAIN_PIECES; i++) {
		ssize_t length = read(output->fd, piece, sizeof(piece));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == EAGAIN)
			return;
		if (length <= 0) {
			close_output(output, now_ms);
			return;
		}
		output->heard_ms = now_ms;
		for (ssize_t k = 0; k < length; k++)
			take_byte(output, piece[k], now_ms);
		if ((size_t)length < sizeof(piece))
			return;
	}
}

void job_output_end(struct job_output *output, int64_t now_ms)
{
	if (output->length > 0)
		say_line(output, now_ms);
	tell_suppressed(output);
	output->running = false;
}
