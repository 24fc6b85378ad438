/* SPDX-License-Identifier: MIT
 *
 * Autoheal's conf.yaml in, a configuration of feeddog that does the same job out. Pure.
 *
 * Autoheal is a generator of shell scripts that cron runs. Its file maps the id of a process to `pname` (a pattern for
 * `pgrep -f`) or `pid_file`, to `dep`, a list of what must answer before it is started, {name, url} or {name, host, port},
 * and to `script`, shell text that starts it.
 */
#ifndef FEEDDOG_CONFIG_AUTOHEAL_H
#define FEEDDOG_CONFIG_AUTOHEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Writes the configuration to `out`; `name` stands for the file in messages. Errors, and warnings of what could not be kept,
 * go to `messages`. False: there was an error, and nothing was written to `out`.
 */
bool autoheal_import(const char *name, const char *text, size_t length, FILE *out, FILE *messages);

#endif
