/* SPDX-License-Identifier: MIT
 *
 * Where standard error is a regular file, as in `feeddogd 2>>FILE`, a line of the log may have to wait for the disk. So
 * standard error is made a pipe, before the board is declared guarded, and a process of its own reads it and writes the file
 * (`feeddog-actor --log-relay`). Where the disk hangs only that process does; what does not fit the pipe is lost and counted.
 */
#ifndef FEEDDOG_FEEDER_LOG_RELAY_H
#define FEEDDOG_FEEDER_LOG_RELAY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct log_relay {
	bool is_there; /* standard error was a regular file */
	int file_fd, pipe_fd;
	pid_t pid; /* 0: it is not running */
	int64_t started_ms, start_at_ms;
	uint32_t delay_ms;
	char path[PATH_MAX];
	int program_fd;
};

/* Where standard error is a regular file: replaces it and starts the process. 0 or -errno. To be followed by log_open(). */
__attribute__((warn_unused_result)) int log_relay_begin(struct log_relay *relay, int64_t now_ms);

/* Whether it was the process that has ended; it will be started again. */
bool log_relay_died(struct log_relay *relay, pid_t pid, int64_t now_ms);

/* Starts it again where it is time. Never later than half a second: it is asked in every turn. */
void log_relay_step(struct log_relay *relay, int64_t now_ms);

/* The last words: waits a while until they are in the file. Nothing is logged after it. */
void log_relay_end(struct log_relay *relay);

#endif
