/* SPDX-License-Identifier: MIT
 *
 * Getting the flat configuration: `feeddog compile FILE` is run and leaves it in a memfd, which is then sealed, so that
 * feeder, checker, actor and LED all see the same bytes and the feeder holds no parser.
 */
#ifndef FEEDDOG_FEEDER_LOAD_CONFIG_H
#define FEEDDOG_FEEDER_LOAD_CONFIG_H

#include "config/flat.h"

/*
 * Compiles `file`. EXIT_OK, and then *flat is mapped for the life of the process and *fd is its sealed descriptor;
 * otherwise the exit code, after one sentence or the compiler's errors on standard error.
 */
int load_config(const char *file, const struct flat **flat, int *fd);

#endif
