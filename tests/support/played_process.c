/* SPDX-License-Identifier: MIT
 *
 * The calls that reach it.
 */
#include "played_process.h"

#include "os/process/spawn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

struct played_process played_process;

pid_t __wrap_spawn_start(const struct spawn *spawn);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int __wrap_kill(pid_t pid, int number);

void played_process_begin(void)
{
	memset(&played_process, 0, sizeof(played_process));
	played_process.start_result = PLAYED_PID;
}

void played_process_end(int code, int status)
{
	played_process.ended = true;
	played_process.code = code;
	played_process.status = status;
}

pid_t __wrap_spawn_start(const struct spawn *spawn)
{
	(void)spawn;
	return played_process.start_result;
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	assert_int_equal(type, P_PID);
	assert_int_equal(id, PLAYED_PID);
	assert_int_equal(options & ~WNOWAIT, WEXITED | WNOHANG);
	if (!played_process.ended)
		return 0;
	if (!(options & WNOWAIT))
		played_process.reaped++;
	info->si_pid = PLAYED_PID;
	info->si_code = played_process.code;
	info->si_status = played_process.status;
	return 0;
}

int __wrap_kill(pid_t pid, int number)
{
	assert_int_equal(pid, -PLAYED_PID); /* the group, never one process, never everybody */
	strcat(played_process.signals,
	        number == SIGTERM           ? "TERM "
	                : number == SIGCONT ? "CONT "
	                : number == SIGKILL ? "KILL "
	                                    : "?");
	/* Before its leader is reaped, or while others keep the number taken. */
	assert_true(played_process.reaped == 0 || played_process.others);
	return 0;
}
