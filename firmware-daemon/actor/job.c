/* SPDX-License-Identifier: MIT
 *
 * A job's leader is reaped last: as long as it is a zombie, its number is nobody else's, and so is the group's.
 */
#include "job.h"

#include "../core/rules.h"
#include "../os/procfs.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

int job_start(struct job *job, const struct spawn *spawn, uint32_t timeout_ms, int64_t now_ms)
{
	pid_t pid = spawn_start(spawn);

	if (pid < 0)
		return pid;
	*job = (struct job){
	        .phase = JOB_RUNS,
	        .pid = pid,
	        .started_ms = now_ms,
	        .deadline_ms = now_ms + timeout_ms,
	        .grace_ms = timeout_ms / 4 < JOB_GRACE_LAST_MS ? timeout_ms / 4 : JOB_GRACE_LAST_MS,
	};
	return 0;
}

bool job_is_there(const struct job *job)
{
	struct procfs_process process;

	return procfs_read(job->pid, &process) == 0 && process.started_ticks == job->adopted_ticks &&
	        process.state != 'Z' && process.state != 'X';
}

/* True where the leader has ended, and is reaped; `info` says how. */
static bool reap(struct job *job, siginfo_t *info)
{
	if (job->adopted_ticks != 0)
		return !job_is_there(job);
	info->si_pid = 0;
	if (waitid(P_PID, (id_t)job->pid, info, WEXITED | WNOHANG) != 0)
		return errno == ECHILD; /* not ours to wait for: cannot be, and must not run for ever */
	return info->si_pid != 0;
}

static struct job_end end_of(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return (struct job_end){
		        .cause = info->si_status == 0 ? CAUSE_OK : CAUSE_EXIT_CODE,
		        .detail = info->si_status,
		};
	case CLD_KILLED:
	case CLD_DUMPED:
		return (struct job_end){.cause = CAUSE_SIGNAL, .detail = info->si_status};
	default:
		return (struct job_end){.cause = CAUSE_NONE};
	}
}

/* A group that is stopped takes TERM only when it goes on. */
static void ask_to_end(const struct job *job)
{
	(void)kill(-job->pid, SIGTERM);
	(void)kill(-job->pid, SIGCONT);
}

bool job_step(struct job *job, int64_t now_ms, struct job_end *end)
{
	siginfo_t info = {0};

	switch (job->phase) {
	case JOB_NONE:
		return false;
	case JOB_RUNS:
		if (reap(job, &info)) {
			*end = end_of(&info);
			end->took_ms = now_ms - job->started_ms;
			job->phase = JOB_NONE;
			return true;
		}
		if (now_ms < job->deadline_ms)
			return false;
		ask_to_end(job);
		job->phase = JOB_ASKED;
		job->deadline_ms = now_ms + job->grace_ms;
		return false;
	case JOB_ASKED:
		/* Its leader may be gone by now and others of the group not, so the grace is waited for. */
		if (now_ms < job->deadline_ms)
			return false;
		(void)kill(-job->pid, SIGKILL);
		*end = (struct job_end){.cause = CAUSE_TIMEOUT, .took_ms = now_ms - job->started_ms};
		job->phase = reap(job, &info) ? JOB_NONE : JOB_KILLED;
		return true;
	case JOB_KILLED:
		if (reap(job, &info))
			job->phase = JOB_NONE;
		return false;
	}
	return false;
}

int64_t job_deadline_ms(const struct job *job)
{
	return job->phase == JOB_RUNS || job->phase == JOB_ASKED ? job->deadline_ms : FOREVER_MS;
}
