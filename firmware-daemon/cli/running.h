/* SPDX-License-Identifier: MIT
 *
 * Thin: whether feeddogd runs. The lock that it holds for its whole life tells, and nothing else does.
 */
#ifndef FEEDDOG_CLI_RUNNING_H
#define FEEDDOG_CLI_RUNNING_H

enum running { RUNNING_NO, RUNNING_YES, RUNNING_UNKNOWN };

enum running feeddogd_running(const char *run_dir);

#endif
