/* SPDX-License-Identifier: MIT
 *
 * A process that a test plays in place of the kernel's: it ends when and how the test says, and keeps the signals that its group
 * got. Linked by FAKE_, with WRAP_ of kill, spawn_start and waitid.
 */
#ifndef FEEDDOG_TESTS_PLAYED_PROCESS_H
#define FEEDDOG_TESTS_PLAYED_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

enum { PLAYED_PID = 4711 };

struct played_process {
	bool ended, others; /* the leader has ended; others of its group live */
	int code, status;
	pid_t start_result;
	char signals[64];
	int reaped;
};

extern struct played_process played_process;

/* Another one, that can be started. */
void played_process_begin(void);

void played_process_end(int code, int status);

#endif
