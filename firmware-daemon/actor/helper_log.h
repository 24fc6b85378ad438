/* SPDX-License-Identifier: MIT
 *
 * What a helper prints: no line of it can be taken for one of feeddogd, and none drowns those.
 */
#ifndef FEEDDOG_ACTOR_HELPER_LOG_H
#define FEEDDOG_ACTOR_HELPER_LOG_H

#include "core/bucket.h"

#include <stddef.h>

enum {
	HELPER_LINE_SIZE = 700,
	HELPER_LINE_BURST = 20,    /* lines at once, and */
	HELPER_LINE_EACH_MS = 500, /* one more in each of these */
	HELPER_REST_MS = 20,       /* between two reads while there are more lines than that */
	HELPER_QUIET_MS = 1000,    /* then the number of lines left out is logged, although no line follows */
};

struct helper_log {
	int fd; /* non-blocking; -1: it ended */
	const char *name;
	struct bucket lines;
	uint64_t suppressed; /* lines left out, not said yet */
	int64_t read_at_ms, heard_ms;
	bool is_loud; /* more lines than allowed */
	bool cut;
	size_t length;
	char line[HELPER_LINE_SIZE];
};

void helper_log_begin(struct helper_log *log, int fd, const char *name, int64_t now_ms);

/* How long not to read from it; 0: it may be read. */
int64_t helper_log_rest_ms(const struct helper_log *log, int64_t now_ms);

/* Reads one piece and logs its lines: event=output from=NAME text="...", with the priority that the line asks for. */
void helper_log_read(struct helper_log *log, int64_t now_ms);

/* How long until helper_log_step() has something to say; -1: nothing. */
int64_t helper_log_wait_ms(const struct helper_log *log, int64_t now_ms);

/* Logs how many lines were left out, where the helper has been silent since. */
void helper_log_step(struct helper_log *log, int64_t now_ms);

/* Logs what is left. */
void helper_log_end(struct helper_log *log, int64_t now_ms);

#endif
