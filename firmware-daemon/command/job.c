/* SPDX-License-Identifier: MIT
 *
 * A job's leader is reaped last: its group may have to be killed.
 */
#include "job.h"

#include "core/rules.h"

int job_start(struct job *job, const struct spawn *spawn, uint32_t timeout_ms, int64_t now_ms)
{
	struct leader leader;
	int error = leader_start(&leader, spawn);

	if (error)
		return error;
	*job = (struct job){
	        .phase = JOB_RUNS,
	        .leader = leader,
	        .started_ms = now_ms,
	        .deadline_ms = now_ms + timeout_ms,
	        .grace_ms = timeout_ms / 4 < JOB_GRACE_LAST_MS ? timeout_ms / 4 : JOB_GRACE_LAST_MS,
	};
	return 0;
}

bool job_adopt(struct job *job)
{
	return leader_adopt(&job->leader, job->leader.pid, job->leader.ticks);
}

void job_release(struct job *job)
{
	if (job->phase != JOB_NONE)
		leader_release(&job->leader);
}

/* True where the leader has ended, and is reaped; `how` says how. */
static bool reap(struct job *job, struct leader_end *how)
{
	if (!leader_has_ended(&job->leader, how))
		return false;
	leader_reap(&job->leader);
	return true;
}

bool job_step(struct job *job, int64_t now_ms, struct job_end *end)
{
	struct leader_end how;

	switch (job->phase) {
	case JOB_NONE:
		return false;
	case JOB_RUNS:
		if (reap(job, &how)) {
			bool well = how.cause == CAUSE_EXIT_CODE && how.detail == 0;
			*end = (struct job_end){.cause = well ? CAUSE_OK : how.cause,
			        .detail = how.detail,
			        .took_ms = now_ms - job->started_ms};
			job->phase = JOB_NONE;
			return true;
		}
		if (now_ms < job->deadline_ms)
			return false;
		leader_ask_group(&job->leader);
		job->phase = JOB_ASKED;
		job->deadline_ms = now_ms + job->grace_ms;
		return false;
	case JOB_ASKED:
		/* Its leader may be gone by now and others of the group not, so the grace is waited for. */
		if (now_ms < job->deadline_ms)
			return false;
		leader_end_group(&job->leader);
		*end = (struct job_end){.cause = CAUSE_TIMEOUT, .took_ms = now_ms - job->started_ms};
		job->phase = reap(job, &how) ? JOB_NONE : JOB_KILLED;
		return true;
	case JOB_KILLED:
		if (reap(job, &how))
			job->phase = JOB_NONE;
		return false;
	}
	return false;
}

int64_t job_deadline_ms(const struct job *job)
{
	return job->phase == JOB_RUNS || job->phase == JOB_ASKED ? job->deadline_ms : FOREVER_MS;
}
