/* SPDX-License-Identifier: MIT
 *
 * What the exit status of a command means.
 */
#include "command_verdict.h"

#include "os/process/spawn.h"

#include <errno.h>
#include <sys/wait.h>

/* The exit codes of monitoring plugins, beside 0 (ok) and 2 (critical). */
enum { PLUGIN_WARNING = 1, PLUGIN_UNKNOWN = 3 };

static struct verdict judge_code(const struct check_spec *spec, int code)
{
	switch (code) {
	case 0:
		return (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK};
	case SPAWN_NOT_EXECUTABLE:
		return is_blind(EACCES);
	case SPAWN_NOT_FOUND:
		return is_blind(ENOENT);
	default:
		break;
	}
	if (spec->plugin && code == PLUGIN_WARNING)
		return (struct verdict){.outcome = OUTCOME_WARNING, .cause = CAUSE_WARNING, .detail = code};
	if (spec->plugin && code == PLUGIN_UNKNOWN)
		return is_blind(ENODATA);
	return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_EXIT_CODE, .detail = code};
}

struct verdict command_verdict(const struct check_spec *spec, int status)
{
	if (WIFSIGNALED(status))
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_SIGNAL, .detail = WTERMSIG(status)};
	return judge_code(spec, WEXITSTATUS(status));
}

static int badness(enum outcome outcome)
{
	static const int order[OUTCOME_COUNT] = {[OUTCOME_GOOD] = 0,
	        [OUTCOME_WARNING] = 1,
	        [OUTCOME_BLIND] = 2,
	        [OUTCOME_UNKNOWN] = 3,
	        [OUTCOME_BAD] = 4};

	return order[outcome];
}

void command_verdict_add(struct verdict *worst, struct verdict verdict)
{
	if (worst->cause == CAUSE_NONE || badness(verdict.outcome) > badness(worst->outcome))
		*worst = verdict;
}
