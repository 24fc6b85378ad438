/* SPDX-License-Identifier: MIT
 *
 * Thin: who this process is and what it may do. Each program drops its own privileges.
 */
#ifndef FEEDDOG_OS_PRIVILEGES_H
#define FEEDDOG_OS_PRIVILEGES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Becomes `uid`/`gid` with these supplementary groups, if this process is root; otherwise stays who it is. 0 or -errno.
 * Afterwards there is no way back: real, effective and saved ids are all set.
 */
__attribute__((warn_unused_result)) int privileges_become(
        uint32_t uid, uint32_t gid, const uint32_t groups[], size_t group_count);

/*
 * The same, for good: also without a capability, in the bounding set either, and without the chance to gain one
 * (no_new_privs), now and across exec. 0 or -errno.
 */
__attribute__((warn_unused_result)) int privileges_renounce(
        uint32_t uid, uint32_t gid, const uint32_t groups[], size_t group_count);

/* An ordinary scheduling class, and an OOM score of `oom_score_adj` (-1000 to 1000). Failures are of no consequence. */
void privileges_ordinary(int oom_score_adj);

/*
 * For the feeder: all memory locked, real-time priority and OOM score -1000. Each that is not allowed is left out; the
 * bits of what was had are returned.
 */
enum { PROTECTED_MEMORY = 1, PROTECTED_PRIORITY = 2, PROTECTED_OOM = 4 };
unsigned privileges_protect(void);

#endif
