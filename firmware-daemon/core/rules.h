/* SPDX-License-Identifier: MIT
 *
 * The rules: what a person configured, as the policy reads it. Pure data, fixed-size, without pointers or text, so that
 * the same bytes serve the daemon, the simulator and a model checker. `feeddog compile` makes them (config/flat.h holds
 * them); nothing changes them afterwards.
 *
 * Clock: every time is CLOCK_MONOTONIC in milliseconds as int64_t (`_ms`); every duration is uint32_t milliseconds.
 */
#ifndef FEEDDOG_CORE_RULES_H
#define FEEDDOG_CORE_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MAX_SERVICES = 1024,
	MAX_CHECKS = 8192,
	FLAP_LAST = 8,  /* failures that a flap rule can ask for */
	NAME_SIZE = 32, /* of a service or check, with its NUL */
	MAX_DURATION_S = 30 * 86400,
};

/* "No service" and "no check" in records and states. */
#define NO_INDEX UINT16_MAX

/* "This has not happened yet", earlier than any time. */
#define NEVER_MS INT64_MIN

/* "This will not happen", later than any time. */
#define FOREVER_MS INT64_MAX

/* What a failing check may bring about: `on_failure` after `scope: remote` has taken the reboot away (promise P12). */
enum check_level {
	LEVEL_ALERT,   /* is told, and changes nothing */
	LEVEL_RESTART, /* makes its service down, which is restarted */
	LEVEL_REBOOT,  /* also makes the board climb the ladder */
	LEVEL_COUNT
};

struct check_rule {
	uint32_t interval_ms; /* from the start of one probe to the start of the next */
	/* The same after a bad one, until `retries` were bad in a row; at most interval_ms, and 0 means that. */
	uint32_t retry_interval_ms;
	uint32_t timeout_ms; /* a probe that takes longer has failed */
	uint16_t retries;    /* that many failures in a row make it down; at least 1 */
	uint16_t service;    /* index of the service it belongs to */
	uint8_t level;       /* enum check_level */
	uint8_t reserved[3];
};

struct service_rule {
	uint32_t start_period_ms; /* after a start or restart, before failures count */
	uint32_t first_need;      /* its needs: need_count indices of services from rules.needs[first_need] on */
	uint32_t flap_within_ms;  /* flap_count failures of a check within so long make it down, in a row or not */
	uint16_t need_count;
	uint16_t first_check; /* its checks: check_count of them from rules.checks[first_check] on */
	uint16_t check_count;
	uint16_t attempts;   /* restarts per outage at most; 0: as many as restart_for allows */
	uint16_t flap_count; /* 2 to FLAP_LAST; 0: only failures in a row count */
	uint8_t can_restart; /* there is a restart command, or the actor supervises it */
	uint8_t can_start;   /* there is a start command for boot, or the actor supervises it */
	uint8_t propagate;   /* when something that it needs was restarted, it is too */
	uint8_t reserved[3];
};

struct ladder_rule {
	uint32_t restart_for_ms;
	uint32_t reboot_within_ms;
	uint32_t settle_ms;
	uint32_t reboot_settle_ms;
	uint32_t start_period_ms; /* the longest chain of start periods along the needs, or detection_ms where
	                           * that is longer: made by rules_derive() */
	uint32_t detection_ms;    /* the longest of the checks': made by rules_derive() */
	uint16_t reboot_limit;
	uint16_t at_once;    /* so many services are started or restarted at the same time; 0: no limit */
	uint8_t then_reboot; /* `then: reboot`: no hold after the limit */
	uint8_t reserved[1];
};

/* A view of the rules; it owns nothing. `order` lists every service after all that it needs. */
struct rules {
	const struct ladder_rule *ladder;
	const struct service_rule *services;
	const struct check_rule *checks;
	const uint16_t *needs;
	const uint16_t *order;
	uint16_t service_count;
	uint16_t check_count;
};

enum {
	/* A result may come this much later than its probe's deadline before the check counts as late (unknown). */
	LATE_ALLOWANCE_MS = 1000,
	/* A late checker gets this long to be replaced and heard again before silence becomes a verdict. */
	RESPAWN_ALLOWANCE_MS = 2000,
};

/* From the start of a bad probe to the next one, if it has ended by then. */
uint32_t check_retry_ms(const struct check_rule *rule);

/* From a fault that comes just after a good probe began, to the end of the last of `retries` failing probes. */
uint64_t check_failing_ms(const struct check_rule *rule);

/*
 * How long after the start of the last good probe the board may still be fed without another: time for `retries` probes
 * to fail, or for a silent checker to be noticed, replaced and heard, whichever is longer.
 */
uint32_t check_detection_ms(const struct check_rule *rule);

/* BOUND of promise P2, in milliseconds: the longest feeding after the last good verdict. */
int64_t rules_bound_ms(const struct ladder_rule *rule);

/* BOUND before the first good verdict: the start period stands in place of detection. */
int64_t rules_start_bound_ms(const struct ladder_rule *rule);

/*
 * Fills `ladder`'s start_period_ms and detection_ms from the services and checks. `chain_ms` is scratch of one entry per
 * service: each service's start period added to the longest chain of its needs.
 */
void rules_derive(const struct rules *rules, struct ladder_rule *ladder, uint32_t chain_ms[]);

#endif
