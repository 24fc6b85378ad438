/* SPDX-License-Identifier: MIT
 *
 * A detached thread and a pipe: the thread closes its end when the call has returned. Whoever of the loop and the thread
 * leaves the work last frees it.
 */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Resolving a name takes the most. */
enum { STACK_SIZE = 256 * 1024 };

struct work {
	atomic_int users; /* the loop and the thread */
	atomic_bool done;
	int done_fd; /* the thread's */
	void (*ask)(void *block);
	max_align_t block[];
};

static void leave(struct work *work)
{
	if (atomic_fetch_sub(&work->users, 1) == 1)
		free(work);
}

static void *run(void *argument)
{
	struct work *work = argument;

	work->ask(work->block);
	atomic_store(&work->done, true);
	close(work->done_fd);
	leave(work);
	return NULL;
}

/* Signals are the loop's. 0 or -errno. */
static int start_thread(struct work *work)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all;
	sigset_t before;

	if (pthread_attr_init(&attributes) != 0)
		return -ENOMEM;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&thread, &attributes, run, work);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return -error;
}

static int start_work(struct probe *probe, struct worker *worker, struct work *work)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	work->done_fd = ends[1];
	int error = probe_watch(probe, ends[0]);
	if (error == 0)
		error = start_thread(work);
	if (error < 0) {
		probe_close(probe, ends[0]);
		close(ends[1]);
		return error;
	}
	*worker = (struct worker){.work = work, .fd = ends[0], .asked_ms = probe->started_ms};
	return 0;
}

int worker_ask(struct probe *probe, struct worker *worker, void (*ask)(void *block), const void *block, size_t size)
{
	struct work *work;

	if (worker->work)
		return 0;
	work = malloc(sizeof(*work) + size);
	if (!work)
		return -ENOMEM;
	work->ask = ask;
	atomic_init(&work->users, 2);
	atomic_init(&work->done, false);
	memcpy(work->block, block, size);
	int error = start_work(probe, worker, work);
	if (error < 0)
		free(work);
	return error;
}

void worker_give_up(struct probe *probe, struct worker *worker)
{
	if (!worker->work)
		return;
	probe_close(probe, worker->fd);
	leave(worker->work);
	worker->work = NULL;
}

enum worker_answer worker_take(struct probe *probe, struct worker *worker, int fd, void *block, size_t size)
{
	if (!worker->work || fd != worker->fd || !atomic_load(&worker->work->done))
		return WORKER_NOTHING;
	memcpy(block, worker->work->block, size);
	worker_give_up(probe, worker);
	return probe->running && !probe->reported && worker->asked_ms == probe->started_ms ? WORKER_ANSWERED
	                                                                                   : WORKER_LATE;
}

struct verdict worker_timeout_verdict(const struct probe *probe)
{
	struct verdict verdict = probe_timeout_verdict(probe);

	return verdict.outcome == OUTCOME_BAD ? is_blind(ETIMEDOUT) : verdict;
}
