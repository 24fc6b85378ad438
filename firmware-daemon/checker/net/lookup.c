/* SPDX-License-Identifier: MIT
 *
 * Detached threads that write to one eventfd. The work of a thread is freed by whichever of loop and thread leaves it last.
 */
#include "lookup.h"

#include "os/clock.h"
#include "checker/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <fcntl.h>
#include <unistd.h>

enum { STACK_SIZE = 256 * 1024 };

struct lookup_work {
	atomic_int users; /* the loop and the thread */
	atomic_bool done;
	int event_fd; /* its own copy */
	int error;
	struct resolved resolved;
	char host[];
};

static void leave(struct lookup_work *work)
{
	if (atomic_fetch_sub(&work->users, 1) != 1)
		return;
	close(work->event_fd);
	free(work);
}

static void *run(void *argument)
{
	static const uint64_t one = 1;
	struct lookup_work *work = argument;

	work->error = -resolve(work->host, &work->resolved);
	atomic_store(&work->done, true);
	(void)!write(work->event_fd, &one, sizeof(one));
	leave(work);
	return NULL;
}

static struct lookup_work *new_work(const struct checker *checker, const char *host)
{
	struct lookup_work *work = calloc(1, sizeof(*work) + strlen(host) + 1);

	if (!work)
		return NULL;
	work->event_fd = fcntl(checker->lookups.event_fd, F_DUPFD_CLOEXEC, 0);
	if (work->event_fd < 0) {
		free(work);
		return NULL;
	}
	strcpy(work->host, host);
	atomic_init(&work->users, 2);
	atomic_init(&work->done, false);
	return work;
}

/* Signals are the loop's. */
static bool start_thread(struct lookup_work *work)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all;
	sigset_t before;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&thread, &attributes, run, work);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return error == 0;
}

/* False: for want of memory, descriptors or threads. */
static bool ask(const struct checker *checker, struct lookup_worker *worker, const char *host)
{
	struct lookup_work *work = new_work(checker, host);

	if (!work)
		return false;
	if (!start_thread(work)) {
		close(work->event_fd);
		free(work);
		return false;
	}
	*worker = (struct lookup_worker){.work = work, .asked_ms = clock_now_ms()};
	return true;
}

/* An idle worker, if a check of that scope may have one now. */
static struct lookup_worker *find_worker(struct lookups *lookups, bool remote)
{
	struct lookup_worker *idle = NULL;
	int64_t now_ms = clock_now_ms();
	int busy = 0;

	for (int i = 0; i < LOOKUP_WORKERS_MAX; i++) {
		struct lookup_worker *worker = &lookups->workers[i];

		if (!worker->work)
			idle = worker;
		else if (now_ms - worker->asked_ms >= LOOKUP_GIVE_UP_MS)
			worker->given_up = true;
		if (worker->work && !worker->given_up)
			busy++;
	}
	return busy < LOOKUPS_AT_ONCE - remote ? idle : NULL;
}

static bool is_asked_already(const struct lookups *lookups, const char *host)
{
	for (int i = 0; i < LOOKUP_WORKERS_MAX; i++) {
		const struct lookup_worker *worker = &lookups->workers[i];

		if (worker->work && !worker->given_up && strcmp(worker->work->host, host) == 0)
			return true;
	}
	return false;
}

/* Gives workers to the queued lookups of one scope, first come, first served. */
static void serve_queue(struct checker *checker, bool remote)
{
	struct lookups *lookups = &checker->lookups;

	for (struct lookup *lookup = lookups->first; lookup; lookup = lookup->next) {
		if (lookup->state != LOOKUP_QUEUED || (lookup->probe->spec->remote != 0) != remote)
			continue;
		if (!is_asked_already(lookups, lookup->host)) {
			struct lookup_worker *worker = find_worker(lookups, remote);

			if (!worker || !ask(checker, worker, lookup->host))
				return;
		}
		lookup->state = LOOKUP_ASKED;
	}
}

static void serve_queues(struct checker *checker)
{
	serve_queue(checker, false);
	serve_queue(checker, true);
}

static void take_out(struct lookups *lookups, struct lookup *lookup)
{
	struct lookup **at = &lookups->first;

	while (*at && *at != lookup)
		at = &(*at)->next;
	if (*at)
		*at = lookup->next;
	lookup->state = LOOKUP_IDLE;
}

enum lookup_start lookup_start(
        struct probe *probe, struct lookup *lookup, const char *host, void (*answer)(struct lookup *lookup, int error))
{
	struct lookup **end = &probe->checker->lookups.first;

	lookup_stop(probe, lookup);
	if (resolve_here(host, &lookup->resolved))
		return LOOKUP_FOUND;
	lookup->probe = probe;
	lookup->host = host;
	lookup->answer = answer;
	lookup->next = NULL;
	lookup->state = LOOKUP_QUEUED;
	while (*end)
		end = &(*end)->next;
	*end = lookup;
	serve_queues(probe->checker);
	return LOOKUP_WAITING;
}

void lookup_stop(struct probe *probe, struct lookup *lookup)
{
	if (lookup->state == LOOKUP_IDLE)
		return;
	take_out(&probe->checker->lookups, lookup);
	serve_queues(probe->checker);
}

static struct lookup *find_waiting(const struct lookups *lookups, const char *host)
{
	for (struct lookup *lookup = lookups->first; lookup; lookup = lookup->next)
		if (lookup->state == LOOKUP_ASKED && strcmp(lookup->host, host) == 0)
			return lookup;
	return NULL;
}

/* An answer may start another lookup, so the list is searched anew each time. */
static void hand_out(struct lookups *lookups, const struct lookup_work *work)
{
	struct lookup *lookup;

	while ((lookup = find_waiting(lookups, work->host))) {
		take_out(lookups, lookup);
		lookup->resolved = work->resolved;
		lookup->answer(lookup, work->error);
	}
}

void lookups_event(struct checker *checker)
{
	struct lookups *lookups = &checker->lookups;
	uint64_t ignored;

	(void)!read(lookups->event_fd, &ignored, sizeof(ignored));
	for (int i = 0; i < LOOKUP_WORKERS_MAX; i++) {
		struct lookup_work *work = lookups->workers[i].work;

		if (!work || !atomic_load(&work->done))
			continue;
		lookups->workers[i] = (struct lookup_worker){.work = NULL};
		hand_out(lookups, work);
		leave(work);
	}
	serve_queues(checker);
}

int lookups_open(struct checker *checker)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	checker->lookups = (struct lookups){.event_fd = fd};
	if (fd < 0)
		return -errno;
	event.data.u64 = watch_key(WATCHED_LOOKUPS, 0, fd);
	return epoll_ctl(checker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void lookups_close(struct checker *checker)
{
	for (int i = 0; i < LOOKUP_WORKERS_MAX; i++)
		if (checker->lookups.workers[i].work)
			leave(checker->lookups.workers[i].work);
	if (checker->lookups.event_fd >= 0)
		close(checker->lookups.event_fd);
}

struct verdict lookup_failure(int error)
{
	if (error != ENXIO)
		return cannot_probe(error);
	return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_UNRESOLVED};
}

struct verdict lookup_timeout_verdict(const struct probe *probe, const struct lookup *lookup)
{
	return lookup->state == LOOKUP_QUEUED ? cannot_probe(EAGAIN) : probe_timeout_verdict(probe);
}
