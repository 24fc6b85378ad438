/* SPDX-License-Identifier: MIT
 *
 * Lines are escaped, cut, counted and marked.
 */
#include "helper_log.h"

#include "os/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE_SIZE = 4096, LAST_PIECES = 16 };

void helper_log_begin(struct helper_log *log, int fd, const char *name, int64_t now_ms)
{
	*log = (struct helper_log){.fd = fd, .name = name};
	bucket_fill(&log->lines, HELPER_LINE_BURST, now_ms);
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		log->fd = -1;
}

int64_t helper_log_rest_ms(const struct helper_log *log, int64_t now_ms)
{
	return log->read_at_ms > now_ms ? log->read_at_ms - now_ms : 0;
}

/* "<4>..." asks for a priority; what asks for none is for information. */
static enum log_priority take_priority(const char **text)
{
	const char *t = *text;

	if (t[0] != '<' || t[1] < '0' || t[1] > '7' || t[2] != '>')
		return LOG_PRIORITY_INFO;
	*text += 3;
	int priority = t[1] - '0';
	return priority < LOG_PRIORITY_ERROR   ? LOG_PRIORITY_ERROR
	        : priority > LOG_PRIORITY_INFO ? LOG_PRIORITY_INFO
	                                       : (enum log_priority)priority;
}

static void say_suppressed(struct helper_log *log)
{
	if (log->suppressed == 0)
		return;
	log_line(LOG_PRIORITY_WARNING, "event=output from=%s suppressed=%" PRIu64, log->name, log->suppressed);
	log->suppressed = 0;
}

/* The log is asked for room, which costs system calls, only where the helper may say something. */
static bool may_say(struct helper_log *log, int64_t now_ms)
{
	return bucket_has(&log->lines, HELPER_LINE_BURST, HELPER_LINE_EACH_MS, now_ms) && log_has_room() &&
	        bucket_take(&log->lines, HELPER_LINE_BURST, HELPER_LINE_EACH_MS, now_ms);
}

static void say_line(struct helper_log *log, int64_t now_ms)
{
	char text[LOG_LINE_SIZE], line[HELPER_LINE_SIZE + 4];

	if (log->length == 0)
		return;
	(void)snprintf(line, sizeof(line), "%.*s%s", (int)log->length, log->line, log->cut ? "..." : "");
	log->length = 0;
	log->cut = false;
	if (!may_say(log, now_ms)) {
		log->suppressed++;
		log->is_loud = true;
		return;
	}
	say_suppressed(log);
	const char *rest = line;
	enum log_priority priority = take_priority(&rest);
	size_t length = (size_t)snprintf(text, sizeof(text), "event=output from=%s", log->name);
	(void)log_append_text(text, sizeof(text), length, "text", rest);
	log_line(priority, "%s", text);
}

static void take(struct helper_log *log, char byte, int64_t now_ms)
{
	if (byte == '\n')
		say_line(log, now_ms);
	else if (log->length < HELPER_LINE_SIZE)
		log->line[log->length++] = byte ? byte : ' ';
	else
		log->cut = true;
}

void helper_log_read(struct helper_log *log, int64_t now_ms)
{
	char piece[PIECE_SIZE];
	ssize_t size = read(log->fd, piece, sizeof(piece));

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0) {
		log->fd = -1;
		return;
	}
	log->is_loud = false;
	log->heard_ms = now_ms;
	for (ssize_t i = 0; i < size; i++)
		take(log, piece[i], now_ms);
	log->read_at_ms = log->is_loud ? now_ms + HELPER_REST_MS : now_ms;
}

int64_t helper_log_wait_ms(const struct helper_log *log, int64_t now_ms)
{
	int64_t wait_ms = log->heard_ms + HELPER_QUIET_MS - now_ms;

	if (log->suppressed == 0)
		return -1;
	return wait_ms > 0 ? wait_ms : 0;
}

void helper_log_step(struct helper_log *log, int64_t now_ms)
{
	if (helper_log_wait_ms(log, now_ms) == 0)
		say_suppressed(log);
}

void helper_log_end(struct helper_log *log, int64_t now_ms)
{
	for (int i = 0; i < LAST_PIECES && log->fd >= 0; i++)
		helper_log_read(log, now_ms);
	say_line(log, now_ms);
	say_suppressed(log);
}
