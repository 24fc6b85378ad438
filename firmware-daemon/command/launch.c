/* SPDX-License-Identifier: MIT
 *
 * Nobody but root can become somebody else.
 */
#include "launch.h"

#include "os/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NULL: no memory. */
static char **argv_of(const struct flat *flat, struct command command)
{
	static const char *const by_systemd[] = {"systemctl", "reboot"};
	static const char *const by_init[] = {"/sbin/reboot"};
	bool has_systemd = access("/run/systemd/system", F_OK) == 0;
	uint32_t count = command.argc > 0 ? command.argc : has_systemd ? 2 : 1;
	char **argv = calloc(count + 1, sizeof(char *));

	if (!argv)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		const char *argument = command.argc > 0 ? flat_argument(flat, command, i)
		        : has_systemd                   ? by_systemd[i]
		                                        : by_init[i];
		/* exec takes them as char *, and changes none of them. */
		memcpy(&argv[i], &argument, sizeof(argument));
	}
	return argv;
}

const char *launch_objection(const struct identity *user)
{
	/* Never as root instead: to become user -1 is to stay who one is. */
	return user->name != 0 && user->uid == UINT32_MAX ? "its user is not known on this machine" : NULL;
}

int launch_begin(struct launch *launch, const struct flat *flat, struct command command, const struct identity *user,
        const struct user_environment *environment, struct job_output *output, int64_t now_ms)
{
	bool switches = user->name != 0 && geteuid() == 0;

	*launch = (struct launch){
	        .who = {.uid = user->uid, .gid = user->gid, .group_count = user->group_count, .groups = user->groups},
	        .fds = {-1, -1, -1},
	        .argv = argv_of(flat, command),
	};
	if (!launch->argv)
		return -ENOMEM;
	int writer =
	        job_output_open(output, switches ? user->uid : geteuid(), switches ? user->gid : getegid(), now_ms);
	if (writer < 0) /* it runs all the same, unheard */
		log_line(LOG_PRIORITY_WARNING, "event=output error=\"%s: %s\"", output->path, strerror(-writer));
	launch->fds[1] = launch->fds[2] = writer < 0 ? -1 : writer;
	launch->spawn = (struct spawn){
	        .path = launch->argv[0],
	        .argv = launch->argv,
	        .envp = environment->variables,
	        .fds = launch->fds,
	        .fd_count = 3,
	        .user = switches ? &launch->who : NULL,
	        .own_group = 1,
	};
	return 0;
}

void launch_end(struct launch *launch)
{
	if (launch->fds[1] >= 0)
		(void)close(launch->fds[1]);
	free(launch->argv);
}
