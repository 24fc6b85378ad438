/* SPDX-License-Identifier: MIT
 *
 * The command line, read by one table of options and one of subcommands. Pure: words in, an invocation or a sentence out.
 */
#ifndef FEEDDOG_CLI_COMMAND_LINE_H
#define FEEDDOG_CLI_COMMAND_LINE_H

#include "command.h"

#include <stddef.h>

struct option_rule {
	const char *name;  /* without its dashes */
	char letter;       /* 0: none */
	const char *value; /* the word for its value in the usage, NULL: it takes none */
	const char *says;
};

extern const struct option_rule option_rules[OPTION_COUNT];

/* A set of options. */
#define OPTION_BIT(id) (1u << (id))
/* Those that every subcommand takes. */
#define OPTIONS_COMMON                                                                                                 \
	(OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_RUN_DIR) | OPTION_BIT(OPTION_STATE_DIR) |                       \
	        OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))

struct subcommand {
	const char *name;
	const char *arguments; /* as in the usage, "" for none */
	const char *says;
	int least, most;  /* arguments */
	unsigned options; /* besides the common ones */
	int (*run)(const struct invocation *invocation);
};

enum { COMMAND_LINE_ERROR_SIZE = 256 };

/*
 * Reads argv[1] on, which it sorts: arguments to the front of it, in their order. `*subcommand` is NULL where none was
 * named. False: `error` is the sentence to say.
 */
bool command_line_read(int argc, char *argv[], const struct subcommand table[], size_t count,
        const struct subcommand **subcommand, struct invocation *invocation, char error[COMMAND_LINE_ERROR_SIZE]);

#endif
