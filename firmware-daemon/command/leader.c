/* SPDX-License-Identifier: MIT
 *
 * Our own children are waited for by number; those of an earlier actor are watched.
 */
#include "leader.h"

#include "os/process/pidfd.h"
#include "os/process/procfs.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int leader_start(struct leader *leader, const struct spawn *spawn)
{
	struct procfs_process process;
	pid_t pid = spawn_start(spawn);

	if (pid < 0)
		return pid;
	*leader = (struct leader){.pid = pid, .pidfd = -1};
	/* It is there, for nobody but us may reap it. Without /proc it cannot be adopted. */
	if (procfs_read(pid, &process) == 0)
		leader->ticks = process.started_ticks;
	return 0;
}

static bool is_that_process(pid_t pid, uint64_t ticks)
{
	struct procfs_process process;

	return procfs_read(pid, &process) == 0 && process.started_ticks == ticks && procfs_is_alive(&process);
}

bool leader_adopt(struct leader *leader, pid_t pid, uint64_t ticks)
{
	/* First the descriptor, then the question whom it is for: a number may change hands in between. */
	int pidfd = pidfd_of(pid);

	if (!is_that_process(pid, ticks)) {
		if (pidfd >= 0)
			(void)close(pidfd);
		return false;
	}
	*leader = (struct leader){.pid = pid, .ticks = ticks, .adopted = true, .pidfd = pidfd};
	return true;
}

bool leader_has_ended(const struct leader *leader, struct leader_end *end)
{
	siginfo_t info = {0};

	*end = (struct leader_end){.cause = CAUSE_NONE};
	if (leader->adopted)
		return leader->pidfd >= 0 ? !pidfd_is_alive(leader->pidfd)
		                          : !is_that_process(leader->pid, leader->ticks);
	if (waitid(P_PID, (id_t)leader->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return errno == ECHILD; /* not ours to wait for: cannot be, and must not run for ever */
	if (info.si_pid == 0)
		return false;
	end->cause = info.si_code == CLD_EXITED ? CAUSE_EXIT_CODE : CAUSE_SIGNAL;
	end->detail = info.si_status;
	return true;
}

void leader_release(struct leader *leader)
{
	if (leader->adopted && leader->pidfd >= 0)
		(void)close(leader->pidfd);
	leader->pidfd = -1;
}

void leader_reap(struct leader *leader)
{
	siginfo_t info;

	if (leader->adopted)
		leader_release(leader);
	else
		(void)waitid(P_PID, (id_t)leader->pid, &info, WEXITED | WNOHANG);
	leader->reaped = true;
}

/* The number of one that was adopted may be another's by now; while it is nobody's, the group is still its own. */
static bool has_its_group(const struct leader *leader)
{
	struct procfs_process process;

	return !leader->adopted || procfs_read(leader->pid, &process) != 0 || process.started_ticks == leader->ticks;
}

/* A new child may not have made its group yet. While it is not reaped its number is its own. */
static void signal_group(const struct leader *leader, int number)
{
	if (kill(-leader->pid, number) != 0 && errno == ESRCH && !leader->adopted && !leader->reaped)
		(void)kill(leader->pid, number);
}

/* A group that is stopped takes TERM only when it goes on. */
void leader_ask_group(const struct leader *leader)
{
	if (!has_its_group(leader))
		return;
	signal_group(leader, SIGTERM);
	signal_group(leader, SIGCONT);
}

void leader_end_group(const struct leader *leader)
{
	if (has_its_group(leader))
		signal_group(leader, SIGKILL);
}
