/* SPDX-License-Identifier: MIT
 *
 * Thin: one line of log, in logfmt, to standard error with a `<N>` priority (journald's convention), or to syslog's socket
 * where standard error is closed or /dev/null. It never blocks: a line that cannot be taken at once is counted and
 * dropped, and the next line that goes through is preceded by one that says how many were lost. It allocates nothing.
 *
 * A regular file alone can make it wait, for its disk: who must not wait has somebody else write to it.
 */
#ifndef FEEDDOG_OS_LOG_H
#define FEEDDOG_OS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_priority { LOG_PRIORITY_ERROR = 3, LOG_PRIORITY_WARNING = 4, LOG_PRIORITY_NOTICE = 5, LOG_PRIORITY_INFO = 6 };

enum { LOG_LINE_SIZE = 1024 };

/*
 * Opens the log; `program` is its syslog tag and must stay valid. Call it early, and again where standard error was
 * replaced. Standard descriptors that are closed become /dev/null.
 */
void log_open(const char *program);

/* Lines that follow are lost. */
void log_close(void);

/* Writes "<priority>" and the formatted text, which is "event=NAME key=value ...". Cut at LOG_LINE_SIZE. */
__attribute__((format(printf, 2, 3))) void log_line(enum log_priority priority, const char *format, ...);

/*
 * Whether at least half of what takes the log is free. Lines of others are left out where it is not, so that they cannot take the
 * room of feeddog's own while nobody reads.
 */
bool log_has_room(void);

/* Says how many lines were lost, where that was not said yet and it can be: call it now and then, for no line may follow. */
void log_tell_lost(void);

/*
 * Appends ` key="value"` to a line that is being built in line[size], quoted and escaped where logfmt needs it; control
 * characters, those that turn text round, and what is not UTF-8 become `\xNN`. Cut where there is no more room. Returns the new length.
 */
size_t log_append_text(char line[], size_t size, size_t length, const char *key, const char *value);

/* Lines lost so far. */
uint64_t log_lost(void);

#endif
