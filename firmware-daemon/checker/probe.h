/* SPDX-License-Identifier: MIT
 *
 * One check as the checker runs it, and the small interface that every kind of check implements. A probe is idle until it
 * is due, then runs until it ends, by its timeout at the latest; it never overlaps itself. Each run gives one result.
 *
 * The loop owns the probes; `own` is the kind's, from init to cleanup. Clock: CLOCK_MONOTONIC in milliseconds.
 */
#ifndef FEEDDOG_CHECKER_PROBE_H
#define FEEDDOG_CHECKER_PROBE_H

#include "config/flat.h"
#include "core/result.h"
#include "schedule.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct checker;

struct probe {
	struct checker *checker;
	const struct flat *flat;
	const struct check_spec *spec;
	const struct check_rule *rule;
	struct timer timer; /* idle: the next start or look; running: the next deadline */
	int64_t due_ms; /* the next start: an interval after the last one was due, or a retry interval after a bad one */
	int64_t started_ms; /* of this run, or of the last one */
	void *own;          /* what its kind keeps; NULL: it could not be set up */
	uint16_t check;     /* its index */
	uint16_t bad_count; /* consecutive bad results, up to `retries` */
	bool running;
	bool reported; /* this run's result is sent; it runs on only to clean up */
};

/* What a look at the world says. */
struct verdict {
	enum outcome outcome;
	enum cause cause;
	int32_t detail;
	enum conclusive conclusive;
	int64_t seen_ms; /* as in struct result */
};

struct probe_kind {
	/* Once, as the checker's own user: makes probe->own. 0 or -errno. */
	int (*init)(struct probe *probe);
	/* Begins a run, and must see to it that probe_end() is called some time; it may do so at once. */
	void (*start)(struct probe *probe);
	/* The probe's timer has come while it runs: at first its timeout, later what it has set itself. */
	void (*timeout)(struct probe *probe);
	/* A descriptor given to probe_watch() is ready. It may be an old event of one that was closed since. NULL: none. */
	void (*event)(struct probe *probe, int fd);
	/* The look between two runs that was asked for by probe_look_at(). NULL: it asks for none. */
	void (*look)(struct probe *probe);
	/* Ends what runs, at once and without a result, and frees probe->own. */
	void (*cleanup)(struct probe *probe);
};

extern const struct probe_kind check_http, check_tcp, check_process, check_command, check_log, check_heartbeat,
        check_cpu, check_memory, check_pressure, check_load, check_disk, check_temperature, check_file, check_ping,
        check_certificate;

/* Sends this run's result; a second one for the same run is not sent. */
void probe_report(struct probe *probe, struct verdict verdict);

/* The run is over and the next one may be scheduled. */
void probe_release(struct probe *probe);

/* Both: what most runs end with. */
void probe_end(struct probe *probe, struct verdict verdict);

/* A run begins now: takes the time, and notes when the next one is due. */
void probe_stamp(struct probe *probe);

/* Sends a result of something that was noticed between two runs. */
void probe_notice(struct probe *probe, struct verdict verdict);

/* Asks for look() at that time, if the next run does not come earlier. */
void probe_look_at(struct probe *probe, int64_t at_ms);

/* The path of something below RUN; an absolute path stays as it is. One that would be too long is cut. */
void probe_run_path(const struct probe *probe, const char *path, char out[PATH_MAX]);

/* Of a small file where this check may keep what a checker that is started again (generation 2 and above) needs to know. */
void probe_record_path(const struct probe *probe, char out[PATH_MAX]);

/*
 * What a timeout says now: the service did not answer; or, where the checker itself comes late to its own deadline, that
 * nothing is known, for the answer may be waiting.
 */
struct verdict probe_timeout_verdict(const struct probe *probe);

/* Logs why this check cannot be made as configured, and what to do. The caller sees to it that it is not repeated each run. */
void probe_explain(const struct probe *probe, const char *reason);

/* Calls event() when the descriptor becomes readable, until probe_close(). 0 or -errno. */
__attribute__((warn_unused_result)) int probe_watch(struct probe *probe, int fd);

/* Ends the watching of a descriptor that the caller closes in its own way. */
void probe_unwatch(struct probe *probe, int fd);

/*
 * Closes a descriptor that is watched. close() alone would not end the watching while a child that was forked meanwhile, and
 * has not come to its exec, holds the same file: epoll would report it again and again, and nobody could make it stop.
 */
void probe_close(struct probe *probe, int fd);

/* The checker itself is short of something, which says nothing about what is to be measured. */
static inline bool is_own_shortage(int error)
{
	switch (error) {
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case EAGAIN:
	case ENOBUFS:
	case EINTR:
		return true;
	default:
		return false;
	}
}

/* "The probe could not be made", with an errno. */
static inline struct verdict cannot_probe(int error)
{
	return (struct verdict){.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_CANNOT_PROBE, .detail = error};
}

/* "There is nothing to measure here", with the errno that says why. */
static inline struct verdict is_blind(int error)
{
	return (struct verdict){.outcome = OUTCOME_BLIND, .cause = CAUSE_BLIND, .detail = error};
}

#endif
