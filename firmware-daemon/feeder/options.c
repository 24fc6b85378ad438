/* SPDX-License-Identifier: MIT
 *
 * feeddogd's command line.
 */
#include "options.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
        "usage: feeddogd [-c FILE] [--run-dir DIR] [--state-dir DIR]\n"
        "\n"
        "Keeps the server on this board alive: checks it, and feeds the watchdog only while it is healthy.\n"
        "Runs in the foreground and logs to standard error.\n"
        "\n"
        "  -c, --config FILE  the configuration (" FEEDDOG_SYSCONFDIR "/feeddog/feeddog.yaml)\n"
        "  --run-dir DIR      status and control socket (/run/feeddog)\n"
        "  --state-dir DIR    what survives a reset (/var/lib/feeddog)\n"
        "  --help, --version\n"
        "\n"
        "`feeddog check` validates a configuration, `feeddog status` shows how the board is.\n";

static const char *take_value(int argc, char *argv[], int *i)
{
	if (*i + 1 < argc)
		return argv[++*i];
	fprintf(stderr, "feeddogd: %s needs a value (see feeddogd --help)\n", argv[*i]);
	return NULL;
}

bool options_read(int argc, char *argv[], struct options *options, int *exit_code)
{
	*options = (struct options){
	        .config = FEEDDOG_SYSCONFDIR "/feeddog/feeddog.yaml",
	        .run_dir = "/run/feeddog",
	        .state_dir = "/var/lib/feeddog",
	};
	for (int i = 1; i < argc; i++) {
		const char **value = NULL;

		*exit_code = EXIT_OK;
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(usage, stdout);
			return false;
		}
		if (strcmp(argv[i], "--version") == 0) {
			puts("feeddogd " FEEDDOG_VERSION);
			return false;
		}
		*exit_code = EXIT_USAGE;
		if (strcmp(argv[i], "-c") == 0 || strcmp(argv[i], "--config") == 0)
			value = &options->config;
		else if (strcmp(argv[i], "--run-dir") == 0)
			value = &options->run_dir;
		else if (strcmp(argv[i], "--state-dir") == 0)
			value = &options->state_dir;
		if (!value) {
			fprintf(stderr, "feeddogd: unknown argument \"%s\" (see feeddogd --help)\n", argv[i]);
			return false;
		}
		*value = take_value(argc, argv, &i);
		if (!*value)
			return false;
	}
	return true;
}
