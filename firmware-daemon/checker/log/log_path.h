/* SPDX-License-Identifier: MIT
 *
 * Logs whose names change: a pattern of names as of the shell (* ? []), in which %Y %y %m %d %H %M %S %j and %F stand for
 * their digits, as in strftime(3). The newest is the one that was created last, so that neither the wall clock nor a late
 * line in an older one decides. Compressed files are no logs to follow.
 */
#ifndef FEEDDOG_CHECKER_LOG_PATH_H
#define FEEDDOG_CHECKER_LOG_PATH_H

#include <limits.h>

/* A file of exactly that name; where there is none, the newest that fits. 0, -ENOENT or another -errno. May block. */
__attribute__((warn_unused_result)) int log_path_find(const char *path, char out[PATH_MAX]);

#endif
