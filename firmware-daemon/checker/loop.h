/* SPDX-License-Identifier: MIT
 *
 * The checker's one loop: deadlines, descriptors and transfers on one epoll, one result per probe to the feeder. It knows
 * no policy. struct checker is its program's whole state.
 */
#ifndef FEEDDOG_CHECKER_LOOP_H
#define FEEDDOG_CHECKER_LOOP_H

#include "os/process/guard.h"
#include "os/channel/output_page.h"
#include "os/spin_guard.h"
#include "probe.h"
#include "checker/process/process_table.h"
#include "checker/net/transfer.h"

struct checker {
	const struct flat *flat;
	const char *run_dir;
	uint32_t generation;
	uint32_t sequence; /* of the last result; one that could not be sent leaves a gap */
	uint64_t unsent;   /* results that the feeder did not take, and that were not told of yet */
	int64_t tell_ms;   /* not before this time */
	int channel_fd;
	int epoll_fd;
	struct spin_guard spin;
	bool over;                 /* the feeder is gone, or we are to end */
	struct output_page output; /* what commands print */
	struct guard guard;        /* kills the commands of checks when we cannot */
	struct schedule schedule;
	struct transfers transfers;
	struct lookups lookups;
	struct process_table processes;
	struct probe *probes; /* flat->check_count of them */
};

/* Sets up every probe; one that cannot be set up reports cannot-probe each time. 0 or -errno. */
__attribute__((warn_unused_result)) int checker_open(
        struct checker *checker, const struct flat *flat, const char *run_dir, uint32_t generation, int channel_fd);

/* Runs until the feeder is gone or SIGTERM comes. 0 or -errno. */
__attribute__((warn_unused_result)) int checker_run(struct checker *checker);

/* Ends every probe that runs, with its processes. */
void checker_close(struct checker *checker);

/* What an event in epoll means. */
enum watched { WATCHED_CHANNEL, WATCHED_SIGNAL, WATCHED_TRANSFER, WATCHED_LOOKUPS, WATCHED_PROBE };

/* What epoll carries with a descriptor: no pointers, so that an event that comes late can do no harm. */
static inline uint64_t watch_key(enum watched watched, uint16_t check, int fd)
{
	return (uint64_t)watched << 48 | (uint64_t)check << 32 | (uint32_t)fd;
}

/* The timer of the transfers; those of the probes carry the check's index. */
enum { OWNER_TRANSFERS = MAX_CHECKS };

#endif
