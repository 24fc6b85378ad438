/* SPDX-License-Identifier: MIT
 *
 * The subcommands of `feeddog`: what each is given, and what it may return. One file per subcommand; cli/main.c holds the
 * table of them, from which the usage is printed too.
 *
 * A subcommand returns its exit code. It has said what went wrong in one sentence on standard error before it returns any
 * other than EX_OK.
 */
#ifndef FEEDDOG_CLI_COMMAND_H
#define FEEDDOG_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h> /* EX_USAGE 64, EX_UNAVAILABLE 69, EX_OSERR 71, EX_CONFIG 78 */

enum {
	EX_NOT_WELL = 1,    /* `status`, `probe`, `doctor`: it works, and something is not well */
	EX_NOT_RUNNING = 3, /* feeddogd does not run */
};

/* Every option of every subcommand. */
enum option_id {
	OPTION_CONFIG,
	OPTION_RUN_DIR,
	OPTION_STATE_DIR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_JSON,
	OPTION_WATCH,
	OPTION_REASON,
	OPTION_NUMBER,
	OPTION_FOR,
	OPTION_FAULT,
	OPTION_NO_REBOOT,
	OPTION_ROOT,
	OPTION_RESULT,
	OPTION_YES,
	OPTION_COUNT
};

/* --fault may be given so often. */
enum { FAULTS_LAST = 32 };

struct invocation {
	const char *config;               /* -c, --config: never NULL */
	const char *run_dir;              /* --run-dir: never NULL */
	const char *state_dir;            /* --state-dir: never NULL */
	const char *values[OPTION_COUNT]; /* an option's value, "" for one that takes none; NULL: not given */
	const char *faults[FAULTS_LAST];  /* --fault: all of them, in order */
	int fault_count;
	int argument_count; /* between the subcommand's least and most */
	char **arguments;
};

int command_check(const struct invocation *invocation);
int command_compile(const struct invocation *invocation);
int command_probe(const struct invocation *invocation);
int command_status(const struct invocation *invocation);
int command_history(const struct invocation *invocation);
int command_hold(const struct invocation *invocation);
int command_resume(const struct invocation *invocation);
int command_going_down(const struct invocation *invocation);
int command_explain(const struct invocation *invocation);
int command_simulate(const struct invocation *invocation);
int command_import(const struct invocation *invocation);
int command_drill(const struct invocation *invocation);
int command_doctor(const struct invocation *invocation);
int command_led(const struct invocation *invocation);

/* Writes "feeddog: " and one sentence to standard error. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

#endif
