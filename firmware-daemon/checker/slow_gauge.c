/* SPDX-License-Identifier: MIT
 *
 * Asks, waits, judges.
 */
#include "slow_gauge.h"

void slow_start(struct probe *probe, const struct slow_kind *kind, const char *path)
{
	struct slow_gauge *slow = probe->own;
	struct reading question = {.path = path};
	int error = worker_ask(probe, &slow->worker, kind->read, &question, sizeof(question));

	if (error < 0)
		probe_end(probe, gauge_unread(probe, -error));
}

void slow_event(struct probe *probe, const struct slow_kind *kind, const char *path, int fd)
{
	struct slow_gauge *slow = probe->own;
	struct reading answer;

	switch (worker_take(probe, &slow->worker, fd, &answer, sizeof(answer))) {
	case WORKER_NOTHING:
		break;
	case WORKER_ANSWERED:
		probe_end(probe, kind->judge(probe, &answer));
		break;
	case WORKER_LATE:
		if (probe->running)
			slow_start(probe, kind, path);
		break;
	}
}

int slow_init(struct probe *probe)
{
	return gauge_new(probe, sizeof(struct slow_gauge));
}

/* The worker stays busy, so that a disk that hangs has one, and not one more for each run. */
void slow_timeout(struct probe *probe)
{
	probe_end(probe, worker_timeout_verdict(probe));
}

void slow_cleanup(struct probe *probe)
{
	struct slow_gauge *slow = probe->own;

	worker_give_up(probe, &slow->worker);
	gauge_cleanup(probe);
}
