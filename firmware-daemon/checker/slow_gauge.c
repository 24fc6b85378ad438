/* SPDX-License-Identifier: MIT
 *
 * Asks, waits, judges.
 */
#include "slow_gauge.h"

void slow_start(struct probe *probe, const struct slow_kind *kind, const char *path)
{
	struct slow_gauge *slow = probe->own;
	struct reading question = {.path = path};
	int error = aside_ask(probe, &slow->aside, kind->read, &question, sizeof(question));

	if (error < 0)
		probe_end(probe, gauge_unread(probe, -error));
}

void slow_event(struct probe *probe, const struct slow_kind *kind, const char *path, int fd)
{
	struct slow_gauge *slow = probe->own;
	struct reading answer;

	switch (aside_take(probe, &slow->aside, fd, &answer, sizeof(answer))) {
	case ASIDE_NOTHING:
		break;
	case ASIDE_ANSWERED:
		probe_end(probe, kind->judge(probe, &answer));
		break;
	case ASIDE_HUNG:
		if (probe->running)
			slow_start(probe, kind, path);
		break;
	}
}

int slow_init(struct probe *probe)
{
	return gauge_new(probe, sizeof(struct slow_gauge));
}

/* The question stays open, so that a disk that hangs has one thread, and not one more for each run. */
void slow_timeout(struct probe *probe)
{
	probe_end(probe, probe_timeout_verdict(probe));
}

void slow_cleanup(struct probe *probe)
{
	struct slow_gauge *slow = probe->own;

	aside_give_up(probe, &slow->aside);
	gauge_cleanup(probe);
}
