/* SPDX-License-Identifier: MIT
 *
 * Name resolution for all checks. A name server may be silent for half a minute, so names are resolved in workers: at most
 * LOOKUPS_AT_ONCE of them, whatever the number of checks. Checks that wait for the same name share one. A worker that does
 * not return within LOOKUP_GIVE_UP_MS is given up and replaced, up to LOOKUP_WORKERS_MAX in all.
 *
 * A check of this board never waits behind remote ones: those leave the last worker to it. Written addresses, names in the
 * hosts file and localhost need no worker. Nothing is remembered: each run sees the name as it is then.
 */
#ifndef FEEDDOG_CHECKER_LOOKUP_H
#define FEEDDOG_CHECKER_LOOKUP_H

#include "checker/probe.h"
#include "resolve.h"

enum { LOOKUPS_AT_ONCE = 4, LOOKUP_WORKERS_MAX = 12, LOOKUP_GIVE_UP_MS = 10000 };

enum lookup_state { LOOKUP_IDLE, LOOKUP_QUEUED, LOOKUP_ASKED };

/* What one run of a probe wants to know. It belongs to the probe's kind and must stay where it is until it is idle. */
struct lookup {
	struct lookup *next; /* while not idle: in the checker's list */
	struct probe *probe;
	const char *host;
	void (*answer)(struct lookup *lookup, int error);
	struct resolved resolved;
	enum lookup_state state;
};

struct lookup_work;

struct lookups {
	int event_fd; /* readable when a worker has returned */
	struct lookup *first;
	struct lookup_worker {
		struct lookup_work *work; /* NULL: idle */
		int64_t asked_ms;
		bool given_up;
	} workers[LOOKUP_WORKERS_MAX];
};

/* 0 or -errno. */
__attribute__((warn_unused_result)) int lookups_open(struct checker *checker);
void lookups_close(struct checker *checker);

/* A worker has returned: calls `answer` of whatever waited for it. */
void lookups_event(struct checker *checker);

/*
 * Finds the addresses of `host`, which must stay until then. FOUND: they are in lookup->resolved. WAITING: `answer` is called
 * later, with 0 or the errno of resolve().
 */
enum lookup_start { LOOKUP_FOUND, LOOKUP_WAITING };
enum lookup_start lookup_start(
        struct probe *probe, struct lookup *lookup, const char *host, void (*answer)(struct lookup *lookup, int error));

/* Waits no longer. */
void lookup_stop(struct probe *probe, struct lookup *lookup);

/* What an errno of resolve() says of the host. */
struct verdict lookup_failure(int error);

/* What a run ends with that times out while its lookup is not idle. A name that was never asked for says nothing of its host. */
struct verdict lookup_timeout_verdict(const struct probe *probe, const struct lookup *lookup);

#endif
