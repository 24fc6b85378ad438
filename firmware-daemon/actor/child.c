/* SPDX-License-Identifier: MIT
 *
 * As long as the leader is not reaped, its number is nobody else's, and so is the group's; as long as the group has a
 * member, too.
 */
#include "child.h"

#include "../core/rules.h"
#include "../os/pidfd.h"
#include "../os/process_group.h"
#include "../os/procfs.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int child_start(struct child *child, const struct spawn *spawn, int64_t now_ms)
{
	struct procfs_process process;
	pid_t pid = spawn_start(spawn);

	if (pid < 0)
		return pid;
	*child = (struct child){.phase = CHILD_RUNS, .pid = pid, .pidfd = -1, .started_ms = now_ms};
	/* It is there, for nobody but us may reap it. Without /proc it cannot be adopted. */
	if (procfs_read(pid, &process) == 0)
		child->ticks = process.started_ticks;
	return 0;
}

static bool is_that_process(pid_t pid, uint64_t ticks)
{
	struct procfs_process process;

	return procfs_read(pid, &process) == 0 && process.started_ticks == ticks && process.state != 'Z' &&
	        process.state != 'X';
}

bool child_adopt(struct child *child, pid_t pid, uint64_t ticks)
{
	long hertz = sysconf(_SC_CLK_TCK);
	/* First the descriptor, then the question whom it is for: a number may change hands in between. */
	int pidfd = pidfd_of(pid);

	if (!is_that_process(pid, ticks)) {
		if (pidfd >= 0)
			(void)close(pidfd);
		return false;
	}
	*child = (struct child){
	        .phase = CHILD_RUNS,
	        .pid = pid,
	        .ticks = ticks,
	        .adopted = true,
	        .pidfd = pidfd,
	        .started_ms = (int64_t)(ticks * 1000 / (uint64_t)(hertz > 0 ? hertz : 100)),
	};
	return true;
}

/* A group that is stopped takes TERM only when it goes on. */
void child_stop(struct child *child, uint32_t timeout_ms, int64_t now_ms)
{
	if (child->phase != CHILD_RUNS)
		return;
	(void)kill(-child->pid, SIGTERM);
	(void)kill(-child->pid, SIGCONT);
	child->phase = CHILD_ASKED;
	child->deadline_ms = now_ms + timeout_ms;
	child->look_at_ms = FOREVER_MS;
}

static struct child_end end_of(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return (struct child_end){.cause = CAUSE_EXIT_CODE, .detail = info->si_status};
	return (struct child_end){.cause = CAUSE_SIGNAL, .detail = info->si_status};
}

static void end_group(const struct child *child, const struct child_end *end)
{
	bool well = end->cause == CAUSE_EXIT_CODE && end->detail == 0;

	if (child->phase == CHILD_RUNS && !(well && child->keep_group))
		(void)kill(-child->pid, SIGKILL);
}

static bool adopted_has_ended(struct child *child, struct child_end *end)
{
	if (child->pidfd >= 0 ? pidfd_is_alive(child->pidfd) : is_that_process(child->pid, child->ticks))
		return false;
	*end = (struct child_end){.cause = CAUSE_NONE};
	/* Its number may be another's by now; while it is nobody's, the group is still its own. */
	struct procfs_process process;
	if (procfs_read(child->pid, &process) != 0 || process.started_ticks == child->ticks)
		end_group(child, end);
	if (child->pidfd >= 0)
		(void)close(child->pidfd);
	child->pidfd = -1;
	return true;
}

static bool has_ended(struct child *child, struct child_end *end)
{
	siginfo_t info = {0};

	if (child->adopted)
		return adopted_has_ended(child, end);
	if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
		*end = (struct child_end){.cause = CAUSE_NONE};
		return errno == ECHILD; /* not ours to wait for: cannot be, and must not run for ever */
	}
	if (info.si_pid == 0)
		return false;
	*end = end_of(&info);
	end_group(child, end);
	(void)waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG);
	return true;
}

static void step_stop(struct child *child, int64_t now_ms)
{
	if (child->ended &&
	        (!process_group_is_alive(child->pid) ||
	                (child->phase == CHILD_KILLED && now_ms >= child->deadline_ms))) {
		child->phase = CHILD_NONE;
		return;
	}
	if (child->phase == CHILD_ASKED && now_ms >= child->deadline_ms) {
		(void)kill(-child->pid, SIGKILL);
		child->phase = CHILD_KILLED;
		child->deadline_ms = now_ms + CHILD_GIVE_UP_MS;
	}
	child->look_at_ms = child->ended ? now_ms + CHILD_LOOK_MS : FOREVER_MS;
}

bool child_step(struct child *child, int64_t now_ms, struct child_end *end)
{
	bool news = false;

	if (child->phase == CHILD_NONE)
		return false;
	if (!child->ended && has_ended(child, end)) {
		news = child->ended = true;
		end->ran_ms = now_ms > child->started_ms ? now_ms - child->started_ms : 0;
		end->ordered = child->phase != CHILD_RUNS;
	}
	if (child->phase == CHILD_RUNS && child->ended)
		child->phase = CHILD_NONE;
	if (child->phase != CHILD_RUNS && child->phase != CHILD_NONE)
		step_stop(child, now_ms);
	return news;
}

bool child_hangs(const struct child *child, int64_t now_ms)
{
	return child->phase == CHILD_KILLED && now_ms >= child->deadline_ms;
}

int64_t child_deadline_ms(const struct child *child)
{
	if (child->phase != CHILD_ASKED && child->phase != CHILD_KILLED)
		return FOREVER_MS;
	/* One that hangs in the kernel wakes us when it goes. */
	int64_t deadline_ms = child->phase == CHILD_KILLED && !child->ended ? FOREVER_MS : child->deadline_ms;
	return child->look_at_ms < deadline_ms ? child->look_at_ms : deadline_ms;
}

void child_release(struct child *child)
{
	if (child->phase != CHILD_NONE && child->pidfd >= 0)
		(void)close(child->pidfd);
	child->phase = CHILD_NONE;
}
