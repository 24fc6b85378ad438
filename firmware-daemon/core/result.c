/* SPDX-License-Identifier: MIT
 *
 * The words for causes.
 */
#include "result.h"

#include "names.h"

static const char *const cause_names[] = {
        [CAUSE_NONE] = "none",
        [CAUSE_OK] = "ok",
        [CAUSE_WARNING] = "warning",
        [CAUSE_REFUSED] = "refused",
        [CAUSE_TIMEOUT] = "timeout",
        [CAUSE_UNREACHABLE] = "unreachable",
        [CAUSE_UNRESOLVED] = "unresolved",
        [CAUSE_DROPPED] = "dropped",
        [CAUSE_TLS] = "tls",
        [CAUSE_GARBLED] = "garbled",
        [CAUSE_STATUS] = "status",
        [CAUSE_BODY] = "body",
        [CAUSE_SLOW] = "slow",
        [CAUSE_NO_PIDFILE] = "no-pidfile",
        [CAUSE_BAD_PIDFILE] = "bad-pidfile",
        [CAUSE_NO_PROCESS] = "no-process",
        [CAUSE_EXITED] = "exited",
        [CAUSE_EXIT_CODE] = "exit-code",
        [CAUSE_SIGNAL] = "signal",
        [CAUSE_CANNOT_PROBE] = "cannot-probe",
        [CAUSE_LATE] = "late",
        [CAUSE_RESTARTED] = "restarted",
        [CAUSE_PATTERN] = "pattern",
        [CAUSE_ABOVE] = "above",
        [CAUSE_BELOW] = "below",
        [CAUSE_ABSENT] = "absent",
        [CAUSE_OLD] = "old",
        [CAUSE_SILENT] = "silent",
        [CAUSE_SHUTDOWN] = "shutdown",
        [CAUSE_BLIND] = "blind",
        [CAUSE_ANSWER] = "answer",
        [CAUSE_EXPIRES] = "expires",
        [CAUSE_NOT_YET] = "not-yet",
};
NAMES_FIT(cause_names, CAUSE_COUNT);

const char *cause_name(enum cause cause)
{
	return NAME_OF(cause_names, cause);
}
