/* SPDX-License-Identifier: MIT
 *
 * Playing the feeder to one helper.
 */
#include "helper.h"

#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/channel/helper_fds.h"
#include "os/channel/sealed_memory.h"
#include "os/process/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STOP_MS = 1000, STOP_LOOK_MS = 10 };

/* The configuration in a memfd that nobody can change, or -errno. */
static int seal_flat(const struct flat *flat)
{
	int fd = memory_create("feeddog-config");

	if (fd < 0)
		return fd;
	ssize_t written = write(fd, flat, flat->size);
	int error = written == (ssize_t)flat->size ? memory_seal(fd) : -EIO;
	if (!error)
		return fd;
	(void)close(fd);
	return error;
}

static pid_t start(const char *path, const char *name, const char *option, int config, int channel,
        const struct invocation *invocation)
{
	const int fds[] = {-1, STDOUT_FILENO, STDERR_FILENO, config, channel};
	char generation[16];
	/* execve() promises not to write to them. */
	char *argv[] = {(char *)name, (char *)"--generation", generation, (char *)"--run-dir",
	        (char *)invocation->run_dir, (char *)"--state-dir", (char *)invocation->state_dir, (char *)option,
	        NULL};

	_Static_assert((int)FD_CONFIG == 3 && (int)FD_CHANNEL == 4, "fds[] is in this order");
	(void)snprintf(generation, sizeof(generation), "%d", HELPER_GENERATION);
	const struct spawn spawn = {
	        .path = path,
	        .argv = argv,
	        .fds = fds,
	        .fd_count = sizeof(fds) / sizeof(fds[0]),
	        .directory = ".",
	};
	return spawn_start(&spawn);
}

bool helper_start(struct helper_process *helper, const char *name, const char *option, const struct flat *flat,
        const struct invocation *invocation)
{
	char path[1024];
	int channel[2];

	if (spawn_find_sister(name, path, sizeof(path)) != 0) {
		complain("%s does not lie beside feeddog: install feeddog again", name);
		return false;
	}
	int config = seal_flat(flat);
	int error = config < 0 ? config : channel_pair(channel);
	if (error) {
		complain("%s cannot be given its configuration: %s", name, strerror(-error));
		return false;
	}
	helper->pid = start(path, name, option, config, channel[1], invocation);
	helper->channel = channel[0];
	(void)close(config);
	(void)close(channel[1]);
	if (helper->pid > 0)
		return true;
	complain("%s cannot be started: %s", name, strerror((int)-helper->pid));
	(void)close(channel[0]);
	return false;
}

int helper_stop(struct helper_process *helper)
{
	const struct timespec pause = {.tv_nsec = STOP_LOOK_MS * 1000000L};
	int64_t deadline_ms = clock_now_ms() + STOP_MS;
	int status = 0;

	(void)close(helper->channel);
	while (waitpid(helper->pid, &status, WNOHANG) == 0) {
		if (clock_now_ms() >= deadline_ms)
			(void)kill(helper->pid, SIGKILL);
		(void)nanosleep(&pause, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
