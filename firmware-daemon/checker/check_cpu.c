/* SPDX-License-Identifier: MIT
 *
 * cpu: how busy the board is (percent of all its cores), or a process with all that descend from it (percent of one core),
 * between this probe and the last one. The first probe, and the first one of a process that was started anew, has none
 * before it: it looks twice, a moment apart.
 */
#include "gauge.h"

#include "os/hardware/board_usage.h"
#include "os/clock.h"
#include "loop.h"
#include "checker/process/watched_tree.h"

#include <errno.h>
#include <unistd.h>

enum { LOOK_APART_MS = 100 };

struct cpu_gauge {
	struct gauge gauge;
	bool sampled; /* there is a last look */
	struct cpu_ticks board;
	struct watched_tree tree, scratch;
};

static bool is_of_process(const struct probe *probe)
{
	return probe->spec->pidfile || probe->spec->process_name;
}

/* 0; -EAGAIN: this was the first look, or nothing can be told from it yet; or another -errno. */
static int look_at_board(struct cpu_gauge *cpu, int64_t *percent)
{
	struct cpu_ticks last = cpu->board;
	bool first = !cpu->sampled;
	int error = cpu_ticks_read(&cpu->board);

	cpu->sampled = error == 0;
	if (error < 0)
		return error;
	/* The kernel's counts may go back a little where a core is switched off. */
	uint64_t total = cpu->board.total > last.total ? cpu->board.total - last.total : 0;
	if (first || total == 0)
		return -EAGAIN;
	uint64_t busy = cpu->board.busy > last.busy ? cpu->board.busy - last.busy : 0;
	*percent = (int64_t)((busy < total ? busy : total) * 100000 / total);
	return 0;
}

static int look_at_process(const struct probe *probe, int64_t *percent)
{
	struct cpu_gauge *cpu = probe->own;
	int error = watched_tree_read(probe, &cpu->scratch);

	if (error < 0) {
		cpu->sampled = false;
		return error;
	}
	struct watched_tree last = cpu->tree;
	bool first = !cpu->sampled || !watched_tree_same(&last, &cpu->scratch);
	cpu->tree = cpu->scratch;
	cpu->scratch = last;
	if (first)
		cpu->gauge.outside_since_ms = NEVER_MS;
	int64_t span_ms = cpu->tree.read_ms - last.read_ms;
	cpu->sampled = true;
	if (first || span_ms <= 0)
		return -EAGAIN;
	int64_t ticks = (int64_t)watched_tree_ticks(&last, &cpu->tree);
	*percent = ticks * 1000 / sysconf(_SC_CLK_TCK) * 100000 / span_ms;
	return 0;
}

static int look(struct probe *probe, int64_t *percent)
{
	return is_of_process(probe) ? look_at_process(probe, percent) : look_at_board(probe->own, percent);
}

static void end(struct probe *probe, int error, int64_t percent)
{
	if (error < 0)
		probe_end(probe, gauge_unread(probe, -error));
	else
		probe_end(probe, gauge_judge(probe, percent, gauge_rounded(percent, 1000)));
}

static int cpu_init(struct probe *probe)
{
	return gauge_new(probe, sizeof(struct cpu_gauge));
}

static void cpu_start(struct probe *probe)
{
	int64_t percent = 0;
	int error = look(probe, &percent);

	if (error == -EAGAIN)
		schedule_set(&probe->checker->schedule, &probe->timer, clock_now_ms() + LOOK_APART_MS);
	else
		end(probe, error, percent);
}

/* The moment has passed. */
static void cpu_timeout(struct probe *probe)
{
	int64_t percent = 0;
	int error = look(probe, &percent);

	end(probe, error, percent);
}

static void cpu_cleanup(struct probe *probe)
{
	struct cpu_gauge *cpu = probe->own;

	watched_tree_free(&cpu->tree);
	watched_tree_free(&cpu->scratch);
	gauge_cleanup(probe);
}

const struct probe_kind check_cpu = {
        .init = cpu_init,
        .start = cpu_start,
        .timeout = cpu_timeout,
        .cleanup = cpu_cleanup,
};
