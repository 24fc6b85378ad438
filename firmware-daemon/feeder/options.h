/* SPDX-License-Identifier: MIT
 *
 * feeddogd's command line.
 */
#ifndef FEEDDOG_FEEDER_OPTIONS_H
#define FEEDDOG_FEEDER_OPTIONS_H

#include <stdbool.h>

/* The sysexits that feeddogd ends with; promise P10. */
enum {
	EXIT_OK = 0,
	EXIT_USAGE = 64,
	EXIT_NO_DOG = 69,
	EXIT_SYSTEM = 71,
	EXIT_CONFIG = 78,
};

struct options {
	const char *config;
	const char *run_dir;
	const char *state_dir;
};

/* Reads the arguments. On --help, --version and errors it has said what there is to say: *exit_code, and false. */
bool options_read(int argc, char *argv[], struct options *options, int *exit_code);

#endif
