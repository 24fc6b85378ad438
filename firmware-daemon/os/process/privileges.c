/* SPDX-License-Identifier: MIT
 *
 * Users, capabilities, priorities.
 */
#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int privileges_become(uint32_t uid, uint32_t gid, const uint32_t groups[], size_t group_count)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(group_count, groups) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

/* Nothing that is executed from here on can have a capability. Only root may, and only before it is someone else. */
static void drop_bounding_set(void)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

int privileges_renounce(uint32_t uid, uint32_t gid, const uint32_t groups[], size_t group_count)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
	int error;

	drop_bounding_set();
	error = privileges_become(uid, gid, groups, group_count);
	if (error)
		return error;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	memset(none, 0, sizeof(none));
	if (syscall(SYS_capset, &header, none) < 0)
		return -errno;
	/* Other processes of this user can neither trace us nor read our memory and descriptors in /proc. exec() resets it. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* Writes a small number to a file of /proc; false where that is not allowed. */
static int set_oom_score(int adj)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", adj);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	int done;

	if (fd < 0)
		return 0;
	done = write(fd, text, (size_t)length) == length;
	close(fd);
	return done;
}

void privileges_ordinary(int oom_score_adj)
{
	struct sched_param none = {.sched_priority = 0};

	sched_setscheduler(0, SCHED_OTHER, &none);
	set_oom_score(oom_score_adj);
}

unsigned privileges_protect(void)
{
	/* The lowest real-time priority is enough: above every ordinary process, below the kernel's own threads. */
	struct sched_param lowest = {.sched_priority = 1};
	unsigned had = 0;

	if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0)
		had |= PROTECTED_MEMORY;
	/* What starts us may have given it already, and taken away the right to ask. */
	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) == 0 ||
	        (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_RR)
		had |= PROTECTED_PRIORITY;
	if (set_oom_score(-1000))
		had |= PROTECTED_OOM;
	return had;
}
