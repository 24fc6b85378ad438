/* SPDX-License-Identifier: MIT
 *
 * Only /proc is read, which never blocks; the pid files of the service have been read by its process checks.
 */
#include "heartbeat_speaker.h"

#include "os/process/procfs.h"
#include "checker/loop.h"
#include "process_watch.h"

#include <unistd.h>

/* A chain of parents that is longer is not followed: it may change while we do. */
enum { GENERATIONS_MAX = 32 };

static bool is_trusted_user(const struct probe *probe, uid_t uid)
{
	const struct identity *user = &flat_services(probe->flat)[probe->rule->service].user;

	return uid == 0 || uid == geteuid() || (user->name != 0 && user->uid != UINT32_MAX && uid == user->uid);
}

static bool is_watched(const struct probe *probe, pid_t pid)
{
	const struct checker *checker = probe->checker;

	for (uint16_t i = 0; i < checker->flat->check_count; i++) {
		const struct probe *other = &checker->probes[i];
		const struct process_watch *watch = other->own;

		if (other->spec->kind == KIND_PROCESS && other->rule->service == probe->rule->service && watch &&
		        watch->pidfd >= 0 && watch->pid == pid)
			return true;
	}
	return false;
}

static bool descends_from_watched(const struct probe *probe, pid_t pid)
{
	struct procfs_process process;

	for (int i = 0; i < GENERATIONS_MAX && pid > 1; i++) {
		if (is_watched(probe, pid))
			return true;
		if (procfs_read(pid, &process) < 0)
			return false;
		pid = process.parent;
	}
	return false;
}

bool heartbeat_may_speak(const struct probe *probe, const struct heartbeat_sender *sender)
{
	return is_trusted_user(probe, sender->uid) || descends_from_watched(probe, sender->pid);
}
