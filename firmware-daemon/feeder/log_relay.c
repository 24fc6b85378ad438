/* SPDX-License-Identifier: MIT
 *
 * We keep the pipe's other end too, so that lines wait in it while the process is replaced.
 */
#include "log_relay.h"

#include "core/respawn.h"
#include "os/log.h"
#include "os/process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	END_LOOK_MS = 5,
	END_LOOKS = 200,
};

static void start(struct log_relay *relay, int64_t now_ms)
{
	char flag[] = "--log-relay";
	char *argv[] = {relay->path, flag, NULL};
	int fds[] = {relay->pipe_fd, -1, relay->log_fd, relay->readers[0], relay->readers[1]};
	struct spawn how = {.path = relay->path,
	        .program_fd = relay->program_fd,
	        .argv = argv,
	        .fds = fds,
	        .fd_count = sizeof(fds) / sizeof(fds[0]),
	        .own_group = 1};
	pid_t pid = spawn_start(&how);

	relay->started_ms = now_ms;
	relay->pid = pid > 0 ? pid : 0;
	if (pid < 0)
		relay->start_at_ms = now_ms + RESPAWN_FIRST_MS;
}

/* Standard input of the process: the log where that is a file, or a pipe that only tells the end. 0 or -errno. */
static int open_input(struct log_relay *relay)
{
	struct stat status;
	int fds[2];

	relay->has_file = fstat(STDERR_FILENO, &status) == 0 && S_ISREG(status.st_mode);
	relay->log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (relay->log_fd < 0 || pipe2(fds, O_CLOEXEC) != 0)
		return -errno;
	relay->pipe_fd = fds[0];
	relay->end_fd = fds[1];
	if (!relay->has_file)
		return 0;
	if (dup2(fds[1], STDERR_FILENO) < 0)
		return -errno;
	(void)close(fds[1]);
	relay->end_fd = -1;
	return 0;
}

int log_relay_begin(struct log_relay *relay, int64_t now_ms)
{
	*relay = (struct log_relay){.log_fd = -1, .end_fd = -1, .pipe_fd = -1};
	relay->program_fd = spawn_open_sister("feeddog-actor", relay->path, sizeof(relay->path));
	if (relay->program_fd < 0)
		return relay->program_fd;
	int error = open_input(relay);
	for (int i = 0; i < 2 && !error; i++) {
		int fds[2];

		error = pipe2(fds, O_CLOEXEC) != 0 ? -errno : 0;
		relay->readers[i] = error ? -1 : fds[0];
		relay->outputs[i] = error ? -1 : fds[1];
	}
	if (error)
		return error;
	relay->is_there = true;
	start(relay, now_ms);
	return 0;
}

bool log_relay_died(struct log_relay *relay, pid_t pid, int64_t now_ms)
{
	if (relay->pid != pid)
		return false;
	relay->delay_ms = respawn_delay_ms(relay->delay_ms, now_ms - relay->started_ms);
	relay->start_at_ms = now_ms + relay->delay_ms;
	relay->pid = 0;
	return true;
}

void log_relay_step(struct log_relay *relay, int64_t now_ms)
{
	if (relay->is_there && relay->pid == 0 && now_ms >= relay->start_at_ms)
		start(relay, now_ms);
}

/* It reads the end of the pipe when the helpers have closed theirs too. */
void log_relay_end(struct log_relay *relay)
{
	const struct timespec pause = {.tv_nsec = END_LOOK_MS * 1000000L};
	int null;

	if (!relay->is_there)
		return;
	log_close();
	if (relay->has_file) {
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (null < 0 || dup2(null, STDERR_FILENO) < 0)
			(void)close(STDERR_FILENO);
	} else {
		(void)close(relay->end_fd);
	}
	for (int i = 0; i < END_LOOKS && relay->pid > 0; i++) {
		if (waitpid(relay->pid, NULL, WNOHANG) != 0)
			relay->pid = 0;
		else
			(void)nanosleep(&pause, NULL);
	}
}
