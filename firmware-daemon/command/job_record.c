/* SPDX-License-Identifier: MIT
 *
 * One struct as it is, after a line of text: it is read on the same machine, by an actor of the same build or not at all. The
 * checker reads the line.
 */
#include "job_record.h"

#include "os/storage/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { JOB_RECORD_MAGIC = 0x46444A33 /* "FDJ3" */ };

struct job_record {
	char process[48]; /* "PID STARTTICKS\n", for the checker: it must not take the command for the service */
	uint32_t magic;
	uint32_t size;
	struct job job;
	struct event order;
};

int job_record_write(const char *path, const struct job *job, const struct event *order)
{
	struct job_record record;

	if (job->leader.ticks == 0)
		return -ESRCH;
	memset(&record, 0, sizeof(record));
	(void)snprintf(
	        record.process, sizeof(record.process), "%d %" PRIu64 "\n", (int)job->leader.pid, job->leader.ticks);
	record.magic = JOB_RECORD_MAGIC;
	record.size = sizeof(record);
	record.job = *job;
	record.order = *order;
	return store_replace(path, &record, sizeof(record), 0644);
}

void job_record_remove(const char *path)
{
	(void)unlink(path);
}

bool job_record_take(const char *path, struct job *job, struct event *order)
{
	struct job_record record;
	long length = store_read_own(path, &record, sizeof(record));

	if (length == 0)
		return false;
	if (length != sizeof(record) || record.magic != JOB_RECORD_MAGIC || record.size != sizeof(record) ||
	        record.job.phase != JOB_RUNS || record.job.leader.pid <= 1 || !job_adopt(&record.job)) {
		job_record_remove(path);
		return false;
	}
	*job = record.job;
	*order = record.order;
	return true;
}
