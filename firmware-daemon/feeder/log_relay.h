/* SPDX-License-Identifier: MIT
 *
 * The process that logs what the feeder must not wait for (`feeddog-actor --log-relay`), started before the board is declared
 * guarded.
 *
 * The checker and the LED program print into pipes, which it reads: it marks, bounds and escapes their lines. The feeder does not
 * read them, because the writer of a pipe can hold its lock for as long as it likes.
 *
 * Where standard error is a regular file, as in `feeddogd 2>>FILE`, a line of the log may have to wait for the disk. Standard error
 * is then made a pipe, too. Where the disk hangs only that process does; what does not fit the pipe is lost and counted.
 */
#ifndef FEEDDOG_FEEDER_LOG_RELAY_H
#define FEEDDOG_FEEDER_LOG_RELAY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct log_relay {
	bool is_there;
	bool has_file;              /* standard error was a regular file, and is a pipe now */
	int log_fd;                 /* where the log goes */
	int end_fd;                 /* without a file: the process ends when this is closed */
	int pipe_fd;                /* its standard input */
	int outputs[2], readers[2]; /* for checker and LED: to print into, to read from */
	pid_t pid;                  /* 0: it is not running */
	int64_t started_ms, start_at_ms;
	uint32_t delay_ms;
	char path[PATH_MAX];
	int program_fd;
};

/* Starts the process, and replaces standard error where that is a regular file. 0 or -errno. To be followed by log_open(). */
__attribute__((warn_unused_result)) int log_relay_begin(struct log_relay *relay, int64_t now_ms);

/* Whether it was the process that has ended; it will be started again. */
bool log_relay_died(struct log_relay *relay, pid_t pid, int64_t now_ms);

/* Starts it again where it is time. Never later than half a second: it is asked in every turn. */
void log_relay_step(struct log_relay *relay, int64_t now_ms);

/* The last words: waits a while until they are in the file. Nothing is logged after it. */
void log_relay_end(struct log_relay *relay);

#endif
