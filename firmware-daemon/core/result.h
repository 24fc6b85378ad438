/* SPDX-License-Identifier: MIT
 *
 * What a probe found: the one record that the checker sends for each probe. Pure. Fixed size, integers only.
 */
#ifndef FEEDDOG_CORE_RESULT_H
#define FEEDDOG_CORE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

/* UNKNOWN is a value, not a missing one: the probe could not be made, which says nothing about the service. */
enum outcome {
	OUTCOME_UNKNOWN,
	OUTCOME_GOOD,
	OUTCOME_WARNING, /* good, but worth an alert */
	OUTCOME_BAD,
	OUTCOME_BLIND, /* there is nothing to measure: no such log, sensor or unit, or no permission (promise P4) */
	OUTCOME_COUNT
};

/* Why an outcome is what it is. A closed list with a total function to text; `detail` is said beside each. */
enum cause {
	CAUSE_NONE,         /* nothing is known yet */
	CAUSE_OK,           /* http: the status; command: 0; a measured value as at CAUSE_ABOVE */
	CAUSE_WARNING,      /* command: the exit code */
	CAUSE_REFUSED,      /* nobody listens */
	CAUSE_TIMEOUT,      /* no answer within the timeout */
	CAUSE_UNREACHABLE,  /* errno */
	CAUSE_UNRESOLVED,   /* the host's name has no address */
	CAUSE_DROPPED,      /* the connection was closed or reset in the middle: errno or 0 */
	CAUSE_TLS,          /* curl's code */
	CAUSE_GARBLED,      /* the answer is not HTTP: curl's code */
	CAUSE_STATUS,       /* http: the status */
	CAUSE_BODY,         /* http: the pattern is not in the body; the status */
	CAUSE_SLOW,         /* it answered after max_latency: milliseconds */
	CAUSE_NO_PIDFILE,   /* errno */
	CAUSE_BAD_PIDFILE,  /* the file holds no pid */
	CAUSE_NO_PROCESS,   /* no such process; the pid, or 0 */
	CAUSE_EXITED,       /* the watched process ended; its pid */
	CAUSE_EXIT_CODE,    /* a command's exit code */
	CAUSE_SIGNAL,       /* a command was killed by this signal */
	CAUSE_CANNOT_PROBE, /* the probe could not be made: errno */
	CAUSE_LATE,         /* the checker did not answer in time */
	CAUSE_RESTARTED,    /* no result since the restart was ordered */
	CAUSE_PATTERN,      /* log: that many matching lines */
	CAUSE_ABOVE,        /* a measured value over its limit, rounded: percent; degrees Celsius; hundredths of a load;
	                     * MiB of memory; bytes of a file */
	CAUSE_BELOW,        /* the same under its limit */
	CAUSE_ABSENT,   /* a sensor, file, process or interface is not there: errno; EROFS: a disk takes no writing */
	CAUSE_OLD,      /* a file's age in seconds */
	CAUSE_SILENT,   /* no heartbeat, or nothing received by an interface, for that many milliseconds */
	CAUSE_SHUTDOWN, /* no result: the system shuts down by another's order */
	CAUSE_BLIND,    /* OUTCOME_BLIND: errno says why there is nothing to measure */
	CAUSE_ANSWER,   /* tcp: the server's answer is not what is expected */
	CAUSE_EXPIRES,  /* certificate: it ends in that many days, 0 or less: it has ended */
	CAUSE_NOT_YET,  /* certificate: it is not valid yet */
	CAUSE_COUNT
};

/* The word for a cause in logs and JSON ("refused"), never NULL. */
const char *cause_name(enum cause cause);

/* How much a failure says by itself. */
enum conclusive {
	CONCLUSIVE_NO,
	CONCLUSIVE_YES,    /* needs no retries, as when a watched process has died */
	CONCLUSIVE_ALWAYS, /* nor is it excused by a start period: what was started has come and gone */
	CONCLUSIVE_COUNT
};

struct result {
	uint32_t generation; /* which checker sent it: the number it was spawned with */
	uint32_t sequence;   /* counts from 1 in each generation */
	int64_t started_ms;  /* when the probe started: the age of a result counts from here */
	int64_t seen_ms;     /* CAUSE_EXITED: since when what has ended was watched, 0 where nobody knows; else 0 */
	uint32_t took_ms;
	int32_t detail; /* its meaning is said at each cause */
	uint16_t check;
	uint8_t outcome;     /* enum outcome */
	uint8_t cause;       /* enum cause */
	uint8_t conclusive;  /* enum conclusive */
	uint8_t reserved[3]; /* 0 */
};

_Static_assert(sizeof(struct result) == 40, "a result has one layout on every machine");

#endif
